/// Finds out whether a round that was begun to be submitted has its jobs: the program, or the connection, may have
/// ended between condor_submit's work and our note of it.
struct SubmittedCluster: Sendable {
  var tools: CondorTools
  var campaign: String

  /// Why jobs ``Finding/withoutFiles(_:)`` are removed: they are then not found again, in the queue or the history.
  static let removal = "their files were not spooled, they are submitted again"

  /// What was found.
  enum Finding: Sendable, Equatable {
    /// The schedd has the round's jobs, or had them.
    case cluster(Int)
    /// It has jobs whose files never arrived: they will never run.
    case withoutFiles(Int)
    /// It has never had any.
    case none
  }

  /// Looks at the event log, which only the schedd of this machine writes, at the queue, and at the history.
  ///
  /// - Throws: ``CampaignError`` where the queue can't be asked.
  func find(_ round: RoundFolder, _ submission: Submission) async throws -> Finding {
    if !submission.target.spool, let cluster = try? EventLog(path: round.events).firstCluster {
      return .cluster(cluster)
    }
    let constraint =
      "\(ClassAdText.jobs(of: campaign, round: round.number)) && regexp(\"\(Self.removal)\", RemoveReason) =!= true"
    let queued = try JobAttributes.list(
      json: await tools.queue(
        submission.target, constraint: constraint,
        attributes: ["ClusterId", "JobStatus", "HoldReasonCode"]), from: CondorTool.queue.rawValue)
    if let cluster = queued.compactMap({ $0.integer("ClusterId") }).max() {
      // 16: held until its files have been spooled.
      let waiting = queued.contains { $0.integer("JobStatus") == 5 && $0.integer("HoldReasonCode") == 16 }
      return waiting ? .withoutFiles(cluster) : .cluster(cluster)
    }
    let past = try JobAttributes.list(
      json: await tools.history(
        submission.target, constraint: constraint, attributes: ["ClusterId"], limit: 1),
      from: CondorTool.history.rawValue)
    return past.first?.integer("ClusterId").map { .cluster($0) } ?? .none
  }
}
