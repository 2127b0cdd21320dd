import ByteStreams
import Deletion
import FoundationEssentials

/// Submits the newest round of a campaign, once.
///
/// A `submission.json` without a cluster is written before condor_submit is started, and completed after it. Whoever
/// finds one without a cluster asks the schedd first: no job is ever submitted twice.
public struct CampaignSubmitter: Sendable {
  /// What a person decides.
  public struct Options: Sendable, Equatable {
    /// Where the jobs are to go.
    public var target = Submission.Target()
    /// See ``PayloadFiles/find(payload:wrapper:folder:program:)``.
    public var payload: String?
    /// Likewise.
    public var wrapper: String?
    /// A configuration file instead of the campaign's.
    public var configuration: String?
    /// The path of this program.
    public var program: String?

    /// Nothing decided.
    public init() {}
  }

  /// All that is known before anything is done.
  public struct Prepared: Sendable, Equatable {
    /// The campaign.
    public var manifest: CampaignManifest
    /// The round.
    public var round: RoundRecord
    /// What condor_submit gets.
    public var description: String
    /// Where the jobs go.
    public var target: Submission.Target
    /// What is odd.
    public var warnings: [String]
    /// How many protected entries the jobs get, and how many of them are new since the plan.
    public var protected: (entries: Int, added: Int) { (refresh.entries, refresh.added) }
    var payload: PayloadFiles.Found
    var refresh: ProtectedRefresh.Result
  }

  /// How it stands with a round.
  public enum State: Sendable, Equatable {
    /// It was submitted before; nothing is to be done.
    case submitted(Submission, CampaignManifest, RoundRecord)
    /// It can be submitted.
    case ready(Prepared)
  }

  private let folder: CampaignFolder
  private let tools: CondorTools
  private let refresh: ProtectedRefresh
  private let now: @Sendable () -> Date

  /// Makes the value.
  public init(
    _ folder: CampaignFolder, tools: CondorTools, refresh: ProtectedRefresh,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.folder = folder
    self.tools = tools
    self.refresh = refresh
    self.now = now
  }

  /// Looks at everything, and changes nothing but a `submission.json` whose jobs were found, and jobs without files,
  /// which are removed.
  ///
  /// - Parameter dryRun: what was submitted before doesn't count, and no schedd is asked.
  /// - Throws: ``CampaignError``.
  public func prepare(_ options: Options, dryRun: Bool = false) async throws -> State {
    let manifest = try CampaignFiles.manifest(folder)
    let rounds = try CampaignFiles.rounds(folder)
    guard let round = rounds.last else { throw CampaignError(.badInput, "\(folder.path) has no round") }
    let place = folder.round(round.round)
    if !dryRun, let submission = try await settledAlone(place, manifest) {
      return .submitted(submission, manifest, round)
    }
    try CampaignCheck.check(manifest, round, folder, now: now())
    let settings = try self.settings(options, manifest)
    let payload = try PayloadFiles.find(
      payload: options.payload ?? settings.payload, wrapper: options.wrapper ?? settings.wrapper,
      folder: folder, program: options.program)
    let description = SubmitDescription(
      manifest: manifest, round: round, settings: settings, target: options.target, payload: payload.onNode)
    try CampaignCheck.checkPath(folder, isThrottled: description.isThrottled)
    let protected = try refresh.union(manifest, folder, place, now: now())
    return .ready(
      Prepared(
        manifest: manifest, round: round, description: try description.text(), target: options.target,
        warnings: payload.warnings + protected.warnings, payload: payload, refresh: protected))
  }

  /// Submits what was prepared.
  ///
  /// - Throws: ``CampaignError``. Either the schedd then has none of the jobs, or that is not known, and the next call of
  ///   ``prepare(_:dryRun:)`` finds out.
  public func submit(_ prepared: Prepared) async throws -> Submission {
    let place = folder.round(prepared.round.round)
    let lock = try SubmissionLock(folder)
    defer { withExtendedLifetime(lock) {} }
    // Another one may have been quicker than the person who was asked.
    if let other = try await settled(place, prepared.manifest) { return other }
    try PayloadFiles.copy(prepared.payload, to: folder)
    try writing {
      try AtomicFile.replace(place.protected) { try $0.write(prepared.refresh.text) }
      try AtomicFile.replace(place.description) { try $0.write(Array(prepared.description.utf8)) }
    }
    var submission = Submission(
      submitted: now().formatted(.iso8601), target: prepared.target, cluster: nil,
      jobs: prepared.round.jobs.count, payload: prepared.payload.onNode)
    try writing { try CampaignFiles.write(submission, to: place.submission) }
    do {
      submission.cluster = try await tools.submit(
        RoundFolder.descriptionName, in: place.path, to: prepared.target)
    } catch let error as NothingSubmitted {
      try? FileManager.default.removeItem(atPath: place.submission)
      throw error
    } catch {
      try await forget(place, submission, prepared.manifest)
      throw error
    }
    try writing { try CampaignFiles.write(submission, to: place.submission) }
    return submission
  }

  /// As ``settled(_:_:)``, while nobody else is at work: jobs whose files are just on their way are not to be removed.
  private func settledAlone(_ place: RoundFolder, _ manifest: CampaignManifest) async throws -> Submission? {
    guard let submission = try CampaignFiles.submission(place) else { return nil }
    if submission.cluster != nil { return submission }
    let lock = try SubmissionLock(folder)
    defer { withExtendedLifetime(lock) {} }
    return try await settled(place, manifest)
  }

  /// The submission of a round whose jobs the schedd has; nil where it has none.
  private func settled(_ place: RoundFolder, _ manifest: CampaignManifest) async throws -> Submission? {
    guard var submission = try CampaignFiles.submission(place) else { return nil }
    if submission.cluster != nil { return submission }
    let finding: SubmittedCluster.Finding
    do {
      finding = try await SubmittedCluster(tools: tools, campaign: manifest.id).find(place, submission)
    } catch let error as CampaignError {
      throw CampaignError(
        error.status,
        "an earlier \"submit\" was cut short, and \(submission.target.scheddInWords) has to be asked whether it has the "
          + "jobs: \(error)")
    }
    switch finding {
    case .cluster(let cluster):
      submission.cluster = cluster
      let found = submission
      try writing { try CampaignFiles.write(found, to: place.submission) }
      return submission
    case .withoutFiles:
      try await tools.remove(
        submission.target, constraint: ClassAdText.jobs(of: manifest.id, round: place.number),
        reason: SubmittedCluster.removal)
      fallthrough
    case .none:
      try? FileManager.default.removeItem(atPath: place.submission)
      return nil
    }
  }

  /// After a failure: where the schedd plainly has none of the jobs the round counts as not submitted.
  private func forget(_ place: RoundFolder, _ submission: Submission, _ manifest: CampaignManifest)
    async throws
  {
    let finding = try? await SubmittedCluster(tools: tools, campaign: manifest.id).find(place, submission)
    guard finding == SubmittedCluster.Finding.none else { return }
    try? FileManager.default.removeItem(atPath: place.submission)
  }

  private func settings(_ options: Options, _ manifest: CampaignManifest) throws -> JobSettings {
    let path = options.configuration ?? folder.configuration
    if options.configuration == nil, !FileManager.default.fileExists(atPath: path) { return JobSettings() }
    let bytes: [UInt8]
    do {
      bytes = try FileSource.contents(of: path, limit: 1 << 20)
    } catch {
      throw CampaignError(.noInput, "\(error)")
    }
    return try JobSettings(bytes, name: path, site: manifest.site)
  }

  private func writing(_ body: () throws -> Void) throws {
    do { try body() } catch { throw CampaignError(.cannotReport, "\(error)") }
  }
}
