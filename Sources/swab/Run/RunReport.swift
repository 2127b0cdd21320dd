import ByteStreams
import CommandSupport
import CondorJob
import DeletionEngine
import DeletionModel
import JobReports
import RunJournal
import FoundationEssentials
import SystemPackage

/// The report of one run: begun before anything can go wrong, replaced when it has ended.
struct RunReport {
  private(set) var header: ReportHeader
  /// Where it goes; nil where no report was asked for.
  private var target: ReportTarget?
  private let which: ReportFiles
  /// The journal, where a run that was stopped is started again.
  private let checkpointJournal: String?
  private let time: SystemTime
  private let began: Moment
  private var warnings: [String] = []
  private var made: ReportRecorder?

  init(_ settings: DeleteSettings, environment: [String: String], time: SystemTime) throws {
    let condor = CondorJobInfo.discover(environment: environment) { path in
      try FileSource.contents(of: path, limit: CondorJobInfo.adLimit)
    }
    var job = Machine.job(environment: environment)
    job.campaign = settings.campaign
    job.jobId = settings.jobId
    job.condorJSON = condor.info.map(CondorText.json)
    header = ReportHeader(
      tool: Version.tool("swab"), job: job,
      request: .init(
        sources: settings.sources.map(\.name), rse: settings.rse,
        allow: settings.allow.isEmpty ? [AllowedRoots.defaultRoot] : settings.allow,
        protected: .init(files: settings.protectedFiles, entries: 0), dryRun: settings.dryRun,
        retries: settings.retries, timeout: settings.timeout, deadline: settings.deadline,
        concurrency: settings.concurrency, notNewerThan: settings.ageLimit?.latest.text),
      routes: [])
    target = settings.report.map(ReportTarget.init(option:))
    which = settings.reportFiles
    checkpointJournal = settings.checkpoint ? settings.journal : nil
    self.time = time
    began = time.now()
    warnings = condor.warnings
  }

  /// The lists, for a message.
  var sources: String { header.request.sources.joined(separator: ", ") }

  /// Writes the report for the first time, where it can be replaced later.
  ///
  /// - Throws: ``CommandFailure`` where it can't be written: then nothing may be deleted.
  func begin() throws {
    guard let target, target.isReplaceable else { return }
    let state = state(
      isComplete: false, RunTotals(),
      RunExit(.internalError, wmcore: WMCoreExitCode.uncaught, reason: "the run has not ended"))
    try Self.reporting { try ReportDocument.write(header, state, to: target) }
  }

  /// Opens a pipe or a device for the one document that goes into it: whoever reads a pipe takes the first for the
  /// whole. Waits for a reader of the pipe.
  ///
  /// - Throws: as ``begin()``.
  mutating func open() throws {
    guard let target, !target.isReplaceable else { return }
    let opened = try Self.reporting { try target.opened() }
    // White space: enough to find a device that is full, and a stream that is closed.
    if case .stream(let file) = opened, file.type != .fifo, file.type != .socket, file.type != .regular {
      try Self.reporting { try file.write([UInt8(ascii: "\n")]) }
    }
    self.target = opened
  }

  /// Takes over what the site's configuration says.
  mutating func describe(_ setup: SiteSetup, _ protected: ProtectedLists) {
    header.job.site = setup.siteName
    header.job.subsite = setup.subSiteName
    header.job.siteConfig = setup.configPath
    header.request.protected.entries = protected.tree.count
    header.routes = setup.routes.map(\.description)
    for warning in setup.warnings { warn(warning) }
  }

  /// Takes over what a journal says of earlier runs.
  mutating func describe(_ journal: Journal, file: String) {
    header.job.journal = .init(
      file: file, runs: journal.earlierRuns + 1, earlierSeconds: journal.earlierSeconds,
      settledEarlier: journal.completedEarlier)
    for warning in journal.warnings { warn(warning) }
  }

  /// How a run ends that was stopped before its work had begun. HTCondor holds a job that asks for a checkpoint
  /// without the file that belongs to it.
  func failure(stoppedBy reason: StopReason) -> CommandFailure {
    let hasJournal = checkpointJournal.map(Self.isRegular) ?? false
    return CommandFailure(
      hasJournal && reason != .deadline ? .checkpoint : .stoppedEarly,
      "\(reason.text) before anything was deleted")
  }

  /// Adds a warning.
  mutating func warn(_ text: String) {
    // A catalog can be wrong in as many lines as it has.
    if warnings.count < 100 { warnings.append(text) }
  }

  /// The recorder of this run.
  mutating func recorder() throws -> ReportRecorder {
    let made = try Self.reporting {
      try ReportRecorder(
        routes: header.routes, which: target == nil ? .none : which, target: target,
        temporary: SpoolFile.directory(environment: ProcessEnvironment.current),
        limitsAge: header.request.notNewerThan != nil)
    }
    self.made = made
    return made
  }

  /// Writes the report for the last time.
  mutating func finish(_ exit: RunExit) async throws -> ReportState {
    if let failure = await made?.failure { warn("the files are not named one by one: \(failure)") }
    let state = state(isComplete: true, await made?.totals ?? RunTotals(), exit)
    if let target, let made {
      do {
        try await made.write(header, state, to: target)
      } catch {
        throw CommandFailure(.cannotReport, "the report could not be written: \(error); \(exit.reason)")
      }
      if let failure = await made.failure {
        throw CommandFailure(.cannotReport, "the report names no files: \(failure); \(exit.reason)")
      }
    }
    return state
  }

  /// Leaves an incomplete report that says why the run ended.
  ///
  /// - Throws: where it can't be written.
  func abandon(_ failure: CommandFailure) async throws {
    guard let made else { return try abandonUnbegun(failure) }
    guard let target else { return }
    // Half of a document may have gone into it already.
    if case .stream = target, failure.status == .cannotReport { return }
    try await made.write(header, state(isComplete: false, await made.totals, Self.exit(failure)), to: target)
  }

  /// The same before the work has begun. A pipe that nobody has read from by then is not waited for.
  func abandonUnbegun(_ failure: CommandFailure) throws {
    guard let target else { return }
    if case .file = target, !target.isReplaceable { return }
    try ReportDocument.write(header, state(isComplete: false, RunTotals(), Self.exit(failure)), to: target)
  }

  /// What the process leaves where nothing of it works any more, and where; nil where that can't be a file. Not gzipped
  /// whatever the name: readers tell by the content.
  func lastReport(_ failure: CommandFailure) -> (bytes: [UInt8], path: String)? {
    guard case .file(let path)? = target, case .replaced(let destination)? = try? WriteDestination(of: path)
    else {
      return nil
    }
    let state = state(isComplete: false, RunTotals(), Self.exit(failure))
    return (ReportDocument.withoutFiles(header, state), destination)
  }

  /// Whether there is a regular file.
  private static func isRegular(_ path: String) -> Bool {
    (try? Stat(FilePath(path), followTargetSymlink: true))?.type == .regular
  }

  private static func exit(_ failure: CommandFailure) -> RunExit {
    let wmcore =
      switch failure.status {
      case .badSiteConfig: WMCoreExitCode.initialisation
      case .stoppedEarly, .checkpoint: WMCoreExitCode.timeout
      default: WMCoreExitCode.uncaught
      }
    return RunExit(failure.status, wmcore: wmcore, reason: failure.description)
  }

  private func state(isComplete: Bool, _ totals: RunTotals, _ exit: RunExit) -> ReportState {
    ReportState(
      isComplete: isComplete, finished: isComplete ? Machine.timestamp() : nil,
      seconds: (time.now() - began).inSeconds, totals: totals, warnings: warnings, exit: exit)
  }

  /// Whether the report goes where a summary would be printed.
  var isOnStandardOutput: Bool { target?.isStandardOutput ?? false }

  private static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw CommandFailure(.cannotReport, "the report can't be written: \(error)")
    }
  }
}
