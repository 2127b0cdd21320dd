import Campaign
import DeletionModel
import FoundationEssentials
import JobReports

extension RSEPass {
  /// Takes the campaign that is at work as far as it goes now: submits it, looks at its jobs, collects, makes a next round.
  mutating func follow() async throws {
    guard let id = state.campaign else { return }
    let campaign = directory.campaign(id)
    guard FileManager.default.fileExists(atPath: campaign.manifest) else {
      return end(.residual, "the directory \(id) is not there any more")
    }
    let manifest = try CampaignFiles.manifest(campaign)
    let rounds = try CampaignFiles.rounds(campaign)
    guard let newest = rounds.last else { return end(.residual, "\(id) has no round") }
    state.round = newest.round
    guard let submission = try CampaignFiles.submission(campaign.round(newest.round)),
      submission.cluster != nil
    else { return try await submit(campaign, manifest, newest) }
    // A kill may have come between the submission and the state: bounds and rests go by what is written there.
    if let known = state.current, known.rounds < newest.round { submitted(submission, newest) }
    let status = try await work.status(campaign)
    note(status)
    if status.isUncertain { throw End.stop(Self.uncertainty(status, campaign)) }
    let waiting = status.jobs.count { $0.assessment.state.isAtWork }
    if waiting > 0 {
      throw End.stop(.init(.submitted, .campaignLiving, "\(waiting) of \(status.jobs.count) jobs"))
    }
    try await collect(campaign, manifest)
  }

  /// Why it can't be told how jobs stand: the schedd gives no answer, or it does not know them.
  private static func uncertainty(_ status: CampaignStatus, _ campaign: CampaignDirectory) -> Gates.Stop {
    if let problem = status.problems.first {
      return .init(.submitted, status.isRefused ? .scheddRefused : .scheddUnavailable, problem)
    }
    let unknown = status.jobs.filter { $0.assessment.state == .unknown }
    return .init(
      .submitted, .submissionUncertain,
      "the schedd does not know \(MessageText.counted(unknown.count, "job")) of which no end is known, such as "
        + "\(unknown.first?.id.description ?? ""); where it is certain that they are no more: swab-submit resubmit --assume-lost "
        + campaign.path)
  }

  private mutating func note(_ status: CampaignStatus) {
    state.jobs = Dictionary(
      uniqueKeysWithValues: status.counts.map { ($0.state.rawValue, $0.jobs) })
    let living = status.jobs.filter(\.assessment.state.isAtWork)
    state.filesInFlight = living.reduce(0) { $0 + $1.files }
    budget.note(directory.name, settings, jobs: living.count, files: state.filesInFlight)
  }

  // MARK: Submitting

  private mutating func submit(
    _ campaign: CampaignDirectory, _ manifest: CampaignManifest, _ round: RoundRecord
  )
    async throws
  {
    let roundDirectory = campaign.round(round.round)
    var options = CampaignSubmitter.Options()
    options.target = settings.target
    options.accepted = settings.accepted.intersection(Acceptance.ofSubmit)
    options.configuration = directory.configuration
    options.program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    if let begun = try await begunSubmission(campaign, roundDirectory, options) {
      return submitted(begun, round)
    }
    if now() >= (Date(iso8601: manifest.expires) ?? .distantPast) {
      return end(.campaignExpired, "it expired at \(manifest.expires)")
    }
    try halt(on: try standing(isNew: false))
    if round.round == 1 { try halt(on: try approval(manifest)) }
    try wouldDo("submit round \(round.round) of \(campaign.path)")
    try await checkForeignJobs(campaign)
    options.maxJobs = try grant(round)
    let (lease, directory, now) = (lease, directory, now)
    do {
      let submission = try await work.submit(campaign, options, stop: stop) {
        // Lists and schedds may take long: a person may have frozen it meanwhile.
        lease.isHeld(directory, now: now()) && !FileManager.default.fileExists(atPath: directory.frozen)
      }
      submitted(submission, round)
    } catch let error as CampaignError where error == CampaignSubmitter.mustNotGoOn {
      try halt(on: try standing(isNew: false))
      throw error
    }
  }

  /// What has come of a submission that was begun and not ended, whatever else holds: its jobs may be there. nil: none is
  /// begun, or the schedd has none of them.
  private func begunSubmission(
    _ campaign: CampaignDirectory, _ roundDirectory: RoundDirectory, _ options: CampaignSubmitter.Options
  ) async throws -> Submission? {
    guard let begun = try CampaignFiles.submission(roundDirectory) else { return nil }
    try wouldDo("find out whether the schedd has round \(roundDirectory.number) of \(campaign.path)")
    var options = options
    (options.target, options.maxJobs) = (begun.target, begun.jobs)
    do {
      return try await work.submit(campaign, options, stop: stop) { false }
    } catch let error as CampaignError where error.status == .stoppedEarly {
      if try CampaignFiles.submission(roundDirectory) != nil { throw error }
      return nil
    }
  }

  private mutating func submitted(_ submission: Submission, _ round: RoundRecord) {
    let jobs = round.jobs.prefix(submission.jobs)
    var result = state.current
    result?.rounds = round.round
    state.current = result
    state.jobs = [JobState.idle.rawValue: jobs.count]
    let files = jobs.reduce(0) { $0 + $1.files }
    state.filesInFlight = files
    stand(
      .init(
        .submitted, .campaignLiving,
        "\(jobs.count) of \(round.jobs.count) jobs were submitted, cluster \(submission.cluster ?? 0) at \(submission.target.scheddText)"
      ), event: "submitted"
    ) {
      $0.jobs = jobs.count
      $0.files = files
    }
  }

  /// Whether a person has to agree, or has done so.
  private func approval(_ manifest: CampaignManifest) throws -> Gates.Stop? {
    guard let id = state.campaign, try decision(directory.approved)?.campaign != id else { return nil }
    let before = state.campaigns.filter { $0.campaign != id && $0.isProbe != true }.map(\.files)
    return Gates.stop(
      .init(listed: manifest.counts.listed, files: manifest.counts.files, before: before),
      maxFraction: settings.maxFraction, maxGrowth: settings.maxGrowth, from: settings.approvalFiles)
  }

  /// Asks all schedds that may have them for living jobs of others.
  private func checkForeignJobs(_ campaign: CampaignDirectory) async throws {
    var targets = [settings.target]
    for schedd in cycle.schedds where schedd != settings.target.schedd {
      targets.append(.init(schedd: schedd, pool: settings.target.pool))
    }
    do {
      try await work.checkOverlap(campaign, at: targets)
    } catch let error as CampaignError where error.status == .stoppedEarly && stop.reason == nil {
      throw End.stop(.init(.planned, .foreignJobs, error.description))
    }
  }

  /// How many jobs of the round may be submitted now.
  private func grant(_ round: RoundRecord) throws -> Int {
    let most = settings.job.maxJobs > 0 ? settings.job.maxJobs : round.jobs.count
    let files = round.jobs.prefix(most).map(\.files)
    switch budget.grant(directory.name, settings, files: files) {
    case .jobs(let count): return count
    case .none(let reason, let detail): throw End.stop(.init(.planned, reason, detail))
    }
  }

  // MARK: Collecting

  private mutating func collect(_ campaign: CampaignDirectory, _ manifest: CampaignManifest) async throws {
    try wouldDo("collect \(campaign.path)")
    if state.phase != .collecting { stand(.init(.collecting, .atWork, "its jobs have ended")) }
    let (status, record) = try await work.collect(campaign)
    note(status)
    let report = record.sums
    if report.isIncomplete {
      let reason: Reason = status.isRefused ? .scheddRefused : .scheddUnavailable
      throw End.stop(.init(.submitted, reason, report.exitReason))
    }
    account(report)
    if record.exit == ExitStatus.allGone.rawValue { return end(status, manifest, .allGone) }
    let whole = status.rounds.filter { ($0.submission?.jobs ?? 0) >= $0.record.jobs.count }.count
    let isSuspect = record.exit == ExitStatus.suspect.rawValue
    let over: Reason = isSuspect ? .suspect : .residual
    if whole >= settings.maxRounds {
      return end(status, manifest, over, "\(report.notGone) files after \(status.rounds.count) rounds")
    }
    let age = now().timeIntervalSince(Date(iso8601: manifest.created) ?? .distantPast) / 3600
    if age > settings.maxCampaignHours {
      return end(status, manifest, over, "\(report.notGone) files after \(Int(age)) hours")
    }
    if now() >= (Date(iso8601: manifest.expires) ?? .distantPast) {
      return end(status, manifest, .campaignExpired, "\(report.notGone) files are left")
    }
    try halt(on: try standing(isNew: false))
    switch try work.nextRound(campaign, status, now: now()) {
    case .nothing(let leftOut):
      return end(status, manifest, over, "\(leftOut) files would not go in another round")
    case .made(let round, _), .there(let round):
      state.round = round.round
      stand(.init(.planned, .atWork, "round \(round.round): \(round.files) files"), event: "round") {
        $0.jobs = round.jobs.count
        $0.files = round.files
      }
      try await submit(campaign, manifest, round)
    }
  }

  /// Adds to the sums what was not in them before.
  private mutating func account(_ report: CollectionRecord.Sums) {
    guard var result = state.current else { return }
    let (deleted, absent) = (report.deleted - result.deleted, report.absent - result.absent)
    let bytes = report.bytesFreed - (result.bytesFreed ?? 0)
    var freed = state.totals.freed
    freed.add(change: bytes, isPartial: report.bytesFreedIsPartial)
    let isNew = deleted != 0 || absent != 0 || result.notGone != report.notGone
    (result.deleted, result.absent, result.notGone) = (report.deleted, report.absent, report.notGone)
    (result.bytesFreed, result.bytesFreedIsPartial) = (report.bytesFreed, report.bytesFreedIsPartial)
    (result.worstError, result.errors) = (report.worstError, report.errors)
    state.current = result
    state.totals.deleted += deleted
    state.totals.absent += absent
    (state.totals.bytesFreed, state.totals.bytesFreedIsPartial) = (freed.bytes, freed.isPartial)
    guard isNew else { return }
    stand(.init(.collecting, .atWork, "\(report.notGone) files are left"), event: "collected") {
      $0.deleted = deleted
      $0.absent = absent
      ($0.bytesFreed, $0.bytesFreedIsPartial) = (bytes, report.bytesFreedIsPartial)
      $0.left = report.notGone
    }
  }

  // MARK: The end of a campaign

  /// Is done with a campaign that was collected.
  private mutating func end(
    _ status: CampaignStatus, _ manifest: CampaignManifest, _ reason: Reason, _ detail: String? = nil
  ) {
    if let id = state.campaign, state.current?.isProbe != true {
      // An account for people: without it the cycle goes on all the same.
      try? Leftovers.update(directory, id, scan: manifest.source.made, status)
    }
    end(reason, detail)
  }

  /// Is done with the campaign.
  private mutating func end(_ reason: Reason, _ detail: String? = nil) {
    guard !isDryRun else { return }
    let time = now()
    var stop = Gates.Stop(.idle, reason, detail)
    if var result = state.current {
      (result.ended, result.reason) = (time.formatted(.iso8601), reason)
      state.current = result
      rest(after: result, &stop, time)
    }
    state.totals.campaigns += 1
    let campaign = state.campaign
    state.campaign = nil
    (state.jobs, state.filesInFlight) = ([:], 0)
    budget.note(directory.name, settings, jobs: 0, files: 0)
    stand(stop, event: "ended") { $0.campaign = campaign }
  }

  /// What a campaign that came to little leads to. One that was never submitted says nothing.
  private mutating func rest(after result: RSEState.Result, _ stop: inout Gates.Stop, _ time: Date) {
    guard result.rounds > 0, result.files > 0 else { return }
    let isUnauthorized = result.deleted == 0 && result.worstError == "auth"
    if isUnauthorized {
      if result.isProbe != true { state.unauthorized += 1 }
      state.blockedConfiguration = effective.digest
    } else {
      (state.unauthorized, state.blockedConfiguration) = (0, nil)
    }
    if state.unauthorized >= Self.blockedAfter {
      if result.isProbe != true { state.probed = time.formatted(.iso8601) }
      stop = .init(
        .blocked, .noCredentials, "\(state.unauthorized) campaigns; a few files are tried once a day")
      return
    }
    let isPoor = Double(result.gone) < settings.minDeletedFraction * Double(result.files)
    state.poor = isPoor ? state.poor + 1 : 0
    guard isPoor else { return }
    let days = Gates.restDays(after: state.poor)
    let until = time.addingTimeInterval(Double(days) * 86_400).formatted(.iso8601)
    state.nextDue = until
    let reason: Reason = stop.reason == .suspect ? .suspect : .littleDeleted
    stop = .init(.resting, reason, "\(result.gone) of \(result.files) files are gone; until \(until)")
  }
}
