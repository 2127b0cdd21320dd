import ByteStreams
import Campaign
import Cycle
import DeletionModel
import FoundationEssentials

/// The pages of a cycle: one for all RSEs, and one for each. They need nothing else, neither a server nor a library.
/// Everything that comes from elsewhere is escaped.
enum CyclePage {
  /// How many lines of the history a page has.
  private static let events = 50

  /// Writes all of them: one that can't be written keeps back none of the others.
  ///
  /// - Returns: why some could not be written, a line each.
  static func write(_ status: CycleStatus, _ file: CycleFile) -> [String] {
    let directory = StateDirectory(file.cycle.state)
    var problems: [String] = []
    func write(_ page: String, to path: String) {
      do { try HTMLPage.write(page, to: path) } catch { problems.append("\(error)") }
    }
    for row in status.rows {
      let rseDirectory = directory.rse(row.state.rse)
      guard FileManager.default.fileExists(atPath: rseDirectory.path),
        let effective = try? file.effective(row.state.rse)
      else { continue }
      write(text(row, effective, RSEHistory.events(rseDirectory), rseDirectory), to: rseDirectory.page)
    }
    write(
      text(status) { FileManager.default.fileExists(atPath: directory.rse($0).page) }, to: directory.page)
    return problems
  }

  /// The page of all RSEs.
  ///
  /// - Parameter hasPage: whether an RSE has a page of its own.
  static func text(_ status: CycleStatus, hasPage: (String) -> Bool) -> String {
    let waiting = status.rows.count(where: \.needsPerson)
    var body = "<h1>Swab: \(status.rows.count) RSEs</h1>\n"
    body += "<p>As of \(escaped(status.finished.formatted(.iso8601))); the next pass ends by "
    body += "\(escaped(status.expected.formatted(.iso8601))) at the latest.</p>\n<ul class=\"sums\">"
    body += status.phases.map { "<li><b>\($0.count)</b> \(escaped($0.phase.rawValue))</li>" }.joined()
    body += "<li class=\"\(waiting > 0 ? "person" : "")\"><b>\(waiting)</b> for a person</li></ul>\n"
    if status.rows.isEmpty {
      return HTMLPage.text("Swab", body + "<p>The configuration names no RSE.</p>\n")
    }
    body +=
      "<p><input type=\"checkbox\" id=\"attention\"><label for=\"attention\"> only those for which a person has to do "
    body += "something</label></p>\n"
    // Those that need a person come first; the table can be sorted otherwise.
    let rows = status.rows.filter(\.needsPerson) + status.rows.filter { !$0.needsPerson }
    body +=
      HTMLTable(
        heading: [
          "RSE", "phase", "why", "scan", "listed", "gone", "left", "", "1 d", "7 d", "30 d", "worst error",
        ], rows: rows.map { line($0, hasPage($0.state.rse)) },
        classes: rows.map { $0.needsPerson ? "person" : "fine" }
      ).html
    body += "<p class=\"note\">listed, gone and left: of the present or last campaign; "
    body += "1 d, 7 d, 30 d: files that were deleted within these days, and what they took up. "
    body += "<a href=\"status.json\">status.json</a> <a href=\"metrics.prom\">metrics.prom</a></p>\n"
    return HTMLPage.text("Swab", body)
  }

  private static func line(_ row: CycleStatus.Row, _ hasPage: Bool) -> [HTMLTable.Cell] {
    let state = row.state
    let name = escaped(state.rse)
    let link = hasPage ? "<a href=\"rses/\(name)/index.html\">\(name)</a>" : name
    let why = escaped(state.reason.text) + (state.detail.map { "<small>\(escaped($0))</small>" } ?? "")
    let advice = state.reason.advice.map { "<small class=\"advice\">\(escaped($0))</small>" } ?? ""
    func number(_ value: Int?) -> HTMLTable.Cell { value.map { .number($0) } ?? .quantity("–", -1) }
    return [
      .html("\(link)<small>\(escaped(state.site ?? ""))</small>"), .html(phase(state.phase)),
      .html("<div class=\"why\">\(why)\(advice)</div>"),
      row.scanAgeHours.map { .quantity("\(Int($0)) h", $0) } ?? .quantity("–", -1),
      number(row.campaign?.listed),
      number(row.campaign?.gone), number(row.campaign.map { max(0, $0.files - $0.gone) }),
      .html(row.campaign.map { bar($0, isSuspect: state.reason == .suspect) } ?? ""),
      .noted(row.deleted.day, freed(row.freed.day)), .noted(row.deleted.week, freed(row.freed.week)),
      .noted(row.deleted.month, freed(row.freed.month)),
      .text(row.campaign?.worstError ?? ""),
    ]
  }

  /// What was freed, where that is known.
  private static func freed(_ freed: FreedBytes) -> String { freed.bytes > 0 ? freed.text : "" }

  /// What has become of a campaign's files. What was absent is not shown as good, and as bad where it is suspect.
  private static func bar(_ result: RSEState.Result, isSuspect: Bool) -> String {
    PageChart.smallBar(
      [
        .init(label: "deleted", count: result.deleted, colour: "good"),
        .init(label: "absent", count: result.absent, colour: isSuspect ? "bad" : "neutral"),
        .init(label: "left", count: max(0, result.files - result.gone), colour: "waits"),
      ], of: result.files)
  }

  private static func phase(_ phase: Phase) -> String {
    "<span class=\"phase \(phase.rawValue)\">\(phase.rawValue)</span>"
  }

  /// The page of an RSE.
  static func text(
    _ row: CycleStatus.Row, _ effective: CycleFile.Effective, _ history: [RSEState.Event],
    _ rseDirectory: RSEDirectory
  ) -> String {
    let state = row.state
    var body = "<p><a href=\"../../index.html\">all RSEs</a></p>\n<h1>\(escaped(state.rse)) "
    body += "\(phase(state.phase))</h1>\n"
    let sentences = Explanation.sentences(row, effective).map { "<p>\(escaped($0))</p>\n" }.joined()
    body += "<div class=\"box\(row.needsPerson ? " act" : "")\">\n\(sentences)</div>\n"
    body += HTMLTable(
      heading: [
        "campaign", "planned", "ended", "listed", "files", "deleted", "absent", "left", "rounds", "end",
        "worst error",
      ], rows: state.campaigns.reversed().map { campaign($0, rseDirectory) }
    ).section("Campaigns")
    if let left = row.leftovers, left.repeated > 0 {
      body += HTMLTable(
        heading: ["directory", "files", "first listed", "why"],
        rows: left.directories.prefix(events).map { left in
          let reasons = left.reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          return [
            .name(left.directory), .number(left.files), .text(left.since),
            .text(reasons.joined(separator: ", ")),
          ]
        }
      ).section("Never cleaned")
    }
    body += HTMLTable(
      heading: ["time", "event", "phase", "reason", "detail"],
      rows: history.suffix(events).reversed().map {
        [
          .text($0.time), .text($0.event), .text($0.phase.rawValue), .text($0.reason.text),
          .text($0.detail ?? ""),
        ]
      }
    ).section("History")
    body += HTMLTable(
      heading: ["key", "value", "section"],
      rows: effective.origins.filter { $0.section != nil && !$0.key.hasPrefix("environment.") }.map {
        [.text($0.key), .name($0.shown), .text($0.section ?? "")]
      }
    ).section("Configuration")
    return HTMLPage.text(state.rse, body)
  }

  private static func campaign(_ result: RSEState.Result, _ rseDirectory: RSEDirectory) -> [HTMLTable.Cell] {
    let page = "campaigns/\(result.campaign)/index.html"
    let name = escaped(result.campaign)
    let hasPage = FileManager.default.fileExists(atPath: "\(rseDirectory.path)/\(page)")
    return [
      .html(hasPage ? "<a href=\"\(escaped(page))\">\(name)</a>" : name), .text(result.planned),
      .text(result.ended ?? ""), .number(result.listed), .number(result.files),
      .noted(
        result.deleted,
        freed(
          FreedBytes(bytes: result.bytesFreed ?? 0, isPartial: result.bytesFreedIsPartial ?? false))),
      .number(result.absent), .number(max(0, result.files - result.gone)), .number(result.rounds),
      .text(result.reason?.text ?? ""), .text(result.worstError ?? ""),
    ]
  }

  private static func escaped(_ text: String) -> String { HTMLPage.escaped(text) }
}
