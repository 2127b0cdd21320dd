import Deletion

/// What a campaign report says of one job.
public struct JobAccount: Sendable {
  /// The job.
  public var id: JobID
  /// Its round.
  public var round: Int
  /// `CLUSTER.PROC`; nil before it is submitted.
  public var condorID: String?
  /// How it stands.
  public var verdict: JobStateTable.Verdict
  /// The exit code of its report, or else of the job.
  public var exitCode: Int?
  /// How many files it was to delete.
  public var files: Int
  /// How they ended, by this job.
  public var counts = OutcomeCounts()
  /// What is wrong with its report.
  public var problem: String?
  /// Where it ran.
  public var host: String?
  /// The site there.
  public var site: String?
  /// How long its payload took, in seconds.
  public var seconds: Double?
  /// How often HTCondor started it.
  public var starts: Int
  /// Requests to the storage.
  public var attempts: Int

  init(_ job: CampaignStatus.Job, _ evidence: JobEvidence) {
    id = job.id
    round = job.round
    condorID = job.condorID
    verdict = JobStateTable.verdict(job.place, job.facts, evidence.glance)
    exitCode = evidence.report.map { Int($0.exit.code) } ?? job.facts?.exitCode
    files = evidence.list.count
    var problems = evidence.problems
    if case .broken(let reason) = evidence.glance { problems.insert(reason, at: 0) }
    problem = problems.isEmpty ? nil : problems.joined(separator: "; ")
    host = evidence.report?.job.host ?? job.facts?.host
    site = evidence.report?.job.site ?? job.facts?.site
    seconds = evidence.report?.job.seconds ?? job.facts?.seconds
    starts = job.facts?.starts ?? 0
    attempts = evidence.report?.summary.attempts ?? 0
  }

  /// The failure class of a file whose job has never begun.
  static let pending = "pending"

  /// Whether the job has never begun, so that nothing can have become of its files.
  var isUntouched: Bool { verdict.state.isBeforeStart && starts == 0 }

  /// The failure of a file that the job says nothing of.
  var silence: (outcome: Outcome, failure: FileRecord.Failure) {
    let words = MessageText.oneLine(
      "job \(id) is \(verdict.state.words)\(verdict.words.map { ": \($0)" } ?? "")",
      limit: DeletionError.messageLimit)
    if isUntouched {
      return (.notAttempted, .init(kind: Self.pending, code: verdict.state.rawValue, message: words))
    }
    return (.failed, .init(kind: ErrorClass.unknown.rawValue, code: "noReport", message: words))
  }
}
