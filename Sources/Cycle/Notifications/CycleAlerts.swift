import ByteStreams
import Campaign
import FoundationEssentials

/// Alerts in the form of Alertmanager's API v2 (`POST /api/v2/alerts`), as WMCore's AlertManagerAPI sends them, but for the
/// `uuid`, which would make a new alert of each pass.
package struct CycleAlerts: Sendable, Equatable {
  /// One alert. Its labels are what it is known by: they stay the same for as long as it is out.
  package struct Alert: Sendable, Equatable, Codable {
    package var rse: String
    package var site: String
    package var reason: Reason
    /// Since when. ISO 8601.
    package var since: String
    /// One line about it, with names and numbers, from when it was found last.
    package var detail: String?
  }

  /// `alerts.json`.
  private struct Document: Codable {
    static let schema = "swab.cycle-alerts/1"
    var schema = Document.schema
    var alerts: [Alert]
  }

  /// What is out now.
  package var active: [Alert]
  /// What was out after the last pass, and is over.
  package var resolved: [Alert]
  private let now: Date
  private let expected: Date
  private let hours: Double

  /// - Parameter before: what was out after the last pass.
  package init(_ status: CycleStatus, before: [Alert], hours: Double) {
    (now, expected, self.hours) = (status.finished, status.expected, hours)
    let waiting = status.rows.filter(\.needsPerson).map { row in
      let known = before.first { $0.rse == row.state.rse && $0.reason == row.state.reason }
      return Alert(
        rse: row.state.rse, site: known?.site ?? row.state.site ?? "", reason: row.state.reason,
        since: known?.since ?? row.state.since, detail: row.state.detail)
    }
    let states = Dictionary(status.rows.map { ($0.state.rse, $0.state) }) { $1 }
    active = waiting + before.filter { old in states[old.rse].map { Self.lasts(old.reason, $0) } ?? false }
    let out = active
    resolved = before.filter { old in !out.contains { $0.rse == old.rse && $0.reason == old.reason } }
  }

  /// What campaigns came to. It is over when one has come to more, not when the next one begins.
  private static let results: Set<Reason> = [.littleDeleted, .suspect, .noCredentials]

  /// With these a pass has not come to what was wrong before: nobody knows whether that is over.
  private static let unknowing: Set<Reason> = [
    .leasedElsewhere, .tooSlow, .stopped, .damagedState, .cannotWrite, .internalError,
  ]
  /// What is found inside of the time window only.
  private static let insideWindow: Set<Reason> = [
    .siteMismatch, .siteConfBroken, .noScan, .monitorUnavailable, .scanFailed, .scanTooOld, .protectedMissing,
    .protectedTooOld, .protectedEmpty, .listRefused, .tooLargeShare, .tooManyFiles, .foreignJobs,
  ]

  /// Whether what an alert said still holds although the RSE stands otherwise now: another campaign is tried, or this pass
  /// has not come so far.
  private static func lasts(_ reason: Reason, _ state: RSEState) -> Bool {
    if reason == state.reason { return false }
    if unknowing.contains(state.reason) { return true }
    if state.reason == .outsideWindow, insideWindow.contains(reason) { return true }
    guard results.contains(reason), !results.contains(state.reason) else { return false }
    return reason == .noCredentials ? state.unauthorized >= RSEPass.blockedAfter : state.poor > 0
  }

  /// What was out after the last pass; nothing where that can't be told: an alert that is over then ends by itself.
  package static func before(_ directory: StateDirectory) -> [Alert] {
    let document: Document? = try? CampaignFiles.read(directory.alerts, Document.schema)
    return document?.alerts ?? []
  }

  /// Keeps what is out for the next pass.
  ///
  /// - Parameter wereDelivered: whether an Alertmanager has taken the resolved ones; else they are kept to be sent again.
  package func keep(in directory: StateDirectory, wereDelivered: Bool) throws {
    try CampaignFiles.write(Document(alerts: active + (wereDelivered ? [] : resolved)), to: directory.alerts)
  }

  /// What is sent.
  package var json: String {
    var json = JSONText()
    json.beginArray()
    for alert in active { write(alert, until: now.addingTimeInterval(2 * hours * 3600), to: &json) }
    for alert in resolved { write(alert, until: now, to: &json) }
    json.beginObject()
    json.beginObject("labels")
    for (name, value) in labels("SwabCycleAlive", "none") { json.member(name, value) }
    json.endObject()
    json.beginObject("annotations")
    json.member("summary", "The cycle of Swab is alive; where this is missing, no pass has ended in time")
    json.member("hostname", ThisHost.name)
    json.endObject()
    json.member("endsAt", expected.formatted(.iso8601))
    json.endObject()
    json.endArray()
    json.endLine()
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private func labels(_ name: String, _ severity: String) -> [(String, String)] {
    [("alertname", name), ("service", "swab"), ("tag", "wmcore"), ("severity", severity)]
  }

  private func write(_ alert: Alert, until end: Date, to json: inout JSONText) {
    json.beginObject()
    json.beginObject("labels")
    for (name, value) in labels("SwabNeedsPerson", Self.severity(alert.reason)) { json.member(name, value) }
    json.member("rse", alert.rse)
    json.member("site", alert.site)
    json.member("reason", alert.reason.rawValue)
    json.endObject()
    json.beginObject("annotations")
    json.member("summary", "\(alert.rse): \(alert.reason.text)")
    json.member(
      "description", [alert.detail, alert.reason.advice].compactMap { $0 }.joined(separator: "; "))
    json.member("hostname", ThisHost.name)
    json.endObject()
    json.member("startsAt", alert.since)
    json.member("endsAt", end.formatted(.iso8601))
    json.endObject()
  }

  private static func severity(_ reason: Reason) -> String {
    switch reason {
    case .noCredentials, .suspect, .damagedState, .cannotWrite, .foreignJobs: "high"
    case .littleDeleted, .unmapped, .noScan, .monitorUnavailable: "low"
    default: "medium"
    }
  }
}
