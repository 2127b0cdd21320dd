import ArgumentParser
import Backends
import ByteStreams
import CommandSupport
import CondorJob
import Deletion
import FoundationEssentials
import Logging

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// One run of `swab delete`, from the command line to the exit code.
///
/// The report is written before anything else can go wrong, so that there is one whatever happens next.
struct DeleteRun {
  private let command: DeleteCommand
  private let environment: [String: String]
  private let log: Logger
  private let time = SystemTime()
  private let stop = StopSignal()
  private let early = EarlyEnd()

  init(command: DeleteCommand) {
    self.command = command
    self.environment = ProcessEnvironment.current
    self.log = command.log.logger()
  }

  func run() async throws -> ExitStatus {
    let settings = try settings()
    // The time for reading lists is time of the run.
    let deadline = Deadline.none.within(settings.deadline.map { .seconds($0) }, of: time)
    let watch = SignalWatch { [stop, early] reason in
      stop.stop(reason)
      early.end(reason)
    }
    defer { withExtendedLifetime(watch) {} }
    var report = try RunReport(settings, environment: environment, time: time)
    try report.begin()
    early.arm(report)
    early.end(after: settings.deadline)
    do {
      // One that came before there was a report to leave.
      if let reason = stop.reason { throw report.failure(stoppedBy: reason) }
      return try await delete(settings, deadline, &report)
    } catch {
      early.disarm()
      let failure = CommandFailure(error)
      try? await report.abandon(failure)
      throw failure
    }
  }

  /// The command line laid over the job file. Where that is bad, a report that the command line asks for says so.
  private func settings() throws -> DeleteSettings {
    do {
      var settings = try DeleteSettings(command)
      if settings.isDeadlineAuto { settings.use(AutoDeadline(environment: environment, euid: geteuid())) }
      try settings.checkReport(siteConfig: command.site.siteConfig)
      return settings
    } catch let error as ValidationError {
      throw error
    } catch {
      let failure = CommandFailure(error)
      if failure.status != .usage, let bare = try? DeleteSettings(command, job: nil),
        (try? bare.checkReport(siteConfig: command.site.siteConfig)) != nil
      {
        try? RunReport(bare, environment: environment, time: time).abandonUnbegun(failure)
      }
      throw failure
    }
  }

  private func journal(_ settings: DeleteSettings, _ identity: JournalIdentity) throws -> Journal? {
    guard let path = settings.journal, !settings.dryRun else { return nil }
    return try Journal(path, identity, time: time, began: Moment(sinceStart: .zero)) { [stop] failure in
      stop.stop(.journal(failure))
    }
  }

  /// Whether another run gets further: a job that comes back for ever and settles nothing helps nobody.
  private func mayBeStartedAgain(_ journal: Journal?) -> Bool {
    guard let journal, journal.failure == nil else { return false }
    return stop.endReason != .deadline || !journal.standsStill
  }

  private func delete(
    _ settings: DeleteSettings, _ deadline: Deadline, _ report: inout RunReport
  ) async throws -> ExitStatus {
    let protected = try ProtectedLists(settings.protectedFiles)
    guard let allowed = AllowedRoots(settings.allow) else {
      throw CommandFailure(
        .usage, "--allow takes absolute folders without empty, . or .. segments, such as /store/unmerged/")
    }
    let pacer = AdaptivePacer(
      cap: settings.concurrency ?? AdaptivePacer.defaultCap, maxRate: settings.maxRate, time: time, stop: stop
    )
    let credentials = CredentialStore(environment: environment, euid: geteuid(), time: time)
    let warnings = RunWarnings()
    let setup = try SiteSetup(
      site: command.site, rse: settings.rse, backend: settings.backend, override: command.backends.override,
      protectedLFNs: protected.lfns,
      registry: .standard(
        time: time, variables: credentials.variablesForTools, pacer: pacer, credentials: credentials,
        answerLimit: .seconds(settings.timeout)),
      environment: environment, onHandOver: warnings.add)
    report.describe(setup, protected)
    if let note = settings.deadlineNote {
      // That a limit was found is no reason to be warned, in every job of a campaign.
      if settings.deadline == nil { report.warn(note) } else { log.info("\(note)") }
    }
    early.arm(report)
    try settings.job?.file.check(site: setup.siteName ?? "", now: Date(), name: settings.job?.name ?? "")
    if protected.isEmpty {
      report.warn("no protected list was given: nothing but the allowed roots limits what is deleted")
    }
    let lists = try LFNLists(settings.sources, spoolFolder: SpoolFile.folder(environment: environment))
    var common = CommonPath(below: allowed)
    let survey = try lists.survey(
      digesting: settings.journal != nil && !settings.dryRun,
      each: credentials.hasScopes ? { common.add($0.text) } : nil)
    guard survey.count > 0 else {
      throw CommandFailure(.badInput, "\(report.sources): the list is empty; there is nothing to delete")
    }
    if let name = common.probe { credentials.expect(setup.places(of: name)) }
    for warning in credentials.warnings { report.warn(warning) }
    let journal = try journal(settings, JournalIdentity(survey, routes: setup.routes.map(\.description)))
    if let journal, let file = settings.journal { report.describe(journal, file: file) }
    if settings.journal != nil, settings.dryRun {
      report.warn("the journal was left alone: a dry run does nothing that could be gone on with")
    }
    let recorder = try report.recorder()
    let retry = RetryPolicy(retries: settings.retries, pause: .seconds(settings.retryPause))
    let circuits = CircuitBoard(
      CircuitPolicy(for: retry, attemptLimit: .seconds(settings.timeout)), time: time)
    let resolver = Resolver(
      routes: setup.routes, rules: SafetyRules(allowed: allowed, protected: protected.tree))
    let options = Engine.Options(
      dryRun: settings.dryRun,
      retry: retry,
      attemptLimit: .seconds(settings.timeout),
      deadline: deadline,
      concurrency: settings.concurrency ?? 4,
      pacer: pacer)
    let following = Following(
      total: survey.count, recorder: recorder, command.log, environment: environment, log: log)
    let engine = Engine(
      resolver: resolver, options: options, time: time, stop: stop, log: log, journal: journal,
      circuits: circuits, progress: following?.progress)
    let directories =
      settings.prunesDirectories ? PruneRecorder(around: recorder, resolver: resolver) : nil
    early.disarm()
    let upkeep = journal.map(JournalUpkeep.init)
    defer { journal?.synchronize() }
    defer { withExtendedLifetime(upkeep) {} }
    let into: any RunRecorder = directories ?? recorder
    if let following {
      try await following.during(stop: stop) { try await engine.run(lists, into: into) }
    } else {
      try await engine.run(lists, into: into)
    }
    journal?.synchronize()
    // What comes to the directories after this is no matter of the files.
    let (stopReason, credentialProblem) = (stop.endReason, credentials.lastProblem)
    await recorder.noteOpen(circuits.open)
    if let directories {
      let pruner = DirectoryPruner(
        resolver: resolver, options: options, time: time, stop: stop, circuits: circuits, log: log)
      let result = await pruner.run(directories)
      await recorder.add(result.counts)
      for warning in result.warnings { report.warn(warning) }
    }

    for warning in warnings.all { report.warn(warning) }
    for warning in StorageWarnings.texts(await recorder.totals) { report.warn(warning) }
    if let journal, let failure = journal.failure {
      report.warn(
        "the journal could not be written: \(failure); "
          + (journal.isIncomplete
            ? "some of what this report says is not in it" : "it was brought up to date at the end"))
    }
    let exit = RunExit.of(
      await recorder.totals, dryRun: settings.dryRun, stopped: stopReason,
      checkpoint: settings.checkpoint && mayBeStartedAgain(journal),
      credentialProblem: credentialProblem)
    let state = try await report.finish(exit)
    if !command.log.quiet { SummaryText.print(state, report.header, reportPath: settings.report) }
    return exit.status
  }
}
