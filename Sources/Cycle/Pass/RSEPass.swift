import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials
import JobReports
import ListReading

/// One pass over one RSE: looks at what there is, takes the steps that are due, and writes down how it stands.
///
/// Every step can be repeated after a kill at any moment. A campaign appears whole under a name that has the scan in it,
/// and is found again there; a submission is begun by a file that the next pass asks the schedd about; a report is made
/// anew from what jobs have left.
struct RSEPass {
  let directory: RSEDirectory
  let effective: CycleFile.Effective
  let cycle: CycleSettings
  let work: any CampaignWork
  let budget: CycleBudget
  let lease: RSELease
  let stop: StopSignal
  /// Whether nothing is done but said what would be.
  var isDryRun = false
  let now: @Sendable () -> Date

  /// How it stands; valid from ``run(_:)`` on.
  var state: RSEState
  var settings: RSESettings { effective.settings }

  init(
    _ directory: RSEDirectory, _ effective: CycleFile.Effective, _ cycle: CycleSettings,
    _ work: any CampaignWork,
    _ budget: CycleBudget, lease: RSELease, stop: StopSignal, isDryRun: Bool = false,
    now: @escaping @Sendable () -> Date
  ) {
    (self.directory, self.effective, self.cycle, self.work, self.budget) = (
      directory, effective, cycle, work, budget
    )
    (self.lease, self.stop, self.isDryRun, self.now) = (lease, stop, isDryRun, now)
    state = RSEState(rse: directory.name, site: effective.settings.site, now: now().formatted(.iso8601))
  }

  /// What ends a step.
  enum End: Error {
    /// Nothing more can be done in this pass.
    case stop(Gates.Stop)
  }

  /// Takes the steps. Never throws: what goes wrong is the reason why the RSE stands as it does.
  mutating func run() async {
    do {
      if !isDryRun {
        try directory.make()
        directory.removeLeftBehind(now: now())
      }
      guard try load() else { return }
      try await steps()
    } catch End.stop(let stop) {
      stand(stop)
    } catch {
      stand(problem(error))
    }
    save()
    if !isDryRun, stop.reason == nil {
      Retention(directory: directory, settings: settings, now: now()).apply(state)
    }
  }

  /// Reads the state; false where it can't be read, and stays as it is.
  private mutating func load() throws -> Bool {
    do {
      let found = isDryRun ? try RSEHistory.state(directory) : try RSEHistory.load(directory)
      if let found {
        state = found
      } else {
        state.recount(RSEHistory.events(directory), newest: directory.plannedCampaigns.last?.id)
      }
    } catch let error as CampaignError {
      // Written nowhere: a person has to see what was there.
      (state.phase, state.reason, state.detail) = (.blocked, .damagedState, error.description)
      return false
    }
    state.site = settings.site
    state.looked = now().formatted(.iso8601)
    adopt()
    return true
  }

  /// What a person has decided; nil: nothing. One that can't be read forbids to go on.
  func decision(_ path: String) throws -> PersonFile? {
    do { return try PersonFile.read(path) } catch let error as CampaignError {
      throw End.stop(.init(.blocked, .damagedState, error.description))
    }
  }

  /// Takes up a campaign that was planned and not written down: a kill came in between, or the state was lost.
  mutating func adopt() {
    guard state.campaign == nil, let newest = directory.plannedCampaigns.last,
      !state.campaigns.contains(where: { $0.campaign == newest.id })
    else { return }
    let manifest = newest.manifest
    let run = manifest.source.run ?? manifest.source.made
    var result = RSEState.Result(campaign: newest.id, run: run, planned: manifest.created)
    result.listed = manifest.counts.listed
    result.files = manifest.counts.files
    result.recount(RSEHistory.events(directory))
    if newest.id.contains(Self.trialMark) {
      result.isProbe = true
      state.probed = manifest.created
    } else {
      state.planned = .init(run: run, started: manifest.source.made)
    }
    state.campaign = newest.id
    state.current = result
    state.round = 1
    state.nextDue = nil
    stand(
      .init(
        .planned, .atWork,
        "\(manifest.counts.files) files in \(manifest.counts.jobs) jobs are planned"), event: "planned"
    ) {
      $0.jobs = manifest.counts.jobs
      $0.files = manifest.counts.files
    }
  }

  /// In the name of a trial's campaign.
  static let trialMark = ".probe-"

  private mutating func steps() async throws {
    // A campaign that is over makes room for the next one in the same pass.
    if state.campaign != nil {
      try await follow()
      if state.campaign != nil { return }
    }
    try plan()
    try await follow()
  }

  // MARK: What is written down

  /// Notes how it stands, and why; a change is an event.
  mutating func stand(
    _ stop: Gates.Stop, event: String? = nil, _ more: (inout RSEState.Event) -> Void = { _ in }
  ) {
    let time = now().formatted(.iso8601)
    let changed = state.phase != stop.phase || state.reason != stop.reason
    // Why it began to rest says more than that it does.
    let keepsDetail = !changed && stop.phase == .resting && state.detail != nil
    if changed { state.since = time }
    (state.phase, state.reason, state.detail) = (
      stop.phase, stop.reason,
      keepsDetail ? state.detail : stop.detail.map { MessageText.oneLine($0, limit: 1000) }
    )
    guard event != nil || changed else { return }
    var entry = RSEState.Event(
      sequence: 0, time: time, event: event ?? "phase", phase: stop.phase, reason: stop.reason,
      campaign: state.campaign, round: state.campaign == nil ? nil : state.round)
    entry.detail = state.detail
    more(&entry)
    save(entry)
  }

  mutating func save(_ event: RSEState.Event? = nil) {
    guard !isDryRun else { return }
    do {
      try RSEHistory.save(&state, event, to: directory)
    } catch {
      (state.phase, state.reason, state.detail) = (.blocked, .cannotWrite, "\(error)")
    }
  }

  /// In a dry run, ends the pass with what would be done now.
  func wouldDo(_ action: String) throws {
    if isDryRun { throw End.stop(.init(state.phase, state.reason, "would \(action)")) }
  }

  /// How far it is, where an error comes: what kept it from going on before does so no more.
  private var reached: Phase {
    guard state.phase == .unmapped || state.phase == .frozen else { return state.phase }
    guard let current = state.current else { return .idle }
    return current.rounds > 0 ? .submitted : .planned
  }

  /// What an error says of the RSE that no step has a reason of its own for.
  private func problem(_ error: any Error) -> Gates.Stop {
    if let reason = stop.reason {
      return .init(reached, reason == .deadline ? .tooSlow : .stopped, "\(error)")
    }
    if error is FileError || error is ListError {
      return .init(reached, .campaignFailed, "\(error)")
    }
    guard let error = error as? any ExitingError else {
      return .init(reached, .internalError, "\(error)")
    }
    let reason: Reason =
      switch error.status {
      case .cannotReport: .cannotWrite
      case .unavailable: .scheddUnavailable
      case .noPermission: .scheddRefused
      case .stoppedEarly: .submissionUncertain
      case .internalError: .internalError
      default: .campaignFailed
      }
    return .init(reached, reason, error.description)
  }
}
