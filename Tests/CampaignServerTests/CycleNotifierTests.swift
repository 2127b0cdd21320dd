import Campaign
import FoundationEssentials
import HTTPTransport
import TestServers
import TestSupport
import Testing

@testable import Cycle

/// What a pass notifies real servers of.
@Suite struct CycleNotifierTests {
  private let directory: TemporaryDirectory
  private let now = Date()

  init() throws { directory = try TemporaryDirectory() }

  private func file(_ lines: [String]) throws -> CycleFile {
    let text = ["[cycle]", "state = \(directory.path)", "rses = T2_XX_A T2_XX_B"] + lines
    return try CycleFile(Array((text.joined(separator: "\n") + "\n").utf8), name: "c")
  }

  private func status(_ file: CycleFile, _ reasons: [Reason]) -> CycleStatus {
    let states = zip(file.rses, reasons).map { rse, reason in
      var state = RSEState(rse: rse, site: "T2_XX_Site", now: now.formatted(.iso8601))
      (state.phase, state.reason, state.detail) = (.idle, reason, "a \"quoted\" detail\\")
      state.totals.deleted = 42
      (state.totals.bytesFreed, state.totals.bytesFreedIsPartial) = (4_200, true)
      return state
    }
    return CycleStatus(file, states: states, now: now)
  }

  private func get(_ url: String) throws -> String {
    var bytes: [UInt8] = []
    _ = try HTTPListClient(environment: [:]).get(HTTPURL(url)) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self)
  }

  @Test func `metrics come to a Pushgateway, and a parser understands them`() async throws {
    let gateway = try MonitoringServer.pushgateway()
    let file = try file(["pushgateway = \(gateway.base)/"])
    let status = status(file, [.noScan, .allGone])
    #expect(await CycleNotifier(file, environment: [:]).notify(status, seconds: 2) == [])
    let text = try get(gateway.base + "/metrics")
    #expect(
      text.contains(
        "swab_rse_files_total{instance=\"\",job=\"swab_cycle\",outcome=\"deleted\",rse=\"T2_XX_A\",site=\"T2_XX_Site\"} 42"
      ))
    #expect(text.contains("# TYPE swab_rse_files_total counter"))
    try CycleMetrics.write(status, seconds: 2, to: StateDirectory(directory.path))
    let families = try await OpenMetricsParser.families(directory.path + "/metrics.prom")
    #expect(families.contains("swab_rse_freed_bytes counter 2"))
    #expect(families.contains("swab_rse_files counter 4") && families.contains("swab_rse_phase gauge 18"))
  }

  private struct Alert: Decodable {
    struct Status: Decodable { var state: String }
    var labels: [String: String]
    var annotations: [String: String]
    var startsAt: String
    var endsAt: String
    var fingerprint: String
  }

  private func alerts(_ server: MonitoringServer) throws -> [String: Alert] {
    let all = try JSONDecoder().decode([Alert].self, from: Data(get(server.base + "/api/v2/alerts").utf8))
    return Dictionary(
      uniqueKeysWithValues: all.map { ("\($0.labels["alertname"] ?? "") \($0.labels["rse"] ?? "")", $0) })
  }

  @Test func `an alert is out once, stays the same, and is resolved`() async throws {
    let server = try MonitoringServer.alertmanager()
    let file = try file(["alertmanager = \(server.base)"])
    let notifier = CycleNotifier(file, environment: [:])
    #expect(await notifier.notify(status(file, [.noCredentials, .allGone]), seconds: 1) == [])
    let first = try alerts(server)
    #expect(Set(first.keys) == ["SwabNeedsPerson T2_XX_A", "SwabCycleAlive "])
    let alert = try #require(first["SwabNeedsPerson T2_XX_A"])
    #expect(alert.labels["reason"] == "noCredentials" && alert.labels["severity"] == "high")
    #expect(alert.annotations["description"]?.contains("a \"quoted\" detail\\") == true)
    #expect(await notifier.notify(status(file, [.noCredentials, .noScan]), seconds: 1) == [])
    let second = try alerts(server)
    #expect(second["SwabNeedsPerson T2_XX_A"]?.fingerprint == alert.fingerprint)
    #expect(second["SwabNeedsPerson T2_XX_A"]?.startsAt == alert.startsAt)
    #expect(second.count == 3)
    #expect(await notifier.notify(status(file, [.allGone, .noScan]), seconds: 1) == [])
    // Those that are resolved are not among them any more.
    try await Waiting.wait(until: "the alert is resolved") {
      try Set(alerts(server).keys) == ["SwabNeedsPerson T2_XX_B", "SwabCycleAlive "]
    }
  }

  @Test func `one that is down is told of, told again, and keeps nobody from the other`() async throws {
    let server = try MonitoringServer.alertmanager()
    let dead = try Loopback.freePort()
    let file = try file([
      "alertmanager = http://127.0.0.1:\(dead) \(server.base)", "pushgateway = http://127.0.0.1:\(dead)",
    ])
    let problems = await CycleNotifier(file, environment: [:]).notify(
      status(file, [.noScan, .allGone]), seconds: 1)
    #expect(problems.count == 2 && problems.allSatisfy { $0.contains("127.0.0.1:\(dead)") }, "\(problems)")
    #expect(try alerts(server).count == 2)
    // Where none of them hears that it is over, it is told with the next pass.
    let deaf = try self.file(["alertmanager = http://127.0.0.1:\(dead)"])
    _ = await CycleNotifier(deaf, environment: [:]).notify(status(file, [.allGone, .allGone]), seconds: 1)
    #expect(
      await CycleNotifier(file, environment: [:]).notify(status(file, [.allGone, .allGone]), seconds: 1).count
        == 2)
    try await Waiting.wait(until: "the alert is resolved") { try alerts(server).count == 1 }
  }

  @Test func `a server that says no is told of`() async throws {
    let server = try ScriptedServer { _ in .init(400, body: "no\u{1B}[2J such thing") }
    let file = try file(["pushgateway = http://127.0.0.1:\(server.port)"])
    let problems = await CycleNotifier(file, environment: [:]).notify(status(file, []), seconds: 1)
    #expect(problems.count == 1 && problems[0].contains("HTTP 400") && !problems[0].contains("\u{1B}"))
  }
}
