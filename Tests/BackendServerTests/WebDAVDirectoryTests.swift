import Backends
import DeletionModel
import TestServers
import TestSupport
import Testing
import BackendTools

/// Over HTTP no directory is removed, whoever the server is: DELETE can remove a whole tree.
@Suite struct WebDAVDirectoryTests {
  static let servers = ["XrootD/v5.5.3", "XRootD", "nginx/1.22.1", "Apache/2.4", ""]

  @Test(arguments: servers) func `nothing goes out to remove a directory`(_ name: String) async throws {
    let server = try ScriptedServer { request in
      switch request.method {
      case "OPTIONS":
        .init(200, ["Server: \(name)", "DAV: 1", "Allow: HEAD,GET,PUT,PROPFIND,DELETE,OPTIONS"])
      case "PROPFIND": .multistatus([request.path + "/"])
      default: .init(200, ["Server: \(name)"], body: ":-)")
      }
    }
    let targets = try ["/store/d", "/store/e"].map { try target("http://127.0.0.1:\(server.port)", $0) }
    let backend = try WebDAVStorages.backend()
    #expect(!backend.traits.removesDirectories)
    let answers = await backend.remove(emptyDirectories: targets, deadline: .seconds(Waiting.limit))
    #expect(answers.count == 2 && answers.allSatisfy { $0.error?.keepsDirectories == true })
    #expect(server.received.isEmpty)
    // As files they get no DELETE either.
    for answer in await backend.delete(batch: targets, deadline: .seconds(Waiting.limit)) {
      #expect(answer.word == "permanent")
    }
    #expect(server.received("DELETE").isEmpty)
  }
}
