import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials
import JobReports
import ListReading

extension RSEPass {
  /// Plans a campaign from the newest scan, where everything allows it.
  mutating func plan() throws {
    if let due = state.nextDue.flatMap(Date.init(iso8601:)), !Gates.isRest(until: due, now: now()) {
      state.nextDue = nil
    }
    try halt(on: try standing(isNew: true))
    let answer = try scanAnswer()
    if case .scan(let scan, _, _, _) = answer { state.scan = scan }
    let isTrial = needsTrial
    if let stop = Gates.stop(
      answer, planned: isTrial ? nil : state.planned, deletedUntil: isTrial ? nil : deletedUntil,
      maxAgeHours: settings.maxAgeHours, now: now())
    {
      // What came of the scan says more than that there is no newer one.
      if stop.reason == .sameScan, state.phase == .idle, Self.ends.contains(state.reason) { return }
      throw End.stop(stop.reason == .sameScan ? whatCameOfIt ?? stop : stop)
    }
    try halt(on: Gates.stop(protectedLists, maxAgeHours: settings.protectedMaxAgeHours))
    guard case .scan(let scan, _, _, _) = answer else { return }
    if let refusal = state.refusal, refusal.run == scan.run, refusal.configuration == effective.digest,
      hours(since: refusal.time) < Self.refusalHours
    {
      throw End.stop(.init(.idle, .listRefused, refusal.detail))
    }
    try wouldDo("plan a campaign from the scan \(scan.run)")
    do {
      try make(scan, isTrial: isTrial)
    } catch End.stop(let stop) where stop.reason == .nothingToDelete {
      // The same scan would give the same again.
      state.planned = scan
      throw End.stop(stop)
    } catch End.stop(let stop) where stop.reason == .listRefused {
      state.refusal = .init(
        run: scan.run, time: now().formatted(.iso8601), configuration: effective.digest,
        detail: stop.detail)
      throw End.stop(stop)
    }
    state.refusal = nil
    adopt()
  }

  /// For so long a list that was refused is not fetched again.
  private static let refusalHours = 6.0

  /// Reasons that a campaign ends with.
  private static let ends: Set<Reason> = [
    .allGone, .residual, .campaignExpired, .nothingToDelete, .suspect, .littleDeleted,
  ]

  /// Of the scan that was worked on last, where something else was the reason since: what its campaign came to.
  private var whatCameOfIt: Gates.Stop? {
    guard let last = state.campaigns.last, last.run == state.planned?.run, last.isProbe != true,
      let reason = last.reason, Self.ends.contains(reason)
    else { return nil }
    return .init(.idle, reason, "\(last.gone) of \(last.files) files are gone")
  }

  /// Ends the pass where there is a reason to.
  func halt(on stop: Gates.Stop?) throws {
    if let stop { throw End.stop(stop) }
  }

  /// Whether too many campaigns ended for want of credentials: then a few files are tried first.
  private var needsTrial: Bool { state.unauthorized >= Self.blockedAfter }

  static let blockedAfter = 2

  /// When the last campaign was over that deleted more than a trial does.
  private var deletedUntil: Date? {
    state.campaigns.last { $0.deleted > 0 && $0.isProbe != true }?.ended.flatMap(Date.init(iso8601:))
  }

  /// What persons, configuration and past say.
  ///
  /// - Parameter isNew: whether a new campaign is meant: a rest concerns no other.
  func standing(isNew: Bool) throws -> Gates.Stop? {
    var standing = Gates.Standing(now: now())
    (standing.isEnabled, standing.isNamed) = (settings.isEnabled, effective.isNamed)
    standing.site = settings.site
    standing.siteProblem = effective.siteProblem
    standing.mayDelete = effective.asksRucio ? effective.mayDelete : true
    standing.window = settings.window
    standing.frozen = try decision(directory.frozen)
    if isNew {
      if needsTrial {
        // Once a day, and when somebody has changed something.
        standing.isBlocked = state.blockedConfiguration == effective.digest && hours(since: state.probed) < 24
      } else {
        standing.restsUntil = state.nextDue.flatMap(Date.init(iso8601:))
        if state.campaigns.last?.reason == .suspect { standing.restReason = .suspect }
      }
    }
    if let stop = Gates.stop(standing) { return stop }
    guard let site = settings.site else { return nil }
    return Gates.stop(work.siteFinding(directory.name, site, settings), site: site, source: siteSource)
  }

  /// Who says at which site its jobs run.
  private var siteSource: String {
    effective.origins.first { $0.key == "site" }?.section ?? "the configuration"
  }

  private func hours(since time: String?) -> Double {
    guard let time = time.flatMap(Date.init(iso8601:)), time.isPast(at: now()) else { return .infinity }
    return now().timeIntervalSince(time) / 3600
  }

  private func scanAnswer() throws -> Gates.ScanAnswer {
    do {
      let found = try work.newestScan(directory.name, settings, stop: stop)
      let scan = RSEState.Scan(
        run: found.run, started: found.started.formatted(.iso8601),
        finished: found.finished?.formatted(.iso8601),
        files: found.files, bytes: found.bytes, status: found.status)
      return .scan(scan, status: found.status, problem: found.problem, rootFailed: found.rootFailed)
    } catch  where stop.reason != nil {
      // It was told to stop: that says nothing of the monitor.
      throw error
    } catch let error as CampaignError {
      return error.status == .noInput ? .none(error.description) : .unavailable(error.description)
    } catch {
      return .none("\(error)")
    }
  }

  private var protectedLists: [Gates.ProtectedList] {
    settings.protected.map { location in
      guard location.hasPrefix("/") else { return .url(location) }
      let found = try? FileManager.default.attributesOfItem(atPath: location)
      guard let written = found?[.modificationDate] as? Date else {
        return .missing("\(location) is not there")
      }
      return .file(location, hours: now().timeIntervalSince(written) / 3600)
    }
  }

  private func make(_ scan: RSEState.Scan, isTrial: Bool) throws {
    let configuration = directory.configuration
    do {
      // What is in the environment of the jobs may be for its owner only.
      try AtomicFile.replace(configuration, .secret) { try $0.write(effective.campaignConfiguration) }
    } catch {
      throw CampaignError(.cannotReport, "\(error)")
    }
    var id = directory.campaignID(run: scan.run)
    if isTrial { id += Self.trialMark + now().formatted(.iso8601).filter { !"-:".contains($0) } }
    var request = PlanRequest(
      rse: directory.name, site: settings.site ?? "", from: settings.from ?? "",
      protected: settings.protected,
      output: directory.campaign(id).path)
    request.scan = scan.run
    request.name = id
    request.exclude = settings.exclude + (isTrial ? [] : try goneInTrials(from: scan.run))
    request.include = settings.include
    request.allow = settings.allow
    request.filesPerJob = settings.filesPerJob
    request.maxFiles = isTrial ? settings.probeFiles : settings.maxFiles
    request.maxAge = settings.maxAgeHours
    request.stats = settings.stats
    request.accepted = settings.accepted.intersection(Acceptance.ofPlan)
    request.configuration = configuration
    var stage = PlanStage.configuration
    do {
      _ = try work.plan(request, stop: stop) { stage = $0 }
    } catch {
      if stop.reason != nil { throw error }
      throw End.stop(Self.refusal(error, stage))
    }
  }

  /// Files that trials have removed since the scan, which lists them all the same: nobody would find them where they are
  /// expected, and take the storage for one that is not mounted.
  private func goneInTrials(from run: String) throws -> [String] {
    let mark = directory.campaignID(run: run) + Self.trialMark
    var gone: [String] = []
    for (id, _) in directory.plannedCampaigns where id.hasPrefix(mark) {
      let campaign = directory.campaign(id)
      guard FileManager.default.fileExists(atPath: campaign.residual) else { continue }
      let left = Set(try Self.names(in: [campaign.residual], spoolDirectory: campaign.path))
      let lists = try CampaignFiles.rounds(campaign).prefix(1).flatMap { round in
        round.jobs.map { campaign.round(round.round).job($0.id).list }
      }
      gone += try Self.names(in: lists, spoolDirectory: campaign.path).filter { !left.contains($0) }
    }
    return gone
  }

  private static func names(in lists: [String], spoolDirectory: String) throws -> [String] {
    var names: [String] = []
    _ = try LFNLists(lists.map { .file($0) }, spoolDirectory: spoolDirectory).survey { names.append($0.text) }
    return names
  }

  /// Why there is no plan: what was read, and what was wrong with it.
  static func refusal(_ error: any Error, _ stage: PlanStage) -> Gates.Stop {
    let status = (error as? any ExitingError)?.status
    let isOutOfReach = [.noInput, .unavailable, .noPermission].contains(status) || error is FileError
    let reason: Reason =
      switch (stage, status) {
      case _ where isOfTwoScans(error): .scanChanged
      case (_, .cannotReport): .cannotWrite
      case (.protected, _): isOutOfReach ? .protectedMissing : .protectedEmpty
      case (.list, .unavailable), (.list, .noPermission), (.list, .noInput): .monitorUnavailable
      case (.list, _), (.bound, _), (.configuration, .usage): .listRefused
      case (.jobs, .badInput): .nothingToDelete
      default: .internalError
      }
    return .init(.idle, reason, "\(error)")
  }

  /// Whether a list may be of two scans: a new one has come, or the file was written to, while it was read.
  private static func isOfTwoScans(_ error: any Error) -> Bool {
    error is ScanChanged || (error as? ListError)?.problem == .changed
  }
}
