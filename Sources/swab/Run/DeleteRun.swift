import ArgumentParser
import Backends
import ByteStreams
import CommandSupport
import CondorJob
import DeletionEngine
import DeletionModel
import JobReports
import ListReading
import RunJournal
import FoundationEssentials
import Logging
import Credentials
import Glibc

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
  private let stateRequest = StateRequest()
  private let began: Moment

  init(command: DeleteCommand) {
    self.command = command
    self.environment = ProcessEnvironment.current
    self.log = command.log.logger()
    self.began = time.now()
  }

  func run() async throws -> ExitStatus {
    let settings = try settings()
    // The time for reading lists is time of the run.
    let deadline = Deadline.none.within(settings.deadline.map { .seconds($0) }, of: time)
    let watch = SignalWatch(tellState: { [stateRequest] in stateRequest() }) { [stop, early] reason in
      stop.stop(reason)
      early.end(reason)
    }
    defer { withExtendedLifetime(watch) {} }
    var report = try RunReport(settings, environment: environment, time: time)
    let shipper = settings.logURL.map { url in
      LogShipper(to: url, tokenFile: settings.logTokenFile, report.header, environment: environment, log: log)
    }
    if let shipper { LogOutput.send(to: shipper) }
    LogOutput.hand(over: LogLine(.info, "the run begins", [("event", .text("begin"))]))
    try report.begin()
    early.arm(report)
    if let seconds = settings.deadline {
      early.end(after: seconds)
      let failure = CommandFailure(
        .stoppedEarly,
        "the deadline has passed and this process makes no progress; its alarm ended it")
      LastResort.arm(
        after: seconds + LastResort.grace, LastResort.Text(failure, report: report.lastReport(failure)))
    }
    do {
      // A signal that came before there was a report.
      if let reason = stop.reason { throw report.failure(stoppedBy: reason) }
      try report.open()
      early.arm(report)
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
      try settings.checkReport(command)
      return settings
    } catch let error as ValidationError {
      UnbegunRun.leaveReport(of: command, CommandFailure(.usage, error.message))
      throw error
    } catch {
      let failure = CommandFailure(error)
      UnbegunRun.leaveReport(of: command, failure)
      throw failure
    }
  }

  /// Whether another run would get further: a job that makes no progress is not to be started again forever.
  private func mayBeStartedAgain(_ journal: Journal?) -> Bool {
    guard let journal, journal.failure == nil else { return false }
    return stop.endReason != .deadline || !journal.standsStill
  }

  private func delete(
    _ settings: DeleteSettings, _ deadline: Deadline, _ report: inout RunReport
  ) async throws -> ExitStatus {
    guard let allowed = AllowedRoots(settings.allow) else {
      throw CommandFailure(.usage, DeleteSettings.allowRule)
    }
    let services = RunServices(settings, environment: environment, time: time, stop: stop, log: log)
    let (resolver, setup, registry) = try resolver(settings, services, allowed, &report)
    early.arm(report)
    try settings.job?.file.check(site: setup.siteName ?? "", now: Date(), name: settings.job?.name ?? "")
    if resolver.rules.protected.isEmpty {
      report.warn("no protected list was given: nothing but the allowed roots limits what is deleted")
    }
    let lists = try LFNLists(settings.sources, spoolDirectory: SpoolFile.directory(environment: environment))
    let (count, journal) = try survey(lists, settings, services, setup, allowed, &report)
    if let journal { services.notes.attach(earlier: journal.earlierNotes, write: journal.note) }
    if settings.backend == nil, !settings.dryRun { await registry.findFrontends(of: setup.doors) }
    let recorder = try report.recorder()
    let directories =
      settings.prunesDirectories ? PruneRecorder(around: recorder, resolver: resolver) : nil
    var options = Engine.Options(
      dryRun: settings.dryRun, retry: services.retry, attemptLimit: .seconds(settings.timeout),
      deadline: deadline, pacer: services.pacer)
    if let concurrency = settings.concurrency { options.concurrency = concurrency }
    let engine = Engine(
      resolver: resolver, options: options, time: time, stop: stop, log: log, journal: journal,
      circuits: services.circuits)
    let meter = ProgressMeter(
      total: count, recorder: recorder, circuits: services.circuits, time: time, began: began)
    let monitor = RunMonitor(meter, command.log, environment: environment, log: log)
    early.disarm()
    let counted: any RunRecorder = directories ?? recorder
    try await delete(
      lists, with: engine, journal, monitor,
      into: settings.dryRun ? DryRunLog(around: counted, log: log) : counted)
    // What comes to the directories after this is no matter of the files.
    let (stopReason, credentialProblem) = (stop.endReason, services.credentials.lastProblem)
    await note(services, dryRun: settings.dryRun, in: recorder)
    if let directories {
      let pruner = DirectoryPruner(
        resolver: resolver, options: options, time: time, stop: stop, circuits: services.circuits, log: log)
      let result = await pruner.run(directories)
      await recorder.add(result.counts)
      for warning in result.warnings { report.warn(warning) }
    }
    for warning in services.warnings.all { report.warn(warning) }
    let totals = await recorder.totals
    warn(&report, totals, journal)
    let exit = RunExit.of(
      totals, dryRun: settings.dryRun, stopped: stopReason,
      checkpoint: settings.checkpoint && mayBeStartedAgain(journal), credentialProblem: credentialProblem)
    return try await finish(&report, exit, path: settings.report)
  }

  /// Notes what was learnt of the endpoints.
  private func note(_ services: RunServices, dryRun: Bool, in recorder: ReportRecorder) async {
    let ends = Date()
    await recorder.noteOpen(
      services.circuits.open.mapValues { (ends - $0.inSeconds).formatted(.iso8601) })
    await recorder.notePace { services.pacer.summary(of: $0) }
    if !dryRun { await recorder.noteCredentials(services.uses.summary) }
  }

  /// First phase: the site, its backends, and what protects its files.
  private func resolver(
    _ settings: DeleteSettings, _ services: RunServices, _ allowed: AllowedRoots, _ report: inout RunReport
  ) throws -> (Resolver, SiteSetup, BackendRegistry) {
    let protected = try ProtectedLists(
      settings.protectedFiles, below: allowed, planned: settings.plannedProtectedFiles)
    let hosts = StorageHosts()
    let registry = BackendRegistry.standard(
      time: time, variables: services.credentials.variablesForTools, pacer: services.pacer,
      credentials: services.credentials, answerLimit: .seconds(settings.timeout),
      options: NativeOptions(
        noLook: settings.noLook, ageLimit: settings.ageLimit, storageHosts: hosts,
        frontends: services.frontends, notes: services.notes
      ) { [log, uses = services.uses] use in
        guard uses.note(use) else { return }
        log.info("\(use.server) was shown our \(use.kind.text)", metadata: ["endpoint": "\(use.endpoint)"])
      }, allowed: allowed, onNotice: services.warnings.add)
    let setup = try SiteSetup(
      site: command.site, rse: settings.rse, backend: settings.backend, override: command.backends.override,
      protectedLFNs: protected.lfns, registry: registry, environment: environment,
      frontends: services.frontends, onHandOver: services.warnings.add)
    let doors = setup.doors
    for door in doors { hosts.add(endpoint: door) }
    if let frontend = settings.frontend {
      services.frontends.use(frontend)
      if !doors.contains(where: { services.frontends[door: $0] != nil }) {
        report.warn("--dcache-frontend is of no use: no door of the site is in its domain")
      }
    }
    report.describe(setup, protected)
    if settings.noLook {
      report.warn(
        "--no-look: over HTTP, names were deleted without asking what they are; where one was a directory, everything in it is gone"
      )
    }
    if let note = settings.deadlineNote {
      // That a limit was found is no reason to be warned, in every job of a campaign.
      if settings.deadline == nil { report.warn(note) } else { log.info("\(note)") }
    }
    let rules = SafetyRules(allowed: allowed, protected: protected.tree)
    return (Resolver(routes: setup.routes, rules: rules), setup, registry)
  }

  /// Second phase: the lists are read to their ends, and the journal is opened.
  private func survey(
    _ lists: LFNLists, _ settings: DeleteSettings, _ services: RunServices, _ setup: SiteSetup,
    _ allowed: AllowedRoots, _ report: inout RunReport
  ) throws -> (count: Int, Journal?) {
    let credentials = services.credentials
    var common = CommonPath(below: allowed)
    let survey = try lists.survey(
      digesting: settings.journal != nil && !settings.dryRun,
      each: credentials.isRestricted ? { common.add($0.text) } : nil)
    guard survey.count > 0 else {
      throw CommandFailure(.badInput, "\(report.sources): the list is empty; there is nothing to delete")
    }
    if let limit = settings.maxDelete, survey.count > limit {
      throw CommandFailure(
        .badInput,
        "\(report.sources): \(survey.count) names, and --max-delete allows \(limit); nothing was deleted: see whether the list is the right one, and raise --max-delete where it is"
      )
    }
    credentials.expect(setup.locations(of: common.probe ?? SiteSetup.anyLFN))
    for warning in credentials.warnings { report.warn(warning) }
    // With "auto" the deadline ends with the credential.
    if settings.deadlineNote == nil, let seconds = settings.deadline,
      let warning = credentials.shortfall(of: seconds)
    {
      report.warn(warning)
    }
    for endpoint in credentials.doubtfulEndpoints { services.circuits.expectRefusals(at: endpoint) }
    guard let path = settings.journal else { return (survey.count, nil) }
    if settings.dryRun {
      report.warn(
        "--journal is ignored with --dry-run: nothing is deleted that a later run would have to know")
      return (survey.count, nil)
    }
    let identity = JournalIdentity(survey, routes: setup.routes.map(\.description))
    let journal = try Journal(path, identity, time: time, began: Moment(sinceStart: .zero)) {
      [stop] failure in
      stop.stop(.journal(failure))
    }
    report.describe(journal, file: path)
    return (survey.count, journal)
  }

  /// Third phase: the files are deleted.
  private func delete(
    _ lists: LFNLists, with engine: Engine, _ journal: Journal?, _ monitor: RunMonitor,
    into recorder: any RunRecorder
  ) async throws {
    let upkeep = journal.map(JournalUpkeep.init)
    defer { withExtendedLifetime(upkeep) { journal?.synchronize() } }
    try await monitor.during(stop: stop, stateRequest) { try await engine.run(lists, into: recorder) }
  }

  /// Last phase: what the report has to warn of.
  private func warn(_ report: inout RunReport, _ totals: RunTotals, _ journal: Journal?) {
    for warning in StorageWarnings.texts(totals) { report.warn(warning) }
    if let warning = StorageWarnings.noCredential(totals, environment: environment) { report.warn(warning) }
    if let journal, let failure = journal.failure {
      report.warn(
        "the journal could not be written: \(failure); "
          + (journal.isIncomplete
            ? "some of what this report says is not in it" : "it was brought up to date at the end"))
    }
    if let problem = LogOutput.sinkProblem { report.warn("the log is not taken by --log-url: \(problem)") }
  }

  /// Writes the report, and says how the run ended.
  private func finish(
    _ report: inout RunReport, _ exit: RunExit, path: String?
  ) async throws -> ExitStatus {
    let state = try await report.finish(exit)
    LogOutput.hand(over: Self.endLine(state, since: began, time))
    if !command.log.quiet {
      SummaryText.print(state, report.header, reportPath: path, asNote: report.isOnStandardOutput)
    }
    return exit.status
  }

  /// How the run ended, for who collects logs.
  private static func endLine(_ state: ReportState, since began: Moment, _ time: SystemTime) -> LogLine {
    let counts = state.totals.counts
    var fields: [(key: String, value: LogLine.Value)] = [
      ("event", .text("end")), ("exitCode", .count(Int(state.exit.status.rawValue))),
    ]
    fields += Outcome.allCases.map { ($0.rawValue, .count(counts[$0])) }
    fields.append(("bytesFreed", .count(state.totals.freed.bytes)))
    fields.append(("elapsedSeconds", .number((time.now() - began).inSeconds)))
    return LogLine(.info, state.exit.reason, fields)
  }
}

extension CredentialUse.Kind {
  /// For a line of the log.
  fileprivate var text: String {
    switch self {
    case .token: "token"
    case .x509: "certificate"
    case .url: "right in the URL that a redirect named"
    }
  }
}
