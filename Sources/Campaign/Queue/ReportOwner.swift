import JobReports
import FoundationEssentials

/// The job that a report in its directory has to be of. A name, a number and a path are not enough to know that: a directory
/// can be copied, restored, or planned into anew while jobs of an earlier campaign still write to it.
package struct ReportOwner: Sendable {
  /// The campaign.
  package var manifest: CampaignManifest
  /// The job.
  package var id: JobID
  /// `ClusterId`; nil before the job is submitted.
  package var cluster: Int?
  /// `ProcId`.
  package var process: Int
  /// `GlobalJobId`, where the schedd has told.
  package var globalJobId: String?
  /// Whether a gridmanager handed the job on: its payload then ran as a job of another system, with other numbers.
  package var isGrid = false
  /// Whether HTCondor has never started the job, so that nothing can be of it.
  package var hasNeverStarted = false

  package init(manifest: CampaignManifest, id: JobID, cluster: Int?, process: Int) {
    self.manifest = manifest
    self.id = id
    self.cluster = cluster
    self.process = process
  }

  /// The job of a round at this place, by what HTCondor says of it.
  init(_ round: RoundJobs, _ index: Int, _ manifest: CampaignManifest) {
    let submission = round.submission
    self.init(
      manifest: manifest, id: round.record.jobs[index].id, cluster: submission?.cluster, process: index)
    isGrid = submission.map { $0.target.ce != nil || $0.target.gridResource != nil } ?? false
    let facts = round.facts.indices.contains(index) ? round.facts[index] : nil
    globalJobId = facts?.globalJobId
    switch round.queueState(index) {
    case .unsubmitted, .uncertain, .unmade, .left: hasNeverStarted = true
    // The gridmanager does not count the starts of what it handed on.
    case .idle, .held, .leaving, .removed: hasNeverStarted = !isGrid && facts?.starts == 0
    default: hasNeverStarted = false
    }
  }

  /// A worker node's clock may be as far behind ours; with more, Kerberos and GSI would not have let it work either.
  static let clockTolerance: TimeInterval = 300

  /// Why a report says nothing of the job's files; nil where it is the job's.
  func problem(_ report: JobReport) -> String? {
    if hasNeverStarted { return "the job has not started, so it can't be its report" }
    let found = report.job
    guard found.campaign == manifest.id else {
      return "it is of \(found.campaign.map { "the campaign \"\($0)\"" } ?? "no campaign")"
    }
    guard found.jobId.flatMap({ JobID(text: $0) }) == id else {
      return "it is of \(found.jobId.map { "the job \($0)" } ?? "no job")"
    }
    guard report.request.rse == manifest.rse else {
      return "it is of \(report.request.rse.map { "the RSE \($0)" } ?? "no RSE")"
    }
    if let site = found.site, site != manifest.site { return "it is of the site \(site)" }
    if report.request.dryRun, report.summary.deleted + report.summary.absent > 0 {
      return "it is of a dry run, and says that files are gone"
    }
    if let started = Date(iso8601: found.started),
      let planned = Date(iso8601: manifest.created),
      started < planned.addingTimeInterval(-Self.clockTolerance)
    {
      return "it was begun at \(found.started), before the campaign was planned (\(manifest.created))"
    }
    return condorProblem(found.condor)
  }

  private func condorProblem(_ condor: JobReport.Condor?) -> String? {
    guard !isGrid, let condor else { return nil }
    if let number = condor.clusterId, number != cluster || condor.procId != process {
      let own = cluster.map { "\($0).\(process)" } ?? "none"
      return "HTCondor's job \(number).\(condor.procId.map { "\($0)" } ?? "?") wrote it, and this is \(own)"
    }
    if let other = condor.globalJobId, let globalJobId, other != globalJobId {
      return "HTCondor's job \(other) wrote it, and this is \(globalJobId)"
    }
    return nil
  }
}
