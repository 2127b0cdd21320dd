import ByteStreams
import Campaign
import Cycle
import DeletionModel
import FoundationEssentials

/// The pages of a cycle: one for all RSEs, and one for each. They need nothing else, neither a server nor a script.
/// Everything that comes from elsewhere is escaped.
enum CyclePage {
  /// How many lines of the history a page has.
  private static let events = 50

  /// Writes all of them. Throws `FileError`.
  static func write(_ status: CycleStatus, _ file: CycleFile) throws {
    let directory = StateDirectory(file.cycle.state)
    for row in status.rows {
      let rseDirectory = directory.rse(row.state.rse)
      guard FileManager.default.fileExists(atPath: rseDirectory.path),
        let effective = try? file.effective(row.state.rse)
      else { continue }
      try CampaignPage.write(
        text(row, effective, RSEHistory.events(rseDirectory), rseDirectory), to: rseDirectory.page)
    }
    try CampaignPage.write(
      text(status) { FileManager.default.fileExists(atPath: directory.rse($0).page) }, to: directory.page)
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
    if status.rows.isEmpty { return page("Swab", body + "<p>The configuration names no RSE.</p>\n") }
    body +=
      "<p><input type=\"checkbox\" id=\"attention\"><label for=\"attention\"> only those for which a person has to do "
    body += "something</label></p>\n<div class=\"wide\"><table>\n<thead><tr>"
    body += [
      "RSE", "phase", "why", "scan", "listed", "gone", "left", "1 d", "7 d", "30 d", "worst error",
    ].map { "<th>\($0)</th>" }.joined()
    body += "</tr></thead>\n<tbody>\n"
    for row in status.rows { body += line(row, hasPage(row.state.rse)) }
    body +=
      "</tbody></table></div>\n<p class=\"note\">listed, gone and left: of the present or last campaign; "
    body += "1 d, 7 d, 30 d: files that were deleted within these days. "
    body += "<a href=\"status.json\">status.json</a> <a href=\"metrics.prom\">metrics.prom</a></p>\n"
    return page("Swab", body)
  }

  private static func line(_ row: CycleStatus.Row, _ hasPage: Bool) -> String {
    let state = row.state
    let name = escaped(state.rse)
    let link = hasPage ? "<a href=\"rses/\(name)/index.html\">\(name)</a>" : name
    let why = escaped(state.reason.text) + (state.detail.map { "<small>\(escaped($0))</small>" } ?? "")
    let advice = state.reason.advice.map { "<small class=\"advice\">\(escaped($0))</small>" } ?? ""
    let numbers = [
      row.scanAgeHours.map { "\(Int($0)) h" }, row.campaign.map { "\($0.listed)" },
      row.campaign.map { "\($0.gone)" },
      row.campaign.map { "\(max(0, $0.files - $0.gone))" }, "\(row.deleted.day)", "\(row.deleted.week)",
      "\(row.deleted.month)",
    ]
    var cells = "<td>\(link)<small>\(escaped(state.site ?? ""))</small></td>"
    cells += "<td><span class=\"phase \(state.phase.rawValue)\">\(state.phase.rawValue)</span></td>"
    cells += "<td class=\"why\">\(why)\(advice)</td>"
    cells += numbers.map { "<td class=\"number\">\($0 ?? "–")</td>" }.joined()
    cells += "<td>\(escaped(row.campaign?.worstError ?? ""))</td>"
    return "<tr class=\"\(row.needsPerson ? "person" : "fine")\">\(cells)</tr>\n"
  }

  /// The page of an RSE.
  static func text(
    _ row: CycleStatus.Row, _ effective: CycleFile.Effective, _ history: [RSEState.Event],
    _ rseDirectory: RSEDirectory
  ) -> String {
    let state = row.state
    var body = "<p><a href=\"../../index.html\">all RSEs</a></p>\n<h1>\(escaped(state.rse)) "
    body += "<span class=\"phase \(state.phase.rawValue)\">\(state.phase.rawValue)</span></h1>\n"
    for sentence in Explanation.sentences(row, effective) { body += "<p>\(escaped(sentence))</p>\n" }
    body += table(
      "Campaigns",
      [
        "campaign", "planned", "ended", "listed", "files", "deleted", "absent", "left", "rounds", "end",
        "worst error",
      ],
      state.campaigns.reversed().map { result in
        let page = "campaigns/\(result.campaign)/index.html"
        let name = escaped(result.campaign)
        let hasPage = FileManager.default.fileExists(atPath: "\(rseDirectory.path)/\(page)")
        return [hasPage ? "<a href=\"\(escaped(page))\">\(name)</a>" : name]
          + [
            result.planned, result.ended ?? "", "\(result.listed)", "\(result.files)", "\(result.deleted)",
            "\(result.absent)", "\(max(0, result.files - result.gone))", "\(result.rounds)",
            result.reason?.text ?? "", result.worstError ?? "",
          ].map(escaped)
      })
    if let left = row.leftovers, left.repeated > 0 {
      body += table(
        "Never cleaned", ["directory", "files", "first listed", "why"],
        left.directories.prefix(events).map { left in
          let reasons = left.reasons.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          return [left.directory, "\(left.files)", left.since, reasons.joined(separator: ", ")].map(
            escaped)
        })
    }
    body += table(
      "History", ["time", "event", "phase", "reason", "detail"],
      history.suffix(events).reversed().map {
        [$0.time, $0.event, $0.phase.rawValue, $0.reason.text, $0.detail ?? ""].map(escaped)
      })
    body += table(
      "Configuration", ["key", "value", "section"],
      effective.origins.filter { $0.section != nil && !$0.key.hasPrefix("environment.") }.map {
        [$0.key, $0.value, $0.section ?? ""].map(escaped)
      })
    return page(state.rse, body)
  }

  /// - Parameter rows: escaped already.
  private static func table(_ title: String, _ heading: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let head = heading.map { "<th>\(escaped($0))</th>" }.joined()
    let lines = rows.map { "<tr>" + $0.map { "<td>\($0)</td>" }.joined() + "</tr>\n" }.joined()
    return
      "<h2>\(escaped(title))</h2>\n<div class=\"wide\"><table><thead><tr>\(head)</tr></thead>\n<tbody>\(lines)</tbody></table></div>\n"
  }

  private static func escaped(_ text: String) -> String { CampaignPage.escaped(text) }

  private static func page(_ title: String, _ body: String) -> String {
    """
    <!DOCTYPE html>
    <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark"><title>\(escaped(title))</title>
    <style>
    \(style)
    </style></head><body>
    \(body)</body></html>

    """
  }

  private static let style = """
    :root{--back:#fff;--text:#1b1f24;--soft:#57606a;--line:#d0d7de;--head:#f3f5f7;--warn:#9a3b00;--warnback:#fff1e5;--link:#0a58ca}
    @media (prefers-color-scheme:dark){:root{--back:#15181c;--text:#e4e8ec;--soft:#9aa4af;--line:#363c44;--head:#20252b;--warn:#ffb27a;--warnback:#3a2414;--link:#7db3ff}}
    body{font:14px/1.45 system-ui,sans-serif;margin:1.2em;background:var(--back);color:var(--text)}
    a{color:var(--link)}h1{font-size:1.4em}h2{font-size:1.1em;margin-top:1.6em}
    .wide{overflow-x:auto}table{border-collapse:collapse;min-width:100%}
    th,td{border-bottom:1px solid var(--line);padding:4px 10px;text-align:left;vertical-align:top}
    th{background:var(--head);white-space:nowrap}.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
    small{display:block;color:var(--soft)}.why{min-width:16em;max-width:44em;overflow-wrap:anywhere}
    .advice{color:var(--warn)}tr.person{background:var(--warnback)}.note{color:var(--soft)}
    .sums{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.5em}.sums li{border:1px solid var(--line);border-radius:6px;padding:2px 10px}
    .sums .person{color:var(--warn);border-color:var(--warn)}
    .phase{border:1px solid var(--line);border-radius:6px;padding:1px 7px;font-size:.9rem;font-weight:normal;white-space:nowrap}
    .blocked,.needsApproval,.unmapped{color:var(--warn);border-color:var(--warn)}
    body:has(#attention:checked) tr.fine{display:none}
    """
}
