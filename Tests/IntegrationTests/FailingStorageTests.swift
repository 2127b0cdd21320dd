import TestServers
import TestSupport
import Testing

import Glibc

extension WholeExecutable {
  /// Storage that is down, mute, or not where the catalog says.
  @Suite(.serialized) struct FailingStorageTests {
    struct Way: Sendable, CustomTestStringConvertible {
      let testDescription: String
      let command: String
      let scheme: String
      var arguments: [String] = []
    }

    static let ways = [
      Way(testDescription: "webdav", command: "gfal2", scheme: "http"),
      Way(testDescription: "xroot", command: "xrdcp", scheme: "root"),
      Way(
        testDescription: "xrdfs", command: "xrdcp", scheme: "root", arguments: ["--backend", "xrdfs"]),
      Way(testDescription: "gfal", command: "gfal2", scheme: "http", arguments: ["--backend", "gfal"]),
    ]

    private func override(_ way: Way, port: Int) -> [String] {
      let slash = way.scheme == "root" ? "/" : ""
      return [
        "--override",
        "command=\(way.command),lfn-prefix=\(way.scheme)://127.0.0.1:\(port)\(slash),phedex-node=T2_XX_Test",
      ] + way.arguments
    }

    private func list(_ count: Int, in directory: TemporaryDirectory) -> String {
      let path = directory.path + "/list"
      Disk.write(path, (0..<count).map { "/store/unmerged/ill/d\($0 / 500)/f\($0).root\n" }.joined())
      return path
    }

    @Test(arguments: ways) func `nobody listens: the files behind the first ones are never tried`(_ way: Way)
      async throws
    {
      let directory = try TemporaryDirectory()
      let call = try await DeleteCall(
        6000, from: [list(6000, in: directory)], site: nil,
        override(way, port: try Loopback.freePort()) + ["--retries", "1", "--retry-pause", "0.2"])
      #expect(call.result.code == 69, "\(call.result.messages)")
      // Four calls of a thousand may be in flight when the first is refused.
      #expect(call.report.summary.notAttempted > 1500)
      #expect(call.report.summary.attempts < 5000)
      #expect(call.report.storage.map(\.circuit) == ["open"])
      // As times of one form, they are in the order of the alphabet.
      let began = try #require(call.report.storage.first?.failingSince)
      #expect(began >= call.report.job.started && began <= call.report.job.finished ?? "")
      #expect(call.report.warnings.contains { $0.contains("no more requests were sent") })
      let untried = call.report.files.filter { $0.outcome == "notAttempted" }
      #expect(untried.allSatisfy { $0.attempts == 0 && $0.error?.class == "transient" })
    }

    @Test(arguments: ways) func `a server that never answers: given up after one wait`(_ way: Way)
      async throws
    {
      let hole = try BlackHole()
      let directory = try TemporaryDirectory()
      let call = try await DeleteCall(
        3000, from: [list(3000, in: directory)], site: nil,
        override(way, port: hole.port) + ["--timeout", "2", "--retries", "1", "--retry-pause", "0.2"])
      #expect(call.result.code == 69, "\(call.result.messages)")
      #expect(call.report.summary.deleted + call.report.summary.absent == 0)
      // One wait of each call that was in flight, and two trials: not one for each file.
      #expect(call.report.summary.attempts < 3100, "\(call.report.summary)")
    }

    @Test(arguments: ways.prefix(2))
    func `a signal with requests hanging leaves a whole report in time`(_ way: Way) async throws {
      let hole = try BlackHole()
      let directory = try TemporaryDirectory()
      async let running = DeleteCall(
        1000, from: [list(1000, in: directory)], site: nil,
        override(way, port: hole.port) + ["--concurrency", "64", "--timeout", "3600"],
        through: StoppedRunTests.signalled("TERM", when: directory.path + "/connected"))
      try await hole.waitForConnection()
      Disk.write(directory.path + "/connected")
      let call = try await running
      #expect(call.result.code == 75, "\(call.result.messages)")
      #expect(call.report.summary.failed + call.report.summary.notAttempted == 1000)
      // Not after the hour that an answer has.
      #expect(call.seconds < Waiting.limit, "\(call.seconds)")
    }

    @Test func `an almost empty storage is suspect`() async throws {
      let directory = try TemporaryDirectory()
      let endpoint = StorageEndpoint.rm
      let data = try endpoint.storage().data
      Disk.makeFile(data + "/store/unmerged/ill/d0/f7.root", owner: nil)
      let call = try await DeleteCall(
        100, from: [list(100, in: directory)], site: try endpoint.site(), through: endpoint.launcher)
      #expect(call.report.summary.absent == 99 && call.result.code == 76)
      #expect(call.report.storage.map(\.suspect) == [true])
      #expect(call.report.warnings.contains { $0.contains("were not there") })
    }
  }
}
