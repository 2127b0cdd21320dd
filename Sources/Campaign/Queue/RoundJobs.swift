import Deletion

/// What HTCondor knows of the jobs of a round.
public struct RoundJobs: Sendable {
  /// The round's folder.
  public var folder: RoundFolder
  /// Its jobs.
  public var record: RoundRecord
  /// Where they were submitted; nil: nowhere.
  public var submission: Submission?
  /// What is known, by the job's place in the round.
  public var facts: [JobFacts?]
  /// The schedd has yet to make the jobs from this place on.
  public var unmadeFrom: Int
  /// Why the schedd could not be asked; nil where it could.
  public var problem: String?

  /// The place of a job for ``JobStateTable``.
  public func place(_ index: Int) -> JobStateTable.Place {
    guard let submission else { return .unsubmitted }
    guard submission.cluster != nil else { return .uncertain }
    return JobStateTable.place(
      facts[index], isSpooled: submission.target.spool, isUnmade: index >= unmadeFrom,
      wasAsked: problem == nil)
  }

  /// `CLUSTER.PROC`; nil before the job is submitted.
  public func condorID(_ index: Int) -> String? { submission?.cluster.map { "\($0).\(index)" } }

  /// Matches the round's jobs, and no job of another campaign whose schedd began to count anew.
  public static func constraint(cluster: Int, campaign: String) -> String {
    "ClusterId == \(cluster) && \(ClassAdText.jobs(of: campaign))"
  }

  /// Asks the queue, the history for what is not in it, and the event log for what is in neither.
  ///
  /// A schedd that can't be asked is a ``problem``, and no error: the event log may tell all that is needed.
  ///
  /// - Parameter before: what was found out the last time: what has ended then is not asked for again.
  /// - Throws: ``CampaignError`` for a damaged campaign, `FileError` for an event log that can't be read.
  public static func read(
    _ folder: RoundFolder, _ record: RoundRecord, campaign: String, from queue: any CampaignQueue,
    before: RoundJobs? = nil
  ) async throws -> RoundJobs {
    var round = RoundJobs(
      folder: folder, record: record, submission: try CampaignFiles.submission(folder),
      facts: Array(repeating: nil, count: record.jobs.count), unmadeFrom: .max)
    guard let submission = round.submission, let cluster = submission.cluster else { return round }
    if let before, before.submission == submission {
      for (index, facts) in before.facts.enumerated()
      where facts?.source == .history && round.facts.indices.contains(index) {
        round.facts[index] = facts
      }
    }
    if round.facts.allSatisfy({ $0 != nil }) { return round }
    do {
      try await round.ask(queue, submission.target, constraint(cluster: cluster, campaign: campaign))
    } catch let error as CampaignError where error.status != .stoppedEarly {
      round.problem = error.description
    }
    if round.facts.contains(where: { $0 == nil }) {
      let log = try EventLog(path: folder.events)
      for (key, facts) in log.jobs where key.cluster == cluster && round.facts.indices.contains(key.process) {
        if round.facts[key.process] == nil { round.facts[key.process] = facts }
      }
      if let first = log.neverMadeFrom[cluster] {
        for index in round.facts.indices where index >= first && round.facts[index] == nil {
          var facts = JobFacts(.events, status: .removed)
          facts.removeReason = "it was never made: the cluster was taken off the queue"
          round.facts[index] = facts
        }
      }
    }
    return round
  }

  private mutating func ask(_ queue: any CampaignQueue, _ target: Submission.Target, _ constraint: String)
    async throws
  {
    // In this order: a job that ends in between is in the second answer.
    for ad in try await queue.jobs(target, constraint: constraint) {
      take(ad, .queue)
      if let next = ad.integer("JobMaterializeNextProcId") { unmadeFrom = next }
    }
    let missing = facts.indices.count { facts[$0] == nil && $0 < unmadeFrom }
    guard missing > 0 else { return }
    for ad in try await queue.past(target, constraint: constraint, limit: facts.count) { take(ad, .history) }
  }

  private mutating func take(_ ad: JobAttributes, _ source: JobFacts.Source) {
    guard let index = ad.integer("ProcId"), facts.indices.contains(index) else { return }
    // The queue's word is the newer one; a schedd that crashed may have written an end twice: the first is the latest.
    if source == .history, facts[index] != nil { return }
    facts[index] = JobFacts(source, ad)
  }
}
