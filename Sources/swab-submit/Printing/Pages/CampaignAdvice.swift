import Campaign
import DeletionModel
import FoundationEssentials
import JobReports

/// Whether a person has to do something for a campaign, and what.
struct CampaignAdvice {
  /// How urgent it is.
  enum Need: String {
    /// A person has to do something.
    case act
    /// It goes on by itself, or a person has only to say that it goes on.
    case wait
    /// There is nothing left to do.
    case done
  }

  let need: Need
  /// For a badge.
  let state: String
  /// What it is about.
  let sentences: [String]
  /// The next command; nil: none.
  let command: String?

  /// - Parameter directory: of the campaign, for commands.
  init(_ report: CampaignReport, _ directory: CampaignDirectory) {
    let path = Self.quoted(directory.path)
    let left = report.totals.counts.notGone + report.unnamed
    let blocked = Self.blocked(report)
    let live = report.jobsToCome.filter { !Self.needsPerson.contains($0.assessment.state) }
    if let alarm = report.alarm {
      need = .act
      state = "suspect"
      let example =
        report.reasons.first { $0.kind == RunTotals.suspect }?.lfn ?? report.manifest.filters.allow.first
        ?? ""
      sentences =
        ["\(alarm)."] + blocked
        + [
          "See on a worker node of \(report.manifest.site) whether the storage is mounted, and whether the command below gives the path that the file really has. Go on with \"swab-submit resubmit \(path)\" when that is mended."
        ]
      command = "swab resolve --rse \(Self.quoted(report.manifest.rse)) \(Self.quoted(example))"
    } else if !blocked.isEmpty {
      (need, state) = (.act, "needs you")
      sentences = blocked
      command = "swab-submit status \(path)"
    } else if !live.isEmpty, live.allSatisfy(\.isLeft) {
      (need, state) = (.wait, "next round")
      sentences = [
        "\(Self.count(live.count, "job")) \(live.count == 1 ? "was" : "were") left for the next round; the others have ended."
      ]
      command = "swab-submit resubmit \(path)"
    } else if live.contains(where: { $0.assessment.state == .planned }),
      live.allSatisfy({ $0.assessment.state == .planned })
    {
      (need, state) = (.wait, "not submitted")
      sentences = [
        "\(Self.count(live.count, "job")) of round \(report.rounds.count) \(live.count == 1 ? "waits" : "wait") to be submitted."
      ]
      command = "swab-submit \(report.rounds.count > 1 ? "resubmit" : "submit") \(path)"
    } else if !live.isEmpty {
      (need, state) = (.wait, "at work")
      sentences = [
        "\(Self.count(live.count, "job")) \(live.count == 1 ? "has" : "have") not ended or \(live.count == 1 ? "is" : "are") not fetched; nothing has to be done until then."
      ]
      command = "swab-submit status --watch \(path)"
    } else if left == 0 {
      (need, state) = (.done, "all gone")
      sentences = ["Every file of the campaign is gone; nothing has to be done."]
      command = nil
    } else {
      (need, state) = (.act, "files left")
      let canBeTried = left > report.permanent && !Self.isExpired(report)
      sentences = Self.first(report) + Self.rest(report, left: left)
      command = canBeTried ? "swab-submit resubmit \(path)" : nil
    }
  }

  /// States that stay as they are until somebody does something.
  static let needsPerson: Set<JobState> = [.held, .unknown, .submitting, .suspended]

  /// What holds up jobs, those with the same advice together.
  private static func blocked(_ report: CampaignReport) -> [String] {
    let jobs = report.jobs.filter { needsPerson.contains($0.assessment.state) }
    let groups = Dictionary(grouping: jobs) { "\($0.assessment.state.text) \($0.assessment.advice ?? "")" }
    return groups.values.sorted { ($1.count, $0[0].id.number) < ($0.count, $1[0].id.number) }.prefix(5)
      .compactMap {
        jobs in
        guard let first = jobs.first else { return nil }
        let text = first.assessment.text.map { ": \($0)" } ?? ""
        let advice = first.assessment.advice.map { " To do: \($0)." } ?? ""
        return
          "\(count(jobs.count, "job")), such as \(first.id), \(jobs.count == 1 ? "is" : "are") \(first.assessment.state.text)\(text).\(advice)"
      }
  }

  /// The most frequent reason that another round alone does not remove.
  private static func first(_ report: CampaignReport) -> [String] {
    guard let reason = report.reasons.first(where: { remedy($0).needsPerson }) else { return [] }
    return [
      "\(count(reason.count, "file")) below \(reason.directory) (\(reason.kind)): \(remedy(reason).text)."
    ]
  }

  /// What another round can do for so many files.
  private static func rest(_ report: CampaignReport, left: Int) -> [String] {
    let again = left - report.permanent
    var sentences: [String] = []
    if report.permanent > 0 {
      sentences.append(
        "\(count(report.permanent, "file")) would end the same in another round: \(report.permanent == 1 ? "it needs" : "they need") a remedy from the table below."
      )
    }
    if again > 0 {
      sentences.append(
        "\(count(again, "file")) can be tried again\(isExpired(report) ? ", but the list is too old for that: plan a campaign from a new one" : "; a cycle does so by itself")."
      )
    }
    return sentences
  }

  private static func isExpired(_ report: CampaignReport) -> Bool {
    guard let end = Date(iso8601: report.manifest.expires),
      let now = Date(iso8601: report.collected)
    else { return false }
    return now >= end
  }

  /// What is done about a reason.
  static func remedy(_ reason: ReasonTally.Entry) -> (text: String, needsPerson: Bool) {
    switch reason.kind {
    case RunTotals.suspect:
      ("see whether the prefix in storage.json is right and the storage is mounted", true)
    case "refused" where reason.code == Refusal.Rule.newer.rawValue:
      ("written after the scan: the list of a later scan says whether it is needed", false)
    case "refused": ("a safety rule forbids it: correct the list", true)
    case "stopped": ("the time was over: the next round goes on", false)
    case JobAccount.pending: ("its job has not ended", false)
    default:
      switch ErrorClass(rawValue: reason.kind) {
      case .permanent:
        (
          "the list names what is no file, or what the storage refuses: correct the list; the next round leaves it out",
          true
        )
      case .auth:
        (
          "ask the site who may delete there, and see with \"swab check\" on a worker node which credential the jobs have",
          true
        )
      case .endpoint: ("tell the site: this is the endpoint's configuration, or a proxy in front of it", true)
      case .fatal: ("see with \"swab check\" on a worker node which tool is missing or broken", true)
      case .overload:
        (
          "tell the site if it comes again; the next round tries it more slowly, with fewer jobs at a time (max-materialize)",
          false
        )
      case .unknown: ("see the jobs below; the next round tries it again", false)
      case .transient: ("the next round tries it again; tell the site if it comes again", false)
      case .absent, nil: ("see the message", false)
      }
    }
  }

  static func count(_ count: Int, _ noun: String) -> String {
    MessageText.counted(count, noun, written: HTMLPage.number(count))
  }

  /// A word that a shell takes as it is, or in quotation marks.
  private static func quoted(_ text: String) -> String {
    let isPlain =
      !text.isEmpty
      && text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || (65...90).contains(byte) || (97...122).contains(byte)
          || "/._-+,:@%=".utf8.contains(byte)
      }
    return isPlain ? text : "'\(text.replacing("'", with: "'\\''"))'"
  }
}
