import TestServers
import TestSupport
import Testing

import Glibc

extension WholeExecutable {
  /// `swab delete` through dCache's bulk service: the report is held against what the service has done, file by file.
  @Suite(.serialized) struct DCacheBulkTests {
    /// A list of which every tenth name is not there.
    private struct Listed {
      let folder: TemporaryDirectory
      let lfns: [String]
      let missing: Set<String>
      let frontend: BulkFrontend
      let door: ScriptedServer
      /// What the door itself was asked to delete.
      let site: [String]

      /// - Parameter count: names in the list.
      init(_ count: Int, _ change: (inout BulkServiceScript.Faults) -> Void) throws {
        folder = try TemporaryDirectory()
        lfns = (0..<count).map { "/store/unmerged/d\($0 % 20)/f\($0).root" }
        missing = Set(lfns.enumerated().filter { $0.offset % 10 == 7 }.map(\.element))
        Disk.write(folder.path + "/list", lfns.map { $0 + "\n" }.joined())
        var faults = BulkServiceScript.Faults()
        change(&faults)
        let frontend = try BulkFrontend(files: Set(lfns).subtracting(missing), faults)
        self.frontend = frontend
        door = try ScriptedServer { request in
          // A door of WebDAV on the same files.
          if request.method == "DELETE" { return .init(frontend.remove(request.path) ? 204 : 404) }
          let path = request.path
          let isDirectory = path.hasSuffix("/") || request.fields["depth"] == "1"
          if !isDirectory { return frontend.files.contains(path) ? .multistatus([path]) : .init(404) }
          return .multistatus([path] + frontend.files.filter { $0.hasPrefix(path) })
        }
        site = [
          "--override", "command=gfal2,lfn-prefix=http://127.0.0.1:\(door.port),phedex-node=T2_XX_Test",
          "--dcache-frontend", frontend.base,
        ]
      }

      var list: String { folder.path + "/list" }

      /// Holds a report against what was done: nothing is left out, and every outcome is what really happened.
      func expectTrue(_ call: DeleteCall) {
        #expect(Set(call.report.files.map(\.lfn)) == Set(lfns))
        for file in call.report.files {
          let isThere = frontend.files.contains(file.lfn)
          switch file.outcome {
          case "deleted":
            #expect(!isThere && (!missing.contains(file.lfn) || file.confirmedBy != nil), "\(file.lfn)")
          case "absent": #expect(missing.contains(file.lfn), "\(file.lfn) was there")
          default: Issue.record("\(file.lfn): \(file.outcome)")
          }
        }
        #expect(frontend.files.isEmpty)
      }

      func delete(_ arguments: [String] = []) async throws -> DeleteCall {
        try await DeleteCall(lfns.count, from: [list], site: nil, site + arguments)
      }
    }

    @Test func `20,000 files, with a service that asks for patience and takes fewer than usual`() async throws
    {
      let listed = try Listed(20_000) { ($0.refusals, $0.targetLimit) = (3, 300) }
      let call = try await listed.delete()
      listed.expectTrue(call)
      #expect(call.result.code == 0 && call.report.summary.absent == 2000)
      #expect(call.report.files.allSatisfy { $0.backend == "dcache-bulk" && $0.confirmedBy == nil })
      #expect(listed.frontend.deletions.count == 20_000)
      #expect(listed.frontend.deletions.values.allSatisfy { $0 == 1 } && listed.door.received.isEmpty)
    }

    @Test func `20,000 files, and a kill in the middle`() async throws {
      let listed = try Listed(20_000) { $0.pace = 60 }
      let journal = listed.folder.path + "/journal"
      let start = listed.frontend.files.count
      let words =
        ["delete", "--from", listed.list, "--report", listed.folder.path + "/first", "--journal", journal]
        + listed.site
      let program = try Program(SwabCommand.executable, words, environment: ["PATH": "/usr/bin:/bin"])
      try await program.wait(until: "a third is deleted") { listed.frontend.files.count < start * 2 / 3 }
      program.send(SIGKILL)
      #expect(try await program.finish().signal == SIGKILL)
      #expect(listed.frontend.files.count > 0)
      listed.frontend.set { $0.pace = 500 }
      let posts = listed.frontend.received("POST").count
      let call = try await listed.delete(["--journal", journal])
      listed.expectTrue(call)
      #expect(call.result.code == 0)
      // Nothing that was in flight was sent again, so that hardly anything is known by its absence only.
      let again = listed.frontend.deletions.filter { $0.value > 1 }
      #expect(again.count <= 500, "\(again.count)")
      #expect(call.report.files.count(where: { $0.confirmedBy != nil }) <= 500)
      #expect(listed.frontend.received("POST").count > posts)
    }

    @Test func `a door that names its frontend needs no option`() async throws {
      let lfns = (0..<700).map { "/store/unmerged/d/f\($0)" }
      let folder = try TemporaryDirectory()
      Disk.write(folder.path + "/list", lfns.map { $0 + "\n" }.joined())
      let frontend = try BulkFrontend(files: Set(lfns))
      let pki = try ServerPKI()
      let server = try StorageServer.nginxDCache(pki, before: frontend, tokens: true)
      let door = server.prefix("davs", endpoint: "https+bearer")
      let call = try await DeleteCall(
        lfns.count, from: [folder.path + "/list"], site: nil,
        ["--override", "command=gfal2,lfn-prefix=\(door),phedex-node=T2_XX_Test"],
        environment: ["X509_CERT_DIR": pki.authorities, "BEARER_TOKEN": StorageServer.token])
      #expect(call.result.code == 0 && call.report.summary.deleted == 700 && frontend.files.isEmpty)
      let storage = try #require(call.report.storage.first)
      #expect(storage.backend == "dcache-bulk" && storage.endpoint == door)
      #expect(storage.credential?.kind == "token")
      #expect(storage.credential?.servers.map(\.server) == [door.replacing("davs:", with: "https:")])
    }

    @Test func `a frontend that hangs leaves the rest to the door`() async throws {
      let listed = try Listed(5000) { _ in }
      // The seventh request is stored, and from then on there is no answer.
      listed.frontend.set { $0.hangsAfter = 7 }
      let call = try await listed.delete(["--timeout", "1", "--retry-pause", "0"])
      listed.expectTrue(call)
      #expect(call.result.code == 0)
      let backends = Set(call.report.files.map(\.backend))
      #expect(backends == ["dcache-bulk", "webdav"], "\(backends)")
      #expect(
        call.report.warnings.contains { $0.contains("dCache's bulk service") && $0.contains("not used") })
    }
  }
}
