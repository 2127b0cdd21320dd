import CampaignFixtures
import FoundationEssentials
import Synchronization
import TestServers
import TestSupport
import Testing

@testable import Campaign
@testable import Cycle

/// A record for each job to an HTTP collector in the form of MONIT's producers.
@Suite struct MonitTests {
  private let directory: TemporaryDirectory
  private static let password = "swab:a-secret"

  init() throws {
    directory = try TemporaryDirectory()
    Disk.write(directory.path + "/password", Self.password + "\n")
  }

  private struct Record: Decodable {
    struct Data: Decodable {
      var campaign: String
      var job: String
      var rse: String
      var backend: String?
      var files: [String: Int]
      var errors: [String: Int]
      var seconds: Double?
      var exit_code: Int?
      var bytes_freed: Int?
      var bytes_freed_is_partial: Bool?
    }
    var producer: String
    var type: String
    var timestamp: Int
    var _id: String
    var idb_tags: [String]
    var data: Data
  }

  /// What a collector has taken.
  private final class Collector: Sendable {
    let bodies = Mutex<[[UInt8]]>([])

    var records: [Record] {
      get throws {
        try bodies.withLock { $0 }.flatMap { try JSONDecoder().decode([Record].self, from: Data($0)) }
      }
    }
  }

  /// How RSEs stand after a pass: of each a campaign with two jobs is over, one of which has left no report.
  private func status(_ rses: [String], monit: String) async throws -> (CycleStatus, CycleSettings) {
    let text = """
      [cycle]
      state = \(directory.path)/state
      rses = \(rses.joined(separator: " "))
      monit = \(monit)
      monit-producer = cmstest
      monit-password-file = \(directory.path)/password

      """
    let file = try CycleFile(Array(text.utf8), name: "c")
    var states: [RSEState] = []
    for rse in rses {
      var state = RSEState(rse: rse, site: "S", now: "2026-01-02T00:00:00Z")
      var result = RSEState.Result(campaign: rse + "-1", run: "1", planned: "2026-01-01T00:00:00Z")
      result.ended = "2026-01-02T00:00:00Z"
      state.campaigns = [result]
      states.append(state)
      let path = StateDirectory(file.cycle.state).rse(rse).campaign(rse + "-1").path
      guard !FileManager.default.fileExists(atPath: path) else { continue }
      let campaign = try CampaignFixture()
      try campaign.addRound([["/store/unmerged/a/1", "/store/unmerged/a/2"], ["/store/unmerged/b/1"]])
      try await campaign.report(
        1,
        .init(files: [
          ("/store/unmerged/a/1", .deleted, nil), ("/store/unmerged/a/2", .failed, "auth"),
        ]))
      Disk.makeDirectory(StateDirectory(file.cycle.state).rse(rse).campaigns)
      try FileManager.default.copyItem(atPath: campaign.directory.path, toPath: path)
    }
    return (CycleStatus(file, states: states, now: Date()), file.cycle)
  }

  private func tell(_ rses: [String], _ monit: String, limit: Double = 60) async throws -> [String] {
    let (status, settings) = try await status(rses, monit: monit)
    return await MonitNotifier(settings: settings, environment: [:], limit: limit).notify(status)
  }

  @Test func `a damaged campaign is named, and keeps back none of the others`() async throws {
    let collector = Collector()
    let server = try ScriptedServer { request in
      collector.bodies.withLock { $0.append(request.body) }
      return .init(200)
    }
    let (status, settings) = try await status(["A", "B"], monit: "http://127.0.0.1:\(server.port)/cmstest")
    let damaged = StateDirectory(settings.state).rse("A").campaign("A-1").round(1).record
    Disk.write(damaged, "x")
    for _ in 0..<2 {
      let problems = await MonitNotifier(settings: settings, environment: [:], limit: 60).notify(status)
      #expect(problems.count == 1 && problems[0].contains(damaged), "\(problems)")
    }
    #expect(try collector.records.count == 2)
  }

  @Test func `each job of a campaign that is over is told of once, with the password of the file`()
    async throws
  {
    let collector = Collector()
    let server = try ScriptedServer { request in
      let expected = "Basic " + Data(Self.password.utf8).base64EncodedString()
      guard request.fields["authorization"] == expected, request.method == "POST" else { return .init(401) }
      collector.bodies.withLock { $0.append(request.body) }
      return .init(200)
    }
    let url = "http://127.0.0.1:\(server.port)/cmstest"
    #expect(try await tell(["A", "B"], url) == [])
    let records = try collector.records
    #expect(records.map(\._id) == ["test-1/1/0001", "test-1/1/0002", "test-1/1/0001", "test-1/1/0002"])
    let first = try #require(records.first)
    #expect(first.producer == "cmstest" && first.type == "swab" && first.idb_tags == ["rse", "backend"])
    // 2026-01-01T00:01:00Z, when the report says that it ended.
    #expect(first.timestamp == 1_767_225_660_000)
    #expect(first.data.backend == "xroot" && first.data.seconds == 60 && first.data.exit_code == 0)
    #expect(
      first.data.files == ["deleted": 1, "absent": 0, "failed": 1, "refused": 0, "not_attempted": 0])
    #expect(first.data.errors == ["auth": 1])
    #expect(first.data.bytes_freed == 0 && first.data.bytes_freed_is_partial == true)
    #expect(records[1].data.bytes_freed == nil && records[1].data.bytes_freed_is_partial == nil)
    #expect(records[1].data.files["not_attempted"] == 1 && records[1].data.backend == nil)
    #expect(try await tell(["A", "B"], url) == [])
    #expect(try collector.records.count == 4)
  }

  @Test(
    "a collector that does not take it costs a line, is told after the next pass, and is not told the password in a line",
    arguments: ["refuses", "hangs", "dies", "is not there"])
  func failures(kind: String) async throws {
    let server = try ScriptedServer { _ in
      switch kind {
      case "refuses": .init(400, body: "no\u{1B}[2J such producer")
      case "hangs": .init(200, pause: .seconds(3600))
      default: .swallowed
      }
    }
    let port = kind == "is not there" ? try Loopback.freePort() : server.port
    let problems = try await tell(
      ["A", "B"], "http://127.0.0.1:\(port)/cmstest", limit: kind == "hangs" ? 0.5 : 60)
    #expect(problems.count == 1 && problems[0].contains("127.0.0.1:\(port)"), "\(problems)")
    #expect(!problems[0].contains("a-secret") && !problems[0].contains("\u{1B}"))
    let collector = Collector()
    let well = try ScriptedServer { request in
      collector.bodies.withLock { $0.append(request.body) }
      return .init(200)
    }
    #expect(try await tell(["A", "B"], "http://127.0.0.1:\(well.port)/cmstest") == [])
    #expect(try collector.records.count == 4)
  }

  @Test func `a file without a password is named`() async throws {
    Disk.write(directory.path + "/password", "nothing\n")
    let problems = try await tell(["A"], "http://127.0.0.1:1/x")
    #expect(problems.count == 1 && problems[0].contains("USER:PASSWORD") && !problems[0].contains("nothing"))
  }
}
