import Backends
import Deletion
import Synchronization
import TestSupport
import Testing

/// What goes out to remove a directory by WebDAV, where DELETE can remove a whole tree.
@Suite struct WebDAVDirectoryTests {
  private static let name = "Server: XrootD/v5.5.3"
  private static let xrootd = ScriptedServer.Reply(
    200, [name, "DAV: 1", "Allow: HEAD,GET,PUT,PROPFIND,DELETE,OPTIONS"])

  private static func look(_ kind: String, _ server: String = name) -> ScriptedServer.Reply {
    .init(
      207, [server],
      body: "<multistatus xmlns='DAV:'><response><href>/store/d</href><propstat><prop>"
        + "<resourcetype>\(kind)</resourcetype></prop></propstat></response></multistatus>")
  }

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    var options = xrootd
    var look = WebDAVDirectoryTests.look("<collection/>")
    var delete = ScriptedServer.Reply(200, [name])
    /// What the answer is; `stays` for what holds for all directories of the endpoint.
    let word: String
    var deletions: [String] = []
  }

  static let rows = [
    // The slash: a file that has taken the directory's name meanwhile is refused.
    Row(testDescription: "XRootD", word: "deleted", deletions: ["/store/d/"]),
    Row(
      testDescription: "a full one", delete: .init(500, [name], body: "directory not empty"),
      word: "permanent",
      deletions: ["/store/d/"]),
    Row(
      testDescription: "a full one, as newer servers say it", delete: .init(409, [name]), word: "permanent",
      deletions: ["/store/d/"]),
    Row(testDescription: "a file", look: look(""), word: "permanent"),
    Row(testDescription: "none", look: .init(404, [name]), word: "absent"),
    Row(
      testDescription: "sent on", delete: .init(307, [name, "Location: http://127.0.0.1:1/store/d/"]),
      word: "stays", deletions: ["/store/d/"]),
    Row(
      testDescription: "the look is sent on",
      look: .init(307, [name, "Location: http://127.0.0.1:1/store/d"]),
      word: "stays"),
    Row(
      testDescription: "another server for a part", look: look("<collection/>", "Server: nginx"),
      word: "stays"),
    Row(testDescription: "nginx", options: .nginx, word: "stays"),
    Row(testDescription: "an unknown server", options: .init(200, ["Server: X", "DAV: 1"]), word: "stays"),
    Row(testDescription: "who is not let in", options: .init(403, [name]), word: "auth"),
  ]

  @Test(arguments: rows) func `nothing goes out that could remove more`(_ row: Row) async throws {
    let server = try ScriptedServer { request in
      switch request.method {
      case "OPTIONS": row.options
      case "PROPFIND": row.look
      default: row.delete
      }
    }
    let targets = [try target("http://127.0.0.1:\(server.port)", "/store/d")]
    let backend = try WebDAVPlaces.backend()
    let answer = await backend.remove(emptyDirectories: targets, deadline: .seconds(Patience.limit))[0]
    #expect((answer.error?.keepsDirectories == true ? "stays" : answer.word) == row.word, "\(answer)")
    #expect(server.received("DELETE").map(\.path) == row.deletions)
    #expect(server.received("DELETE").allSatisfy { $0.fields["depth"] == "0" })
    // A look and a deletion, and no listing.
    #expect(server.received("PROPFIND").allSatisfy { $0.fields["depth"] == "0" })
  }

  @Test func `XRootD refuses the name of a file with a slash`() async throws {
    let server = try WebDAVServers.directories.server("xrootd")
    let file = "/store/unmerged/slash/f"
    Disk.makeFolder(server.data + "/store/unmerged/slash", owner: server.user)
    Disk.write(server.data + file)
    let program = """
      import http.client, sys
      door = http.client.HTTPConnection('127.0.0.1', int(sys.argv[1]), timeout=300)
      door.request('DELETE', sys.argv[2])
      print(door.getresponse().status)
      """
    let port = try #require(server.ports["http"])
    let run = try await testRunner().run(
      ToolInvocation(
        "/usr/bin/python3", ["-c", program, "\(port)", file + "/"], environment: testEnvironment()),
      limit: .seconds(Patience.limit))
    #expect(String(decoding: run.output, as: UTF8.self) == "500\n")
    #expect(Disk.exists(server.data + file))
  }
}
