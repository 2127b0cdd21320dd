import ByteStreams
import Campaign
import DeletionModel

/// The summary of a campaign as one page of HTML that needs nothing else. Everything that comes from elsewhere is
/// escaped.
enum CampaignPage {
  /// Writes the page, whole or not at all. Throws `FileError`, also where something else than a regular file is in its place.
  static func write(_ page: String, to path: String) throws {
    try AtomicFile.replace(path, .own) { try $0.write(Array(page.utf8)) }
  }

  /// The page.
  static func text(_ report: CampaignReport) -> String {
    let manifest = report.manifest
    let counts = report.totals.counts
    let share = counts.requested > 0 ? counts.gone * 100 / counts.requested : 0
    var body =
      report.alarm.map { "<p class=\"suspect\"><strong>SUSPECT</strong> \(escaped($0)).</p>\n" } ?? ""
    body += "<h1>\(escaped(manifest.name))</h1>\n"
    body +=
      "<p>\(escaped(manifest.rse)) at \(escaped(manifest.site)), planned \(escaped(manifest.created)), collected \(escaped(report.collected)). \(escaped(report.exit.reason)).</p>\n"
    body += "<progress max=\"100\" value=\"\(share)\"></progress> \(share) %\n"
    body += table(
      "Files", ["requested"] + Outcome.allCases.map(\.rawValue),
      [["\(counts.requested)"] + Outcome.allCases.map { "\(counts[$0])" }])
    body += table(
      "Storage", ["RSE", "backend", "endpoint", "deleted", "absent", "failed"],
      report.totals.storage.map { storage in
        let routes = report.storageRoutes
        return [
          (routes.indices.contains(storage.route) ? routes[storage.route].rse : nil) ?? "", storage.backend,
          storage.endpoint, "\(storage.counts[.deleted])", "\(storage.counts[.absent])",
          "\(storage.counts[.failed])",
        ]
      })
    body += table(
      "Why files are not gone", ["class", "files", "example", "message"],
      report.totals.failures.map {
        [$0.kind, "\($0.count)", $0.example.lfn, $0.example.failure?.message ?? ""]
      })
    body += table(
      "Machines", ["machine", "jobs", "nothing done", "deleted", "absent", "failed", "suspect"],
      report.hosts.hosts.map {
        [
          $0.name, "\($0.jobs)", "\($0.failures)", "\($0.deleted)", "\($0.absent)", "\($0.failed)",
          $0.isSuspect ? "yes" : "",
        ]
      })
    body += table(
      "Directories", ["directory", "files", "not gone"],
      report.worstDirectories.map { [$0.path, "\($0.files)", "\($0.notGone)"] })
    body += table(
      "Jobs", ["job", "round", "state", "exit", "files", "gone", "host", "reason"],
      report.jobs.map {
        [
          $0.id.description, "\($0.round)", $0.assessment.state.text, $0.exitCode.map { "\($0)" } ?? "",
          "\($0.files)",
          "\($0.counts.gone)", $0.host ?? "", $0.problem ?? $0.assessment.text ?? "",
        ]
      })
    body += table("Warnings", ["warning"], report.warnings.map { [$0] })
    return """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><title>\(escaped(manifest.name))</title>
      <style>body{font:14px sans-serif;margin:2em}table{border-collapse:collapse}td,th{border:1px solid #ccc;padding:2px 8px;text-align:left}</style>
      </head><body>
      \(body)</body></html>

      """
  }

  private static func table(_ title: String, _ heading: [String], _ rows: [[String]]) -> String {
    guard !rows.isEmpty else { return "" }
    let head = heading.map { "<th>\(escaped($0))</th>" }.joined()
    let lines = rows.map { "<tr>" + $0.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>\n" }
    return "<h2>\(escaped(title))</h2>\n<table><tr>\(head)</tr>\n\(lines.joined())</table>\n"
  }

  /// A text that can stand between tags and inside of quotes.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in MessageText.oneLine(text, limit: 4096).unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "'": result += "&#39;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
