import Campaign
import CommandSupport
import DeletionModel

/// What `swab-submit collect` shows a person.
enum CollectText {
  /// The lines.
  static func lines(_ report: CampaignReport, _ directory: CampaignDirectory) -> [String] {
    let files =
      ["report    \(directory.report)"]
      + (report.totals.counts.notGone > 0 ? ["residual  \(directory.residual)"] : [])
    return lines(report) + files
  }

  /// The same without the names of files.
  static func lines(_ report: CampaignReport) -> [String] {
    var lines = report.alarm.map { ["SUSPECT   \(oneLine($0))"] } ?? []
    lines.append(
      "campaign  \(oneLine(report.manifest.name)): \(report.manifest.rse) at \(report.manifest.site), \(MessageText.counted(report.rounds.count, "round"))"
    )
    lines.append("jobs      " + StatusText.states(report.jobs.map { ($0.assessment.state, $0.files) }))
    lines += SummaryText.sums(report.totals, routes: report.storageRoutes)
    lines += SummaryText.failures(report.totals)
    for directory in report.worstDirectories.prefix(5) {
      lines.append(
        "directory \(oneLine(directory.path)): \(directory.notGone) of \(directory.files) not gone")
    }
    lines += StatusText.hosts(report.hosts)
    for job in report.jobs.filter({ $0.problem != nil }).prefix(10) {
      lines.append("problem   job \(job.id): \(oneLine(job.problem ?? ""))")
    }
    for warning in report.warnings.prefix(20) { lines.append("warning   \(oneLine(warning))") }
    if report.permanent > 0 {
      lines.append("no use    \(report.permanent) of those not gone will not go better in another round")
    }
    lines.append("exit      \(report.exit.status.rawValue): \(oneLine(report.exit.reason))")
    return lines
  }

  private static func oneLine(_ text: String) -> String { MessageText.oneLine(text, limit: 1024) }
}
