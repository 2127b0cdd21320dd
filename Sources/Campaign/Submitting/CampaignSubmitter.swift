import ByteStreams
import HTTPTransport
import Credentials
import DeletionModel
import FoundationEssentials

/// Submits the newest round of a campaign, once.
///
/// A `submission.json` without a cluster is written before condor_submit is started, and completed after it. Whoever
/// finds one without a cluster asks the schedd first: no job is ever submitted twice.
package struct CampaignSubmitter: Sendable {
  /// What a person decides.
  package struct Options: Sendable, Equatable {
    /// Where the jobs are to go.
    package var target = Submission.Target()
    /// See ``PayloadFiles/find(payload:wrapper:directory:program:)``.
    package var payload: String?
    package var wrapper: String?
    /// A configuration file instead of the campaign's.
    package var configuration: String?
    /// The path of this program.
    package var program: String?
    /// How many jobs of the round, at most; the others are left for the next round. nil: what the configuration says; 0: all.
    package var maxJobs: Int?
    /// A campaign of more files is refused; nil: as the configuration says.
    package var maxDelete: Int?
    /// Whether the jobs get a macaroon as their only credential, also where the configuration does not say so.
    package var macaroon = false
    /// What is submitted all the same, such as ``Acceptance/overlap``.
    package var accepted: Set<Acceptance> = []

    /// Nothing decided.
    package init() {}
  }

  /// All that is known before anything is done.
  package struct Prepared: Sendable, Equatable {
    /// The campaign.
    package var manifest: CampaignManifest
    /// The round, with the jobs that are submitted.
    package var round: RoundRecord
    /// How many jobs are left for the next round.
    package var left = 0
    /// What condor_submit gets.
    package var description: String
    /// Where the jobs go.
    package var target: Submission.Target
    /// What is odd.
    package var warnings: [String]
    /// How many protected entries the jobs get, and how many of them are new since the plan.
    package var protected: (entries: Int, added: Int) { (refresh.entries, refresh.added) }
    /// Who will be asked for the jobs' macaroon, and for which directory; nil for none.
    package var macaroonDoor: String? { door.map { $0.origin + $0.directory } }
    var payload: PayloadFiles.Found
    var refresh: ProtectedRefresh.Result
    var door: MacaroonDoor?
    /// Whether the jobs ask what a name is before they delete it.
    var asksWhatIsThere = true
    var accepted: Set<Acceptance>
  }

  /// How it stands with a round.
  package enum State: Sendable, Equatable {
    /// It was submitted before; nothing is to be done.
    case submitted(Submission, CampaignManifest, RoundRecord)
    /// It can be submitted.
    case ready(Prepared)
  }

  let directory: CampaignDirectory
  let tools: CondorTools
  private let refresh: ProtectedRefresh
  private let credentials: JobCredentials
  let now: @Sendable () -> Date

  package init(
    _ directory: CampaignDirectory, tools: CondorTools, refresh: ProtectedRefresh,
    credentials: JobCredentials,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.directory = directory
    self.tools = tools
    self.refresh = refresh
    self.credentials = credentials
    self.now = now
  }

  /// Looks at everything, and changes nothing but a `submission.json` whose jobs were found, and jobs without files,
  /// which are removed.
  ///
  /// - Parameters:
  ///   - dryRun: what was submitted before doesn't count, and no schedd is asked.
  ///   - draft: in a dry run the round that would be made; nil: the newest one.
  ///   - asksSchedd: whether the schedd is asked for earlier jobs and for those of others: before a person is. ``submit(_:warn:)`` asks
  ///     in any case.
  /// - Throws: ``CampaignError``.
  package func prepare(
    _ options: Options, dryRun: Bool = false, draft: NextRound.Draft? = nil, asksSchedd: Bool = true
  ) async throws -> State {
    let manifest = try CampaignFiles.manifest(directory)
    let rounds = try CampaignFiles.rounds(directory)
    guard var round = draft?.record ?? rounds.last else {
      throw CampaignError(.badInput, "\(directory.path) has no round")
    }
    let roundDirectory = draft?.directory ?? directory.round(round.round)
    if !dryRun, let submission = try await resolvedAlone(roundDirectory, manifest, round, options.accepted) {
      return .submitted(submission, manifest, round)
    }
    try CampaignCheck.check(manifest, round, roundDirectory, now: now())
    var settings = try self.settings(options, manifest)
    settings.macaroon = settings.macaroon || options.macaroon
    try manifest.check(maxDelete: options.maxDelete ?? settings.maxDelete, not: "submitted")
    let payload = try PayloadFiles.find(
      payload: options.payload ?? settings.payload, wrapper: options.wrapper ?? settings.wrapper,
      directory: directory, program: options.program)
    let whole = round
    let most = options.maxJobs ?? settings.maxJobs
    if most > 0 { round.jobs = Array(round.jobs.prefix(most)) }
    let left = whole.jobs.count - round.jobs.count
    var description = SubmitDescription(
      manifest: manifest, round: round, settings: settings, target: options.target, payload: payload.onNode)
    description.isPart = left > 0
    description.hasMacaroon = settings.macaroon
    let outlook = try credentials.outlook(manifest, round, roundDirectory, settings)
    try CampaignCheck.checkPath(directory, isThrottled: description.isThrottled)
    if asksSchedd, !dryRun {
      let earlier = EarlierJobs(tools: tools, manifest: manifest, roundDirectory: roundDirectory)
      if let found = try await found(earlier, options.target, whole, payload, options.accepted) {
        return .submitted(found, manifest, whole)
      }
    }
    try Self.check(payload, for: options.target)
    let protected = try refresh.union(manifest, directory, roundDirectory, now: now())
    if options.target.spool, !options.accepted.contains(.largeSpool) {
      try Self.checkSpool(
        jobs: round.jobs.count,
        bytes: PayloadFiles.spooledBytes(payload, round, roundDirectory, protected: protected.text.count / 4),
        megabytesAllowed: settings.spoolLimit)
    }
    return .ready(
      Prepared(
        manifest: manifest, round: round, left: left, description: try description.text(),
        target: options.target,
        warnings: payload.warnings + settings.warnings + description.warnings + outlook.warnings
          + protected.warnings,
        payload: payload,
        refresh: protected,
        door: outlook.door, asksWhatIsThere: !settings.noLook,
        accepted: options.accepted))
  }

  /// Refuses a campaign of more files than it may have. Throws ``CampaignError``, also for a bad configuration.
  package func checkSize(_ options: Options) throws {
    let manifest = try CampaignFiles.manifest(directory)
    try manifest.check(
      maxDelete: options.maxDelete ?? settings(options, manifest).maxDelete, not: "submitted")
  }

  private static func check(_ payload: PayloadFiles.Found, for target: Submission.Target) throws {
    guard target.gridResource != nil, let url = payload.onNode, HTTPURL.isMeant(by: url) else { return }
    throw CampaignError(
      .usage, "another batch system fetches no URL: --payload takes a file, or a path below /cvmfs/")
  }

  private static func checkSpool(jobs: Int, bytes: Int, megabytesAllowed limit: Int) throws {
    let megabytes = bytes / 1_000_000
    guard megabytes > limit else { return }
    throw CampaignError(
      .usage,
      "a spooled submission sends everything once for each job: \(jobs) jobs would take \(megabytes) MB in the schedd's spool, "
        + "more than spool-limit (\(limit) MB): name a payload that the nodes have or fetch (--payload /cvmfs/… or https://…/swab), "
        + "submit fewer at a time (max-jobs), or plan fewer jobs with more files\(Acceptance.largeSpool.hint)"
    )
  }

  /// Submits what was prepared.
  ///
  /// - Parameters:
  ///   - warn: told what is odd about the macaroon that a door has given.
  ///   - mayGoOn: asked right before condor_submit is started; false: nothing is submitted.
  /// - Returns: the submission, and whether it is this call's: another one may have been quicker.
  /// - Throws: ``CampaignError``. Either the schedd then has none of the jobs, or that is not known, or it has them and that could
  ///   not be written down: the next call of ``prepare(_:dryRun:draft:asksSchedd:)`` finds out.
  package func submit(
    _ prepared: Prepared, warn: (String) -> Void = { _ in }, mayGoOn: () -> Bool = { true }
  ) async throws -> (submission: Submission, isNew: Bool) {
    let roundDirectory = directory.round(prepared.round.round)
    let lock = try SubmissionLock(directory)
    defer { withExtendedLifetime(lock) {} }
    LeftBehind.removeMacaroons(from: roundDirectory.path, lock)
    // Another one may have been quicker than the person who was asked.
    if let other = try await resolved(roundDirectory, prepared.manifest, prepared.round, prepared.accepted) {
      return (other, false)
    }
    let earlier = EarlierJobs(tools: tools, manifest: prepared.manifest, roundDirectory: roundDirectory)
    // Before anything is written: a schedd that isn't there leaves a campaign that can be submitted elsewhere.
    let schedd = try await tools.schedd(prepared.target)
    if let other = try await found(
      earlier, prepared.target, try CampaignFiles.round(roundDirectory), prepared.payload, prepared.accepted,
      isLocked: true)
    {
      return (other, false)
    }
    let macaroon = try prepared.door.map {
      try credentials.macaroon(
        from: $0, until: try prepared.manifest.expiry(), asksWhatIsThere: prepared.asksWhatIsThere,
        accepted: prepared.accepted, now: now())
    }
    macaroon?.warnings.forEach(warn)
    try write(prepared, macaroon: macaroon?.secret, to: roundDirectory)
    var submission = Submission(
      submitted: now().formatted(.iso8601), target: prepared.target, schedd: schedd,
      cluster: nil, jobs: prepared.round.jobs.count, payload: prepared.payload.onNode)
    submission.macaroon = macaroon?.record
    guard mayGoOn() else {
      roundDirectory.forgetSubmission()
      throw Self.mustNotGoOn
    }
    try writing { try CampaignFiles.write(submission, to: roundDirectory.submission) }
    do {
      submission.cluster = try await tools.submit(
        RoundDirectory.descriptionName, in: roundDirectory.path, to: prepared.target, holding: lock.file)
    } catch let error as NothingSubmitted {
      roundDirectory.forgetSubmission()
      throw error
    } catch {
      try await forget(roundDirectory, submission, prepared.manifest, prepared.round)
      throw error
    }
    if let cluster = submission.cluster {
      try await yield(
        cluster, to: earlier, prepared.target, roundDirectory,
        mayOverlap: prepared.accepted.contains(.overlap))
    }
    try writing { try CampaignFiles.write(submission, to: roundDirectory.submission) }
    return (submission, true)
  }

  /// Why nothing was submitted where it must not be any more.
  package static let mustNotGoOn = CampaignError(
    .stoppedEarly, "nothing was submitted: the lease of the RSE is over, or a person has frozen it")

  /// Writes what the jobs are to be sent.
  private func write(_ prepared: Prepared, macaroon: Secret?, to roundDirectory: RoundDirectory) throws {
    try PayloadFiles.copy(prepared.payload, to: directory)
    try writing {
      if let macaroon {
        try AtomicFile.replace(roundDirectory.macaroon, .secret) {
          try $0.write(Array(macaroon.reveal().utf8))
        }
      }
      try AtomicFile.replace(roundDirectory.protected, .own) { try $0.write(prepared.refresh.text) }
      // It has the environment of the jobs in it.
      try AtomicFile.replace(roundDirectory.description, .secret) {
        try $0.write(Array(prepared.description.utf8))
      }
    }
  }

  /// Takes our jobs back where others came first that were not there when the queue was looked at: of several
  /// submissions at the same time, which no lock of ours knows of, the first one stays.
  ///
  /// - Throws: ``CampaignError`` where that is so; the round then counts as not submitted.
  private func yield(
    _ cluster: Int, to earlier: EarlierJobs, _ target: Submission.Target, _ roundDirectory: RoundDirectory,
    mayOverlap: Bool
  ) async throws {
    do {
      if let twin = try await earlier.twins(target, before: cluster).first {
        throw CampaignError(
          .stoppedEarly,
          "the same jobs were submitted at the same time, as cluster \(twin): is there a copy of this directory?"
        )
      }
      if !mayOverlap { try await earlier.checkOverlap(target, before: cluster) }
    } catch let error as CampaignError where error.status == .stoppedEarly {
      try await earlier.takeBack(target, cluster: cluster, reason: EarlierJobs.removalOfLater)
      roundDirectory.forgetSubmission()
      throw error
    } catch {
      // It can't be asked any more: our jobs are there, and that is to be known.
    }
  }

  private func settings(_ options: Options, _ manifest: CampaignManifest) throws -> JobSettings {
    let path = options.configuration ?? directory.configuration
    if options.configuration == nil, !FileManager.default.fileExists(atPath: path) { return JobSettings() }
    let bytes: [UInt8]
    do {
      bytes = try FileSource.contents(of: path, limit: 1 << 20, regular: options.configuration == nil)
    } catch {
      throw CampaignError(.noInput, "\(error)")
    }
    return try JobSettings(bytes, name: path, site: manifest.site)
  }

  func writing(_ body: () throws -> Void) throws {
    do { try body() } catch { throw CampaignError(.cannotReport, "\(error)") }
  }
}
