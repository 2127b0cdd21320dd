import Campaign
import DeletionModel
import FoundationEssentials

/// Says in sentences how an RSE came to stand as it does.
package enum Explanation {
  /// How many of the last events are told.
  private static let events = 12

  /// The sentences, a line each, and the last events.
  package static func lines(
    _ row: CycleStatus.Row, _ effective: CycleFile.Effective, _ history: [RSEState.Event]
  ) -> [String] {
    sentences(row, effective)
      + (history.isEmpty ? [] : ["What was done last:"] + history.suffix(events).map { "  \(line($0))" })
  }

  /// The sentences.
  package static func sentences(_ row: CycleStatus.Row, _ effective: CycleFile.Effective) -> [String] {
    let state = row.state
    var lines = [
      "\(state.rse) is \(phrase(state.phase)) since \(state.since): \(state.reason.text)\(state.detail.map { " (\($0))" } ?? "")."
    ]
    if let advice = state.reason.advice { lines.append("What to do: \(advice).") }
    if let frozen = row.frozen, state.phase != .frozen {
      lines.append(
        "\(frozen.user) has frozen it at \(frozen.time): nothing new is submitted\(frozen.reason.map { " (\($0))" } ?? "")."
      )
    }
    lines.append(
      effective.settings.site.map { "Its jobs run at \($0)." }
        ?? "No site is configured for it, so no job can run.")
    lines.append(scan(row))
    lines += campaign(row)
    if let due = state.nextDue {
      lines.append(
        "It rests until \(due), after \(MessageText.counted(state.poor, "campaign")) in a row that deleted little."
      )
    }
    if state.unauthorized > 0 {
      lines.append(
        "\(MessageText.counted(state.unauthorized, "campaign")) in a row ended for want of credentials or permission."
      )
    }
    let freed = state.totals.freed.bytes > 0 ? ", which freed \(state.totals.freed.text)" : ""
    lines.append(
      "All in all \(MessageText.counted(state.totals.campaigns, "campaign")) deleted \(state.totals.deleted) files\(freed); "
        + "\(row.deleted.day) within a day, "
        + "\(row.deleted.week) within a week, \(row.deleted.month) within 30 days.")
    if let left = row.leftovers, left.repeated > 0, let oldest = left.oldest, let since = left.since {
      lines.append(
        "\(left.repeated) files are still there although several scans had them, the longest since \(since): \(oldest)."
      )
    }
    lines.append("It was looked at last at \(state.looked).")
    return lines
  }

  /// An event in one line.
  static func line(_ event: RSEState.Event) -> String {
    var line = "\(event.time)  \(event.event): \(event.phase.rawValue), \(event.reason.text)"
    if let round = event.round { line += ", round \(round)" }
    if let jobs = event.jobs { line += ", \(MessageText.counted(jobs, "job"))" }
    if let files = event.files { line += ", \(files) files" }
    if let deleted = event.deleted { line += ", \(deleted) more deleted" }
    if let bytes = event.bytesFreed, bytes > 0 { line += " (\(FreedBytes(bytes: bytes).text))" }
    if let absent = event.absent { line += ", \(absent) more absent" }
    if let left = event.left { line += ", \(left) left" }
    return line
  }

  private static func phrase(_ phase: Phase) -> String {
    switch phase {
    case .needsApproval: "waiting for an approval"
    case .collecting: "being collected"
    default: phase.rawValue
    }
  }

  private static func scan(_ row: CycleStatus.Row) -> String {
    guard let scan = row.state.scan else { return "No scan of it has been seen." }
    let files = scan.files.map { ", with \($0) files" } ?? ""
    let planned =
      row.state.planned?.run == scan.run
      ? "; a campaign was planned from it, and no second one will be"
      : row.state.planned.map { "; the last campaign was planned from \($0.run)" }
        ?? "; no campaign was planned yet"
    return "The newest scan, \(scan.run), began at \(scan.started)\(files)\(planned)."
  }

  private static func campaign(_ row: CycleStatus.Row) -> [String] {
    guard let result = row.campaign else { return [] }
    let which = row.state.campaign == nil ? "Its last campaign" : "Its campaign"
    var lines = [
      "\(which), \(result.campaign), was to delete \(result.files) of \(result.listed) listed files: \(result.deleted) were deleted, "
        + "\(result.absent) were absent, after \(MessageText.counted(result.rounds, "round"))."
    ]
    if let error = result.worstError { lines.append("Most errors are of the class \(error).") }
    if !row.state.jobs.isEmpty {
      lines.append(
        "Its jobs: "
          + row.state.jobs.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
          + ".")
    }
    return lines
  }
}
