import ByteStreams
import CommandSupport
import CondorJob
import Deletion
import FoundationEssentials
import SystemPackage

/// The report of one run: begun before anything can go wrong, replaced when it has ended.
struct RunReport {
  private(set) var header: ReportHeader
  private let path: String?
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
        protectedFiles: settings.protectedFiles, protectedEntries: 0, dryRun: settings.dryRun,
        retries: settings.retries, timeout: settings.timeout, deadline: settings.deadline,
        concurrency: settings.concurrency),
      routes: [])
    path = settings.report
    which = settings.reportFiles
    checkpointJournal = settings.checkpoint ? settings.journal : nil
    self.time = time
    began = time.now()
    warnings = condor.warnings
  }

  /// The lists, for a message.
  var sources: String { header.request.sources.joined(separator: ", ") }

  /// Writes the report for the first time.
  ///
  /// - Throws: ``CommandFailure`` where it can't be written: then nothing may be deleted.
  func begin() throws {
    guard let path else { return }
    switch Self.kind(of: path) {
    case .fifo, .socket:
      // One document goes into a pipe, and whoever reads it takes the first for the whole.
      return
    case .characterSpecial, .blockSpecial:
      // White space: enough to find a device that is full.
      try Self.reporting { try AtomicFile.replace(path) { try $0.write([UInt8(ascii: "\n")]) } }
      return
    default: break
    }
    let state = state(
      isComplete: false, RunTotals(),
      RunExit(.internalError, wmcore: WMCoreExitCode.uncaught, reason: "the run has not ended"))
    try Self.reporting { try ReportDocument.write(header, state, to: path) }
  }

  /// Takes over what the site's configuration says.
  mutating func describe(_ setup: SiteSetup, _ protected: ProtectedLists) {
    header.job.site = setup.siteName
    header.job.subsite = setup.subSiteName
    header.job.siteConfig = setup.configPath
    header.request.protectedEntries = protected.tree.count
    header.routes = setup.routes.map(\.description)
    for warning in setup.warnings { warn(warning) }
  }

  /// Takes over what a journal says of earlier runs.
  mutating func describe(_ journal: Journal, file: String) {
    header.job.journal = .init(
      file: file, runs: journal.earlierRuns + 1, earlierSeconds: journal.earlierSeconds,
      settledEarlier: journal.earlierSettled)
    for warning in journal.warnings { warn(warning) }
  }

  /// How a run ends that was stopped before its work had begun. HTCondor holds a job that asks for a checkpoint
  /// without the file that belongs to it.
  func failure(stoppedBy reason: StopReason) -> CommandFailure {
    let hasJournal = checkpointJournal.map { Self.kind(of: $0) == .regular } ?? false
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
        routes: header.routes, which: path == nil ? .none : which,
        folder: spoolFolder)
    }
    self.made = made
    return made
  }

  /// Beside the report, where there is room for it; nobody keeps files beside a device.
  private var spoolFolder: String {
    guard let path else { return "." }
    switch Self.kind(of: path) {
    case .regular, nil: return ReportDocument.folder(of: path)
    default: return SpoolFile.folder(environment: ProcessEnvironment.current)
    }
  }

  private static func kind(of path: String) -> FileType? {
    (try? Stat(FilePath(path), followTargetSymlink: true))?.type
  }

  /// Writes the report for the last time.
  mutating func finish(_ exit: RunExit) async throws -> ReportState {
    if let failure = await made?.failure { warn("the files are not named one by one: \(failure)") }
    let state = state(isComplete: true, await made?.totals ?? RunTotals(), exit)
    if let path, let made {
      do {
        try await made.write(header, state, to: path)
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
  func abandon(_ failure: CommandFailure) async throws {
    guard let made else { return try abandonUnbegun(failure) }
    guard let path, failure.status != .cannotReport else { return }
    let state = state(isComplete: false, await made.totals, Self.exit(failure))
    try await made.write(header, state, to: path)
  }

  /// The same before the work has begun.
  func abandonUnbegun(_ failure: CommandFailure) throws {
    guard let path, failure.status != .cannotReport else { return }
    let state = state(isComplete: false, RunTotals(), Self.exit(failure))
    try ReportDocument.write(header, state, to: path)
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

  private static func reporting<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch {
      throw CommandFailure(.cannotReport, "the report can't be written: \(error)")
    }
  }
}
