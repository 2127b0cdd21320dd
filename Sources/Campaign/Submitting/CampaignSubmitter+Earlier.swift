import ByteStreams
import FoundationEssentials

/// What an earlier call has done, which may have been killed at any time.
extension CampaignSubmitter {
  /// The submission of a round of which nothing is known here and whose jobs the schedd has all the same. Where it has
  /// none, it is refused that it has jobs of others for the same files, unless that is accepted.
  func found(
    _ earlier: EarlierJobs, _ target: Submission.Target, _ round: RoundRecord, _ payload: PayloadFiles.Found,
    _ accepted: Set<Acceptance>, isLocked: Bool = false
  ) async throws -> Submission? {
    if let found = try await lost(earlier, target, round, isLocked: isLocked) {
      // A directory that was restored from a copy of before lacks what its jobs are to be sent.
      try PayloadFiles.copy(payload, to: directory, onlyMissing: true)
      return found
    }
    if !accepted.contains(.overlap) { try await earlier.checkOverlap(target) }
    return nil
  }

  /// The same for a lost `submission.json`, which is written anew.
  private func lost(
    _ earlier: EarlierJobs, _ target: Submission.Target, _ round: RoundRecord, isLocked: Bool
  ) async throws -> Submission? {
    let roundDirectory = earlier.roundDirectory
    let cluster: Int
    let isSpooled: Bool
    let jobs: Int?
    switch try await earlier.find(target, created: round.created) {
    case .none: return nil
    case .withoutFiles(let other):
      throw CampaignError(
        .stoppedEarly,
        "\(target.scheddText) has these jobs as cluster \(other), without their files: someone of whom this directory "
          + "knows nothing is sending them; wait for the end of it, or remove them with condor_rm \(other)")
    case .cluster(let found, let wasSpooled, let submitted):
      (cluster, isSpooled, jobs) = (found, wasSpooled, submitted)
    }
    let lock = isLocked ? nil : try SubmissionLock(directory)
    defer { withExtendedLifetime(lock) {} }
    if let other = try CampaignFiles.submission(roundDirectory) { return other }
    var target = target
    target.spool = target.spool || isSpooled
    let submission = Submission(
      submitted: now().formatted(.iso8601), target: target, schedd: try? await tools.schedd(target),
      cluster: cluster, jobs: jobs ?? round.jobs.count, payload: nil)
    try writing { try CampaignFiles.write(submission, to: roundDirectory.submission) }
    return submission
  }

  /// Refuses to continue where a schedd has living jobs of another campaign or round for the same RSE, whatever is accepted.
  ///
  /// - Parameter targets: the schedds that are asked.
  /// - Throws: ``CampaignError``: `stoppedEarly` where there are such jobs.
  package func checkOverlap(at targets: [Submission.Target]) async throws {
    let manifest = try CampaignFiles.manifest(directory)
    guard let round = try CampaignFiles.rounds(directory).last else { return }
    let earlier = EarlierJobs(tools: tools, manifest: manifest, roundDirectory: directory.round(round.round))
    for target in targets { try await earlier.checkOverlap(target, hint: "") }
  }

  /// As ``resolved(_:_:_:)``, while nobody else is at work: jobs whose files are just on their way are not to be removed.
  func resolvedAlone(
    _ roundDirectory: RoundDirectory, _ manifest: CampaignManifest, _ round: RoundRecord,
    _ accepted: Set<Acceptance>
  ) async throws -> Submission? {
    guard let submission = try CampaignFiles.submission(roundDirectory) else { return nil }
    if submission.cluster != nil { return submission }
    let lock = try SubmissionLock(directory)
    defer { withExtendedLifetime(lock) {} }
    return try await resolved(roundDirectory, manifest, round, accepted)
  }

  /// The submission of a round whose jobs the schedd has; nil where it has none.
  func resolved(
    _ roundDirectory: RoundDirectory, _ manifest: CampaignManifest, _ round: RoundRecord,
    _ accepted: Set<Acceptance>
  ) async throws -> Submission? {
    guard var submission = try CampaignFiles.submission(roundDirectory) else { return nil }
    if submission.cluster != nil { return submission }
    let finding: EarlierJobs.Finding
    do {
      finding = try await EarlierJobs(tools: tools, manifest: manifest, roundDirectory: roundDirectory)
        .find(submission.target, submission, created: round.created, accepting: accepted)
    } catch let error as CampaignError {
      throw CampaignError(
        error.status,
        "an earlier \"submit\" was interrupted, and \(submission.target.scheddText) has to be asked whether it has the "
          + "jobs: \(error)")
    }
    switch finding {
    case .cluster(let cluster, _, _):
      submission.cluster = cluster
      let found = submission
      try writing { try CampaignFiles.write(found, to: roundDirectory.submission) }
      return submission
    case .withoutFiles:
      try await tools.remove(
        submission.target, constraint: ClassAdText.jobs(of: manifest.id, round: roundDirectory.number),
        reason: EarlierJobs.removal)
      fallthrough
    case .none:
      roundDirectory.forgetSubmission()
      return nil
    }
  }

  /// After a failure: where the schedd plainly has none of the jobs the round counts as not submitted.
  func forget(
    _ roundDirectory: RoundDirectory, _ submission: Submission, _ manifest: CampaignManifest,
    _ round: RoundRecord
  ) async throws {
    let finding = try? await EarlierJobs(tools: tools, manifest: manifest, roundDirectory: roundDirectory)
      .find(submission.target, submission, created: round.created)
    guard finding == EarlierJobs.Finding.none else { return }
    roundDirectory.forgetSubmission()
  }
}

extension RoundDirectory {
  /// The round counts as not submitted, and no job needs its macaroon.
  func forgetSubmission() {
    for path in [submission, macaroon] { try? FileManager.default.removeItem(atPath: path) }
  }
}
