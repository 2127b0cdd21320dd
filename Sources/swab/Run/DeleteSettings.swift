import ArgumentParser
import ByteStreams
import CommandSupport
import DeletionModel
import HTTPTransport
import JobReports
import ListReading
import SystemPackage
import Backends

/// What `swab delete` is to do: the command line laid over the job file.
struct DeleteSettings {
  var campaign: String?
  var jobId: String?
  var rse: String?
  var backend: String?
  var sources: [ListSource]
  var protectedFiles: [String]
  /// Those of them that a campaign's plan has made.
  var plannedProtectedFiles: [String]
  var allow: [String]
  var prunesDirectories: Bool
  /// Whether DELETE is sent over HTTP for names that no server has called files.
  var noLook: Bool
  /// What was written later stays; nil for no limit.
  var ageLimit: AgeLimit?
  /// The most names that the lists may have; nil for no limit.
  var maxDelete: Int?
  /// The frontend of dCache's bulk service that somebody has named.
  var frontend: DCacheFrontend?
  var dryRun: Bool
  var retries: Int
  var retryPause: Double
  var timeout: Double
  /// When the run ends, in seconds from its start: the earliest of all limits. A value of `auto` is settled by
  /// ``use(_:)``.
  var deadline: Double?
  var isDeadlineAuto: Bool
  /// Where it comes from, unless somebody gave it.
  var deadlineNote: String?
  /// Requests at one host, at most; nil for the default bound.
  var concurrency: Int?
  /// Files a second, at most.
  var maxRate: Double?
  var report: String?
  var reportFiles: ReportFiles
  var journal: String?
  var checkpoint: Bool
  /// Seconds until the run makes room for a checkpoint.
  var checkpointEvery: Double?
  /// Where the log goes as well.
  var logURL: HTTPURL?
  /// A file with a token for that.
  var logTokenFile: String?
  /// The job file and its name, for the checks that need the site.
  var job: (file: JobFile, name: String)?

  /// - Throws: ``CommandFailure`` for a job file that is missing or wrong; a usage error when there is nothing to
  ///   work on.
  init(_ command: DeleteCommand) throws {
    try self.init(command, job: command.job.map { name in (file: try Self.read(name), name: name) })
    try check()
  }

  /// The settings with this job file, or with none, unchecked.
  init(_ command: DeleteCommand, job: (file: JobFile, name: String)?) throws {
    let file = job?.file
    let options = file?.options
    let directory = job.map { FilePath($0.name).removingLastComponent() }
    func inDirectory(_ path: String) -> String { directory?.pushing(FilePath(path)).string ?? path }

    self.job = job
    campaign = file?.campaign
    jobId = file?.jobId
    rse = command.site.rse ?? file?.rse
    backend = command.backends.backend ?? options?.backend
    let named = ListSource.of(command.lists)
    sources = named.isEmpty ? (file?.lists ?? []).map { .file(inDirectory($0)) } : named
    let ofJob = (file?.protected ?? []).map(inDirectory)
    protectedFiles = ofJob + command.safety.protected
    plannedProtectedFiles = file?.campaign == nil ? [] : ofJob
    allow = command.safety.allow.isEmpty ? file?.allow ?? [] : command.safety.allow
    prunesDirectories = command.pruneEmptyDirectories || options?.pruneEmptyDirectories ?? false
    maxDelete = command.safety.maxDelete ?? options?.maxDelete
    ageLimit = try Self.ageLimit(command.safety.notNewerThan, options?.notNewerThan, job?.name)
    noLook = command.safety.noLook || options?.noLook ?? false
    frontend = try (command.backends.dcacheFrontend ?? options?.dcacheFrontend).map(Self.frontend)
    dryRun = command.dryRun || options?.dryRun ?? false
    retries = command.pace.retries ?? options?.retries ?? 3
    retryPause = command.pace.retryPause ?? options?.retryPause ?? 5
    timeout = command.pace.timeout ?? options?.timeout ?? 30
    let option = try command.pace.deadlineOption ?? options?.deadline
    isDeadlineAuto = option == .auto
    checkpointEvery = command.resume.checkpointEvery ?? options?.checkpointEvery
    deadline = Self.earliest(option?.seconds, checkpointEvery)
    deadlineNote = nil
    concurrency = try command.pace.concurrencyLimit ?? options?.concurrency
    maxRate = command.pace.maxRate
    report = command.report.report ?? options?.report
    reportFiles = try command.report.reportFiles ?? Self.reportFiles(options?.reportFiles, job?.name) ?? .all
    journal = command.resume.journal ?? options?.journal
    logTokenFile = command.log.logTokenFile ?? options?.logTokenFile
    logURL = try (command.log.logURL ?? options?.logUrl).map { [logTokenFile] in
      try Self.collector($0, hasToken: logTokenFile != nil)
    }
    checkpoint = command.resume.checkpoint || options?.checkpoint ?? false
  }

  /// Takes the deadline from the surroundings, where that was asked for.
  mutating func use(_ auto: AutoDeadline) {
    deadline = Self.earliest(deadline, auto.seconds)
    deadlineNote = auto.note
  }

  private static func earliest(_ left: Double?, _ right: Double?) -> Double? {
    [left, right].compactMap { $0 }.min()
  }

  /// Refuses a report, or a journal, in the place of what the run reads: it would be gone before it is read.
  ///
  /// - Parameter command: for the files that it names and these settings don't hold.
  func checkReport(_ command: DeleteCommand) throws {
    let lists = sources.compactMap { if case .file(let path) = $0 { path } else { nil } }
    let inputs = lists + protectedFiles + [command.job, command.site.siteConfig].compactMap { $0 }
    for (option, output) in [("--report", report), ("--journal", journal)] {
      guard let output, let identity = Self.identity(output) else { continue }
      for input in inputs where Self.identity(input) == identity {
        throw CommandFailure(.usage, "\(option) \(output): the input \(input) would be overwritten")
      }
    }
    if let report, let journal,
      FilePath(report).lexicallyNormalized() == FilePath(journal).lexicallyNormalized()
        || Self.identity(report).map({ $0 == Self.identity(journal) }) ?? false
    {
      throw CommandFailure(.usage, "--journal \(journal): the report would overwrite it")
    }
  }

  /// A name on the command line that is no LFN but a file of this machine.
  private static func listNamedAsLFN(_ sources: [ListSource]) -> String? {
    for case .arguments(let names) in sources {
      if let name = names.first(where: { !$0.hasPrefix("/") && identity($0) != nil }) { return name }
    }
    return nil
  }

  /// Which regular file a path leads to; nil where there is none.
  private static func identity(_ path: String) -> [UInt64]? {
    guard let stat = try? Stat(FilePath(path), followTargetSymlink: true), stat.type == .regular else {
      return nil
    }
    return [
      UInt64(truncatingIfNeeded: stat.deviceID.rawValue), UInt64(truncatingIfNeeded: stat.inode.rawValue),
    ]
  }

  private static func read(_ name: String) throws -> JobFile {
    try JobFile(json: FileSource.contents(of: name, limit: 1 << 20), name: name)
  }

  private static func ageLimit(_ option: String?, _ ofJob: String?, _ name: String?) throws -> AgeLimit? {
    guard let text = option ?? ofJob else { return nil }
    if let time = StorageTime(text) { return AgeLimit(time) }
    let problem = "is \(AgeLimit.form), not \"\(text)\""
    if option != nil { throw ValidationError("--not-newer-than \(problem).") }
    throw CommandFailure(.badInput, "\(name ?? ""): \"notNewerThan\" \(problem)")
  }

  private static func reportFiles(_ text: String?, _ name: String?) throws -> ReportFiles? {
    guard let text else { return nil }
    guard let value = ReportFiles(rawValue: text) else {
      throw CommandFailure(
        .badInput, "\(name ?? ""): \"reportFiles\" is all, failed or none, not \"\(text)\"")
    }
    return value
  }

  /// What `--allow` takes.
  static let allowRule =
    "--allow takes absolute directories without empty, . or .. segments and without *, ?, [ or ], such as /store/unmerged/"

  /// - Throws: a usage error for what is no URL of one.
  static func frontend(_ text: String) throws -> DCacheFrontend {
    do throws(DCacheFrontend.ParseError) {
      return try DCacheFrontend(text)
    } catch {
      throw ValidationError("--dcache-frontend \(text): \(error.text).")
    }
  }

  private static func collector(_ text: String, hasToken: Bool) throws -> HTTPURL {
    do throws(HTTPURL.ParseError) {
      return try HTTPURL(collector: text, hasToken: hasToken)
    } catch {
      throw ValidationError("--log-url: \(error.text).")
    }
  }

  /// The limits that the command line checks itself hold for a job file as well.
  private func check() throws {
    guard !sources.isEmpty else {
      throw ValidationError("Name at least one LFN, or a list with --from, or a job file with --job.")
    }
    if let name = Self.listNamedAsLFN(sources) {
      throw ValidationError("\(name) is a file here and not an LFN; name a list with --from \(name).")
    }
    guard journal != nil || !checkpoint else {
      throw ValidationError(
        "--checkpoint needs --journal: without one the next run would start from the beginning.")
    }
    guard checkpoint || checkpointEvery == nil else {
      throw ValidationError("--checkpoint-every needs --checkpoint: else the run would just end early.")
    }
    guard logTokenFile == nil || logURL != nil else {
      throw ValidationError("--log-token-file needs --log-url: there is nothing else to show the token to.")
    }
    let name = job?.name ?? "the command line"
    guard (0...1000).contains(retries), (0...86_400).contains(retryPause), timeout > 0, timeout <= 86_400,
      concurrency.map({ (1...1024).contains($0) }) ?? true,
      deadline.map({ $0 > 0 && $0 <= 31_536_000 }) ?? true, maxDelete.map({ $0 >= 0 }) ?? true
    else {
      throw CommandFailure(
        .badInput, "\(name): retries, retryPause, timeout, deadline, concurrency or maxDelete is out of range"
      )
    }
  }
}

extension DeadlineOption {
  fileprivate var seconds: Double? { if case .seconds(let seconds) = self { seconds } else { nil } }
}

extension ListSource {
  /// The lists that a command line names; several LFNs on it are one list.
  static func of(_ options: ListOptions) -> [ListSource] {
    let files = options.from.map(ListSource.init(option:))
    return options.lfns.isEmpty ? files : [.arguments(options.lfns)] + files
  }
}
