import FoundationEssentials
import TestServers
import TestSupport
import Testing

extension WholeExecutable {
  /// A server that is stopped in the middle of a run, as by a crash.
  @Suite(.serialized) struct ServerRestartTests {
    /// A backend, and how the test reaches its storage.
    struct Case: Sendable, CustomTestStringConvertible {
      let backend: String
      let scheme: String
      /// Enough for several calls of the tool.
      let files: Int
      /// So few a second that the run is in its middle for a while, whatever else the machine does.
      var rate: Int { files / 6 }
      var testDescription: String { "\(backend), \(scheme)" }
    }

    static let cases = [
      Case(backend: "xrdfs", scheme: "root", files: 600), Case(backend: "gfal", scheme: "http", files: 60),
      Case(backend: "gfal", scheme: "root", files: 60),
    ]

    @Test(arguments: cases) func `attempts after its return make everything good`(_ endpoint: Case)
      async throws
    {
      let (server, list) = try prepare(endpoint)
      let before = Snapshot(of: server.data)
      let log = list.directory.path + "/log"
      // All pauses together are a quarter of an hour: longer than a server takes to come back anywhere.
      async let running = DeleteCall(
        list.lfns.count, from: [list.path], site: list.site,
        ["--backend", endpoint.backend, "--concurrency", "1", "--retries", "12", "--retry-pause", "0.4"]
          + ["--timeout", "10", "--max-rate", "\(endpoint.rate)", "-v"],
        through: ["/bin/sh", "-c", #"log=$1; shift; exec "$@" 2>"$log""#, "sh", log])
      try await untilOneIsGone(list, server)
      server.stop()
      try await Waiting.wait(until: "the server is missed") { Disk.read(log).contains("attempt failed") }
      try server.restart()
      let call = try await running
      call.expectDisk(before, Snapshot(of: server.data))
      #expect(call.report.summary.deleted + call.report.summary.absent == list.lfns.count)
      #expect(call.report.files.contains { $0.attempts > 1 })
      #expect(call.result.code == 0)
    }

    @Test(arguments: cases) func `without its return the rest is called failed`(_ endpoint: Case)
      async throws
    {
      let (server, list) = try prepare(endpoint)
      let before = Snapshot(of: server.data)
      async let running = DeleteCall(
        list.lfns.count, from: [list.path], site: list.site,
        ["--backend", endpoint.backend, "--concurrency", "2", "--retries", "1", "--retry-pause", "0.1"]
          + ["--timeout", "5", "--max-rate", "\(endpoint.rate)"])
      try await untilOneIsGone(list, server)
      server.stop()
      let call = try await running
      let after = Snapshot(of: server.data)
      // What was in flight when the server died may be gone: "failed" says that it may still be there.
      #expect(call.report.files.allSatisfy { $0.outcome != "deleted" || after[$0.lfn] == nil })
      #expect(call.report.files.allSatisfy { $0.outcome != "absent" || before[$0.lfn] == nil })
      #expect(call.report.summary.failed > 0)
      #expect(call.report.files.allSatisfy { $0.error == nil || $0.error?.class == "transient" })
      // 69 where not one answer came before the server died.
      #expect(call.result.code == 1 || call.result.code == 69)
    }

    private struct Listed {
      let lfns: [String]
      let site: SiteDirectory
      let directory: TemporaryDirectory
      var path: String { directory.path + "/list" }
    }

    private func prepare(_ endpoint: Case) throws -> (StorageServer, Listed) {
      let server = try StorageServer.xrootd()
      let directory = try TemporaryDirectory()
      var lfns: [String] = []
      for index in 0..<endpoint.files {
        lfns.append("/store/unmerged/restart/\(index % 5)/f-\(index)")
        if index % 10 != 3 { Disk.makeFile(server.data + lfns[index], owner: server.user) }
      }
      Disk.write(directory.path + "/list", lfns.map { $0 + "\n" }.joined())
      let site = try SiteDirectory([
        .init(
          rse: "T2_XX_Test", command: "gfal2", protocolName: "Any", prefix: server.prefix(endpoint.scheme))
      ])
      return (server, Listed(lfns: lfns, site: site, directory: directory))
    }

    private func untilOneIsGone(_ list: Listed, _ server: StorageServer) async throws {
      try await Waiting.wait(until: "a file is deleted") { !Disk.exists(server.data + list.lfns[0]) }
    }
  }
}
