import DeletionModel
import JobReports

/// What a campaign report says of one job.
package struct JobAccount: Sendable {
  /// The job.
  package var id: JobID
  /// Its round.
  package var round: Int
  /// `CLUSTER.PROC`; nil before it is submitted.
  package var condorID: String?
  /// How it stands.
  package var assessment: JobStateTable.Assessment
  /// The exit code of its report, or else of the job.
  package var exitCode: Int?
  /// How many files it was to delete.
  package var files: Int
  /// How they ended, by this job.
  package var counts = OutcomeCounts()
  /// What is wrong with its report.
  package var problem: String?
  /// Where it ran.
  package var host: String?
  /// The site there.
  package var site: String?
  /// How long its payload took, in seconds.
  package var seconds: Double?
  /// How often HTCondor started it.
  package var starts: Int
  /// Requests to the storage.
  package var attempts: Int
  /// How many files it said that it had deleted when it was last heard of, where it ended without a whole report.
  package var saidDeleted: Int?
  /// What its report says of the storage endpoints.
  package var storage: [JobReport.Storage]
  /// How many of its files nothing names any more, so that they can't be accounted for one by one.
  package var unnamed: Int
  /// Whether its round was submitted without it: it waits for the next round, and not for HTCondor.
  package var isLeft: Bool

  init(_ job: CampaignStatus.Job, _ evidence: JobEvidence) {
    id = job.id
    round = job.round
    isLeft = job.queueState == .left
    condorID = job.condorID
    assessment = JobStateTable.assessment(job.queueState, job.facts, evidence.summary)
    exitCode = evidence.report.map { Int($0.exit.code) } ?? job.facts?.exitCode
    files = evidence.list.count
    unnamed = evidence.unnamed
    var problems = evidence.problems
    if case .broken(let reason) = evidence.summary { problems.insert(reason, at: 0) }
    problem = problems.isEmpty ? nil : problems.joined(separator: "; ")
    host = job.host ?? evidence.report?.job.host
    site = evidence.report?.job.site ?? job.facts?.site
    seconds = evidence.report?.job.seconds ?? job.facts?.seconds
    storage = evidence.report?.storage ?? []
    starts = job.facts?.starts ?? 0
    attempts = evidence.report?.summary.attempts ?? 0
    if !assessment.state.isToCome, evidence.summary.kind != .complete {
      saidDeleted = job.facts?.progress.map { min(job.files, $0.deleted) }
    }
  }

  /// Files that it said it had deleted and that no report and no journal names.
  var deletedWithoutName: Int { max(0, (saidDeleted ?? 0) - counts[.deleted]) }

  /// The failure class of a file whose job has not ended.
  package static let pending = "pending"

  /// The failure of a file that the job says nothing of.
  var silence: (outcome: Outcome, failure: FileRecord.Failure) {
    let message = MessageText.oneLine(
      "job \(id) is \(assessment.state.text)\(assessment.text.map { ": \($0)" } ?? "")",
      limit: DeletionError.messageLimit)
    if assessment.state.isToCome {
      return (.notAttempted, .init(kind: Self.pending, code: assessment.state.rawValue, message: message))
    }
    return (.failed, .init(kind: ErrorClass.unknown.rawValue, code: "noReport", message: message))
  }
}
