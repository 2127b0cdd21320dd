import FoundationEssentials
import Testing

@testable import Cycle

/// Which alerts are out after a pass.
@Suite("Alerts of the cycle") struct AlertTests {
  private static let now = Date(timeIntervalSince1970: 1_795_824_000)

  /// Alerts as `reason`, those that are over as `-reason`.
  private func alerts(_ before: [Reason], _ change: (inout RSEState) -> Void) throws -> [String] {
    let file = try CycleFile(Array("[cycle]\nstate = /s\nrses = A\n".utf8), name: "c")
    var state = RSEState(rse: "A", site: "S", now: Self.now.formatted(.iso8601))
    change(&state)
    let alerts = CycleAlerts(
      CycleStatus(file, states: [state], now: Self.now),
      before: before.map { .init(rse: "A", site: "S", reason: $0, since: "2026-11-01T00:00:00Z") }, hours: 8)
    return alerts.active.map(\.reason.rawValue) + alerts.resolved.map { "-" + $0.reason.rawValue }
  }

  @Test(
    "what campaigns came to lasts until one has come to more, not until the next one begins",
    arguments: [
      // Before, how it stands now, campaigns in a row that deleted little and had no credentials: what is out.
      ([], .littleDeleted, 1, 0, ["littleDeleted"]),
      ([.littleDeleted], .littleDeleted, 2, 0, ["littleDeleted"]),
      ([.littleDeleted], .campaignLiving, 1, 0, ["littleDeleted"]),
      ([.littleDeleted], .scanNotDone, 1, 0, ["littleDeleted"]),
      ([.littleDeleted], .monitorUnavailable, 1, 0, ["monitorUnavailable", "littleDeleted"]),
      ([.littleDeleted], .allGone, 0, 0, ["-littleDeleted"]),
      ([.littleDeleted], .suspect, 2, 0, ["suspect", "-littleDeleted"]),
      ([.littleDeleted], .noCredentials, 1, 2, ["noCredentials", "-littleDeleted"]),
      ([.noCredentials], .campaignLiving, 1, 2, ["noCredentials"]),
      ([.noCredentials], .campaignLiving, 1, 0, ["-noCredentials"]),
      ([.noScan], .campaignLiving, 1, 2, ["-noScan"]),
      ([.tooManyFiles], .tooManyFiles, 0, 0, ["tooManyFiles"]),
      // Nobody has come so far as to know whether it is over.
      ([.listRefused], .leasedElsewhere, 0, 0, ["listRefused"]),
      ([.noCredentials], .leasedElsewhere, 0, 0, ["noCredentials"]),
      ([.listRefused], .tooSlow, 0, 0, ["tooSlow", "listRefused"]),
      ([.tooSlow], .tooSlow, 0, 0, ["tooSlow"]),
      ([.tooSlow, .listRefused], .sameScan, 0, 0, ["-tooSlow", "-listRefused"]),
      ([.protectedTooOld], .outsideWindow, 0, 0, ["protectedTooOld"]),
      ([.unmapped], .outsideWindow, 0, 0, ["-unmapped"]),
      ([.listRefused], .frozen, 0, 0, ["-listRefused"]),
    ] as [([Reason], Reason, Int, Int, [String])])
  func lasting(before: [Reason], now: Reason, poor: Int, unauthorized: Int, expected: [String]) throws {
    let found = try alerts(before) { ($0.reason, $0.poor, $0.unauthorized) = (now, poor, unauthorized) }
    #expect(found == expected)
  }

  @Test func `an alert says what was found last, not what keeps this pass from finding it`() throws {
    let file = try CycleFile(Array("[cycle]\nstate = /s\nrses = A\n".utf8), name: "c")
    var state = RSEState(rse: "A", site: "S", now: Self.now.formatted(.iso8601))
    (state.reason, state.detail) = (.listRefused, "31 of 40 entries")
    var alerts = CycleAlerts(CycleStatus(file, states: [state], now: Self.now), before: [], hours: 8)
    (state.reason, state.detail) = (.leasedElsewhere, "other, process 1")
    for reason in [Reason.leasedElsewhere, .sameScan] {
      state.reason = reason
      alerts = CycleAlerts(CycleStatus(file, states: [state], now: Self.now), before: alerts.active, hours: 8)
      #expect(alerts.json.contains("31 of 40 entries") && !alerts.json.contains("other, process 1"))
    }
    #expect(alerts.active.isEmpty && alerts.resolved.map(\.reason) == [.listRefused])
  }
}
