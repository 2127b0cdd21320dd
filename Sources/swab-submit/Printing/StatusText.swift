import Campaign
import CommandSupport
import DeletionModel

/// What `swab-submit status` shows a person. However many jobs there are, it fits on a screen: the sums, and the jobs
/// that something has to be done about.
enum StatusText {
  /// At most so many jobs are named for each reason.
  private static let named = 5
  /// At most so many reasons.
  private static let reasons = 12

  /// The lines.
  static func lines(_ status: CampaignStatus, width: Int = 40) -> [String] {
    var lines = status.alarm.map { ["SUSPECT   \(oneLine($0))"] } ?? []
    lines.append(
      "campaign  \(oneLine(status.manifest.name)): \(oneLine(status.manifest.rse)) at \(oneLine(status.manifest.site)), \(status.manifest.counts.files) files, expires \(oneLine(status.manifest.expires))"
    )
    for round in status.rounds {
      let submission = round.submission.map { submission in
        submission.cluster.map { "cluster \($0) at \(submission.target.scheddText)" }
          ?? "submission not finished"
      }
      let jobs = status.jobs.filter { $0.round == round.record.round }
      lines.append(
        "round \(round.record.round)   \(submission ?? "not submitted"): "
          + states(jobs.map { ($0.assessment.state, $0.files) }))
    }
    lines.append("")
    lines += TextTable.lines(
      [["state", "jobs", "files"]] + status.counts.map { [$0.state.text, "\($0.jobs)", "\($0.files)"] })
    lines.append("")
    lines.append(progress(status, width: width))
    let left = status.jobs.count { $0.queueState == .left }
    if left > 0 {
      lines.append(
        "\(MessageText.counted(left, "job")) \(left == 1 ? "is" : "are") left for the next round: \"resubmit\", when the others have ended"
      )
    }
    lines += hosts(status.hosts)
    for line in status.hosts.disagreements { lines.append("warning   \(oneLine(line))") }
    lines += oddities(status)
    for problem in status.problems {
      lines.append("warning   \(oneLine(problem)); what the event log says is shown")
    }
    return lines
  }

  /// `12 done, 3 running`.
  static func states(_ jobs: [(state: JobState, files: Int)]) -> String {
    JobState.allCases.compactMap { state in
      let count = jobs.count { $0.state == state }
      return count > 0 ? "\(count) \(state.text)" : nil
    }.joined(separator: ", ")
  }

  /// A bar, and the files that are gone and those that could not be deleted.
  static func progress(_ status: CampaignStatus, width: Int) -> String {
    let total = status.manifest.counts.files
    let share = total > 0 ? Double(status.gone) / Double(total) : 0
    let filled = min(width, Int(share * Double(width)))
    let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: width - filled)
    let freed = status.freed.bytes > 0 ? ", \(status.freed.text) freed" : ""
    let failed = status.notGone > 0 ? ", \(status.notGone) not deleted" : ""
    // Not 100 before it is.
    return "[\(bar)] \(Int(share * 100)) %  \(status.gone) of \(total) files gone\(freed)\(failed)"
  }

  /// What each machine has done, where nothing good has come of some; the worst first.
  static func hosts(_ table: HostTable) -> [String] { hosts(table.hosts) }

  static func hosts(_ hosts: [HostTable.Host]) -> [String] {
    guard hosts.contains(where: { $0.isBad || $0.isSuspect }) else { return [] }
    let rows = hosts.prefix(reasons).map { host in
      [
        oneLine(host.name), "\(host.jobs)", "\(host.failures)", "\(host.deleted)", "\(host.absent)",
        "\(host.failed)",
        host.exits.sorted { $0.key < $1.key }.map { $0.key < 0 ? "no exit code" : "exit \($0.key)" }.joined(
          separator: ", ") + (host.isSuspect ? " suspect" : ""),
      ]
    }
    let more = hosts.count > reasons ? ["… and \(hosts.count - reasons) other machines"] : []
    return [""]
      + TextTable.lines([["machine", "jobs", "nothing done", "deleted", "absent", "failed", ""]] + rows)
      + more
  }

  /// Jobs that wait for a person or went wrong, put together by the reason.
  private static func oddities(_ status: CampaignStatus) -> [String] {
    var groups: [(key: String, advice: String?, jobs: [CampaignStatus.Job])] = []
    for job in status.jobs where isOdd(job, status) {
      let key = "\(job.assessment.state.text): \(group(job))"
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].jobs.append(job)
      } else {
        groups.append((key, job.assessment.advice, [job]))
      }
    }
    groups.sort { $0.jobs.count > $1.jobs.count }
    var lines: [String] = []
    for group in groups.prefix(reasons) {
      let names = group.jobs.prefix(named).map(\.id.description).joined(separator: " ")
      let more = group.jobs.count > named ? " …" : ""
      lines.append("")
      lines.append("\(group.jobs.count) \(group.key)  [\(names)\(more)]")
      if let text = group.jobs.first?.assessment.text { lines.append("    such as: \(oneLine(text))") }
      if let advice = group.advice { lines.append("    \(advice)") }
    }
    if groups.count > reasons { lines.append("… and \(groups.count - reasons) other reasons") }
    return lines
  }

  private static func isOdd(_ job: CampaignStatus.Job, _ status: CampaignStatus) -> Bool {
    switch job.assessment.state {
    case .held, .submitting, .suspended, .unknown: true
    case .failed, .removed, .lost: job.round == status.rounds.count
    default: false
    }
  }

  /// What jobs with the same diagnosis have in common: HTCondor's own messages name machines and files.
  private static func group(_ job: CampaignStatus.Job) -> String {
    switch job.assessment.state {
    case .held: HoldReason.of(job.facts?.holdCode).text
    case .removed: "taken off the queue"
    case .unknown: "nobody who answered knows its end"
    default:
      switch job.report {
      case .missing: "no report"
      case .broken: "a report that can't be used"
      case .wrapper: "the payload did not report"
      case .incomplete: "its report is incomplete"
      case .complete(let code, _, _): "exit \(code)"
      }
    }
  }

  private static func oneLine(_ text: String) -> String { MessageText.oneLine(text, limit: 400) }
}
