import ByteStreams
import DeletionModel
import FoundationEssentials
import Glibc

/// Finds out what a schedd has, or has had, that stands in the way of a submission: the very same jobs, of which the
/// program, the connection or a copy of the campaign's directory knows nothing, and jobs that delete from the same RSE.
struct EarlierJobs: Sendable {
  var tools: CondorTools
  var manifest: CampaignManifest
  var roundDirectory: RoundDirectory

  /// Why jobs are removed that are not to count as submitted: they are then not found again, in the queue or the history.
  static let removal = "their files were not spooled, they are submitted again"
  /// Likewise for jobs that were submitted at the same time as others of the same files.
  static let removalOfLater = "others for the same files were submitted at the same time"

  /// How far the schedd's clock may be behind the one that planned, in seconds.
  private static let clockSkew = 86_400.0

  /// What was found of the round's own jobs.
  enum Finding: Sendable, Equatable {
    /// The schedd has the round's jobs, or had them; whether they were spooled, where that is known, and how many were
    /// submitted, where that was not the whole round.
    case cluster(Int, isSpooled: Bool = false, jobs: Int? = nil)
    /// It has jobs whose files never arrived: they will never run.
    case withoutFiles(Int)
    /// It has never had any.
    case none
  }

  /// What every submit event of the round's jobs has as its note.
  ///
  /// - Parameter jobs: how many were submitted, where that was not the whole round.
  static func note(campaign: String, round: Int, jobs: Int? = nil) -> String {
    "swab campaign \(campaign) round \(round)" + (jobs.map { ", first \($0)" } ?? "")
  }

  /// Whether a submit event's note is of a round's jobs.
  static func isNote(_ note: String, campaign: String, round: Int) -> Bool {
    let whole = Self.note(campaign: campaign, round: round)
    return note == whole || note.hasPrefix(whole + ", first ")
  }

  /// The cluster of the round's jobs by the event log, which only HTCondor writes.
  private var logged: Finding? {
    guard let log = try? EventLog(path: roundDirectory.events) else { return nil }
    let own = log.notes.filter { Self.isNote($0.value, campaign: manifest.id, round: roundDirectory.number) }
    guard let newest = own.max(by: { $0.key < $1.key }) else { return nil }
    let jobs = newest.value.split(separator: " ").last.flatMap { Int($0) }
    return .cluster(newest.key, jobs: newest.value.contains(", first ") ? jobs : nil)
  }

  /// Whether the event log has jobs of the round.
  var areLogged: Bool { logged != nil }

  /// Looks at the queue, at the event log, which only HTCondor writes, and at the history since the round was made.
  ///
  /// - Parameters:
  ///   - submission: where an earlier call was going to submit them; nil: nothing is known of one.
  ///   - created: when the round was made; ISO 8601.
  ///   - accepting: what is not refused.
  /// - Throws: ``CampaignError`` where the queue can't be asked and the log is silent, where the schedd may be
  ///   another one of the same name, or where the jobs are there and belong to another directory: their output goes there.
  func find(
    _ target: Submission.Target, _ submission: Submission? = nil, created: String,
    accepting: Set<Acceptance> = []
  ) async throws -> Finding {
    let logged = self.logged
    let attributes = [
      "ClusterId", "JobStatus", "HoldReasonCode", "Iwd", "SUBMIT_Iwd", "Owner", JobAttribute.jobs,
    ]
    let queued: [JobAttributes]
    var mayBeOther = false
    do {
      if let submission { mayBeOther = try await tools.checkSchedd(of: submission) == .elsewhere }
      queued = try await queue(target, ownJobs, attributes) + factories(target, ownJobs)
    } catch {
      if let logged { return logged }
      throw error
    }
    if let cluster = queued.compactMap({ $0.integer("ClusterId") }).max() {
      try checkDirectory(queued, target)
      // 16: held until its files have been spooled.
      let waiting = queued.contains { $0.integer("JobStatus") == 5 && $0.integer("HoldReasonCode") == 16 }
      return waiting ? .withoutFiles(cluster) : Self.cluster(cluster, queued)
    }
    if let logged { return logged }
    let since = (try? Date(created, strategy: .iso8601))?.addingTimeInterval(-Self.clockSkew)
    let past = try JobAttributes.list(
      json: await tools.history(
        target, constraint: ownJobs, attributes: attributes, limit: 1, since: since),
      from: CondorTool.history.rawValue)
    try checkDirectory(past, target)
    if let cluster = past.first?.integer("ClusterId") { return Self.cluster(cluster, past) }
    guard let submission, mayBeOther, !accepting.contains(.movedSchedd) else { return .none }
    throw CampaignError(
      .unavailable,
      "the schedd \(submission.schedd?.name ?? "") knows none of them, and is at another address than before, when it was "
        + "\(submission.schedd?.address ?? ""): it may be another one of the same name; ask at the one of then"
        + Acceptance.movedSchedd.hint)
  }

  private static func cluster(_ cluster: Int, _ jobs: [JobAttributes]) -> Finding {
    let sent = jobs.first { $0.integer("ClusterId") == cluster }?.integer(JobAttribute.jobs)
    return .cluster(cluster, isSpooled: areSpooled(jobs), jobs: sent)
  }

  /// Refuses to add jobs to living ones that delete from the same RSE: a file could be in two of them.
  ///
  /// - Parameters:
  ///   - before: only clusters with a lower number count; nil: all.
  ///   - hint: what a person may do about it.
  /// - Throws: ``CampaignError``: `stoppedEarly` where there are such jobs.
  func checkOverlap(
    _ target: Submission.Target, before cluster: Int? = nil, hint: String = Acceptance.overlap.hint
  ) async throws {
    let limit = cluster.map { " && ClusterId < \($0)" } ?? ""
    let constraint =
      "\(JobAttribute.rse) =?= \(ClassAdText.string(manifest.rse)) && "
      + "(\(JobAttribute.campaign) =!= \(ClassAdText.string(manifest.id)) || \(JobAttribute.round) =!= \(roundDirectory.number)) "
      + "&& \(ClassAdText.original)\(limit)"
    let attributes = ["ClusterId", JobAttribute.campaign, JobAttribute.round, "Owner"]
    // 4: it has ended, and its output waits to be fetched. One that is being removed (3) may still run.
    let jobs = try await queue(target, "\(constraint) && JobStatus =!= 4", attributes)
    let living = try await jobs + factories(target, constraint)
    guard let first = living.first else { return }
    let campaigns = Set(living.compactMap { $0.string(JobAttribute.campaign) }).sorted()
    let owner = first.string("Owner").map { " of \($0)" } ?? ""
    let whose =
      campaigns == [manifest.id]
      ? "round \(first.integer(JobAttribute.round) ?? 0) of this campaign"
      : "the campaign \(campaigns.first { $0 != manifest.id } ?? "?")\(owner)"
        + (campaigns.count > 1 ? " and \(campaigns.count - 1) more" : "")
    let count = max(jobs.count, 1)
    throw CampaignError(
      .stoppedEarly,
      "\(target.scheddText) has \(MessageText.counted(count, "living job")) of \(whose) for \(manifest.rse), such as "
        + "cluster \(first.integer("ClusterId") ?? 0), and a file could be in two jobs: wait for them, or remove them "
        + "with \"remove\"\(hint)")
  }

  /// Other clusters of the very same round, with a lower number: a copy of the directory was submitted at the same time.
  func twins(_ target: Submission.Target, before cluster: Int) async throws -> [Int] {
    let constraint = "\(ownJobs) && ClusterId < \(cluster)"
    let found = try await queue(target, constraint, ["ClusterId"]) + factories(target, constraint)
    return Set(found.compactMap { $0.integer("ClusterId") }).sorted()
  }

  /// Takes back jobs that were just submitted.
  func takeBack(_ target: Submission.Target, cluster: Int, reason: String) async throws {
    try await tools.remove(
      target, constraint: "ClusterId == \(cluster) && \(ClassAdText.jobs(of: manifest.id))", reason: reason)
  }

  /// Matches the round's jobs, but for those that were taken back.
  private var ownJobs: String {
    "\(ClassAdText.jobs(of: manifest.id, round: roundDirectory.number)) "
      + "&& regexp(\"\(Self.removal)|\(Self.removalOfLater)\", RemoveReason) =!= true"
  }

  private func queue(_ target: Submission.Target, _ constraint: String, _ attributes: [String]) async throws
    -> [JobAttributes]
  {
    try JobAttributes.list(
      json: await tools.queue(target, constraint: constraint, attributes: attributes),
      from: CondorTool.queue.rawValue)
  }

  /// Clusters of which the schedd has yet to make jobs.
  private func factories(_ target: Submission.Target, _ constraint: String) async throws -> [JobAttributes] {
    try JobAttributes.list(
      json: await tools.factories(
        target,
        constraint: "\(constraint) && JobMaterializeNextProcId < JobFactoryTotalProcs",
        attributes: [
          "ClusterId", "Iwd", "SUBMIT_Iwd", "Owner", JobAttribute.campaign, JobAttribute.round,
          JobAttribute.jobs,
        ]),
      from: CondorTool.queue.rawValue)
  }

  /// Jobs of this round that bring their output to another directory are not this directory's.
  private func checkDirectory(_ jobs: [JobAttributes], _ target: Submission.Target) throws {
    for job in jobs {
      guard let directory = job.string("SUBMIT_Iwd") ?? job.string("Iwd") else { continue }
      if isOwn(directory) { continue }
      throw CampaignError(
        .badInput,
        "the campaign \(manifest.id) was submitted before, as cluster \(job.integer("ClusterId") ?? 0) at "
          + "\(target.scheddText)\(job.string("Owner").map { " by \($0)" } ?? ""), from another directory, which gets "
          + "its output: \(directory); this one is a copy, or was moved: continue there, or plan again")
    }
  }

  /// Only a spooled job has a directory that it was submitted from beside the one that it runs in.
  private static func areSpooled(_ jobs: [JobAttributes]) -> Bool {
    jobs.contains { $0.string("SUBMIT_Iwd") != nil }
  }

  private func isOwn(_ directory: String) -> Bool {
    // condor_submit is started in the round's directory, and names it without symbolic links.
    let own = [roundDirectory.path, resolvedPath(roundDirectory.path)].compactMap { $0 }
    return own.contains { directory == $0 || directory.hasPrefix($0 + "/") }
  }
}
