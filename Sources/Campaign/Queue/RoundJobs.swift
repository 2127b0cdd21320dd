import DeletionModel

/// What HTCondor knows of the jobs of a round.
package struct RoundJobs: Sendable {
  /// The round's directory.
  package var directory: RoundDirectory
  /// Its jobs.
  package var record: RoundRecord
  /// Where they were submitted; nil: nowhere.
  package var submission: Submission?
  /// What is known, by the job's place in the round; of a submitted round, of the jobs that were submitted.
  package var facts: [JobFacts?]
  /// The schedd has yet to make the jobs from this place on.
  package var unmadeFrom: Int
  /// Why the schedd could not be asked; nil where it could.
  package var problem: String?
  /// Whether it answered, and did not let us in.
  package var isRefused = false
  /// Where the schedd is that answered.
  package var address = ScheddAddress.same

  /// The round with the jobs that were submitted; all of them where it was not.
  var submitted: RoundRecord {
    var round = record
    round.jobs = Array(record.jobs.prefix(facts.count))
    return round
  }

  /// The place of a job for ``JobStateTable``.
  package func queueState(_ index: Int) -> JobStateTable.QueueState {
    guard let submission else { return .unsubmitted }
    guard facts.indices.contains(index) else { return .left }
    guard submission.cluster != nil else { return .uncertain }
    return JobStateTable.queueState(
      facts[index], isSpooled: submission.target.spool, isUnmade: index >= unmadeFrom,
      wasAsked: problem == nil, address: address)
  }

  /// `CLUSTER.PROC`; nil before the job is submitted.
  package func condorID(_ index: Int) -> String? {
    guard facts.indices.contains(index) else { return nil }
    return submission?.cluster.map { "\($0).\(index)" }
  }

  /// Matches the round's jobs, and no job of another campaign whose schedd began to count anew.
  package static func constraint(cluster: Int, campaign: String) -> String {
    "ClusterId == \(cluster) && \(ClassAdText.jobs(of: campaign))"
  }

  /// Reads the event log first: what has ended by it is not asked for any more. For the rest the queue is asked, and for
  /// what that does not have the history, no further back than the submission.
  ///
  /// A schedd that can't be asked is a ``problem``, and no error: the event log may tell all that is needed.
  ///
  /// - Parameter before: what was found out the last time: what has ended then is not asked for again.
  /// - Throws: ``CampaignError`` for a damaged campaign, `FileError` for an event log that can't be read.
  package static func read(
    _ directory: RoundDirectory, _ record: RoundRecord, campaign: String, from queue: any CampaignQueue,
    before: RoundJobs? = nil
  ) async throws -> RoundJobs {
    let known = try CampaignFiles.submission(directory)
    let submitted = known.map { min(max(0, $0.jobs), record.jobs.count) } ?? record.jobs.count
    var round = RoundJobs(
      directory: directory, record: record, submission: known, facts: Array(repeating: nil, count: submitted),
      unmadeFrom: .max)
    guard let submission = round.submission, let cluster = submission.cluster else { return round }
    if let before, before.submission == submission {
      for (index, facts) in before.facts.enumerated()
      where facts?.isFinal == true && round.facts.indices.contains(index) {
        round.facts[index] = facts
      }
    }
    if round.facts.allSatisfy({ $0 != nil }) { return round }
    // The log of spooled jobs is the schedd's. Jobs of an earlier campaign in the same directory write to this one as well.
    var log = submission.target.spool ? EventLog() : try EventLog(path: directory.events)
    if let note = log.notes[cluster], !EarlierJobs.isNote(note, campaign: campaign, round: record.round) {
      log = EventLog()
    }
    round.takeEnds(log, cluster)
    if round.facts.allSatisfy({ $0 != nil }) { return round }
    do {
      round.address = try await queue.checkSchedd(of: submission)
      try await round.ask(queue, submission, constraint(cluster: cluster, campaign: campaign))
    } catch let error as CampaignError where error.status != .stoppedEarly {
      (round.problem, round.isRefused) = (error.description, error.status == .noPermission)
    }
    round.takeRest(log, cluster)
    return round
  }

  /// The ends that the log has; those of jobs that will never be made are among them.
  private mutating func takeEnds(_ log: EventLog, _ cluster: Int) {
    for (key, ended) in log.jobs
    where key.cluster == cluster && facts.indices.contains(key.process) && ended.status?.isLive == false {
      if facts[key.process] == nil { facts[key.process] = ended }
    }
    guard let first = log.neverMadeFrom[cluster] else { return }
    for index in facts.indices where index >= first && facts[index] == nil {
      var never = JobFacts(.events, status: .removed)
      never.removeReason = "it was never made: the cluster was taken off the queue"
      facts[index] = never
    }
  }

  /// What the log says of jobs that nobody else knows, and of the earlier runs and the machines of all others.
  private mutating func takeRest(_ log: EventLog, _ cluster: Int) {
    for (key, known) in log.jobs where key.cluster == cluster && facts.indices.contains(key.process) {
      if facts[key.process] == nil {
        facts[key.process] = known
      } else {
        facts[key.process]?.earlierRuns = known.earlierRuns
      }
    }
    // Between two of its jobs a cluster may have none in the queue.
    if log.growing.contains(cluster), unmadeFrom == .max {
      unmadeFrom = (log.jobs.keys.filter { $0.cluster == cluster }.map(\.process).max() ?? -1) + 1
    }
  }

  private mutating func ask(_ queue: any CampaignQueue, _ submission: Submission, _ constraint: String)
    async throws
  {
    // In this order: a job that ends in between is in the second answer.
    for ad in try await queue.jobs(submission.target, constraint: constraint) {
      take(ad, .queue)
      if let next = ad.integer("JobMaterializeNextProcId") { unmadeFrom = next }
    }
    let missing = facts.indices.count { facts[$0] == nil && $0 < unmadeFrom }
    guard missing > 0 else { return }
    for ad in try await queue.past(
      submission.target, constraint: constraint, since: submission.submitted, limit: facts.count)
    {
      take(ad, .history)
    }
  }

  private mutating func take(_ ad: JobAttributes, _ source: JobFacts.Source) {
    guard let index = ad.integer("ProcId"), facts.indices.contains(index) else { return }
    // The queue's word is the newer one; a schedd that crashed may have written an end twice: the first is the latest.
    if source == .history, facts[index] != nil { return }
    facts[index] = JobFacts(source, ad)
  }
}
