import ArgumentParser
import CommandSupport
import DeletionModel
import ListReading
import Logging

/// The names to work on.
struct ListOptions: ParsableArguments {
  @Argument(help: ArgumentHelp("Logical file names.", valueName: "lfn"))
  var lfns: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A list of LFNs, or - for standard input: one a line, a JSON array, or JSON lines with an \"lfn\" key, each plain or gzipped. May be given more than once.",
      valueName: "file"))
  var from: [String] = []
}

/// Which site configuration, and how much of it.
struct SiteOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The site-local-config.xml. Without it: $WMAGENT_SITE_CONFIG_OVERRIDE, $SITECONFIG_PATH/JobConfig, $CMS_PATH/SITECONF/local, then /cvmfs/cms.cern.ch/SITECONF/local.",
      valueName: "file"))
  var siteConfig: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Use only the stage-out entry of this RSE, and fail where the site has none.", valueName: "rse"))
  var rse: String?

  @Flag(name: .long, help: "Also use storage that storage.json calls read-only or virtual.")
  var ignoreAccess = false
}

/// How the stage-out entries are deleted from.
struct BackendOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Use this backend and no other, whatever the site's command, the PFN and the endpoint say; see \"swab backends\".",
      valueName: "name"))
  var backend: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Use this instead of the site's stage-out entries: the PFN is P followed by the LFN.",
      valueName: "command=C,lfn-prefix=P,phedex-node=N"))
  var override: String?

  @Option(
    name: .customLong("dcache-frontend"),
    help: ArgumentHelp(
      "The REST frontend of a dCache, whose bulk service then deletes what its WebDAV doors would. Without it each door is asked for its own.",
      valueName: "url"))
  var dcacheFrontend: String?
}

/// What may be deleted at all.
struct SafetyOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Delete only below this directory. May be given more than once. (default: /store/unmerged/)",
      valueName: "prefix"))
  var allow: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A list of protected LFNs: nothing at, above or below one of them is deleted. May be given more than once; those of a job file are added.",
      valueName: "file"))
  var protected: [String] = []

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Delete nothing, and exit with 65, where the lists have more names than this.", valueName: "n"))
  var maxDelete: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Refuse a file that the storage says was written after this time: ISO 8601 with a time zone, such as 2026-01-31T12:00:00Z. Where the storage does not say it, the report warns.",
      valueName: "time"))
  var notNewerThan: String?

  @Flag(
    name: .long,
    help:
      "Over HTTP, delete names without asking what they are, for servers that can't be asked. Where a listed name is a directory, everything in it is deleted."
  )
  var noLook = false

  func validate() throws {
    if let maxDelete, maxDelete < 0 { throw ValidationError("--max-delete is a number of files, 0 or more.") }
  }
}

/// How long and how hard it is tried.
struct PaceOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Attempts after the first. (default: 3)", valueName: "n"))
  var retries: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The pause before the second attempt; it doubles each time and is spread by half. (default: 5)",
      valueName: "seconds"))
  var retryPause: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("How long one file may wait for its answer. (default: 30)", valueName: "seconds"))
  var timeout: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "How long the whole run may take; what is left then is not attempted. auto: up to a minute before HTCondor's ads or the credential end it.",
      valueName: "seconds|auto"))
  var deadline: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Upper limit on requests in flight per host. Swab starts with 1 and adapts to what the server sustains. For backends that use a tool it is the number of processes, at most 4 unless a number is given. (default: auto, at most 64)",
      valueName: "n|auto"))
  var concurrency: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Upper limit on files a second, over all hosts; a request that asks what a file is counts too.",
      valueName: "files"))
  var maxRate: Double?

  func validate() throws {
    if let retries, !(0...1000).contains(retries) { throw ValidationError("--retries goes from 0 to 1000.") }
    if let retryPause, !(0...86_400).contains(retryPause) {
      throw ValidationError("--retry-pause goes from 0 to 86400 seconds.")
    }
    if let timeout, !(timeout > 0 && timeout <= 86_400) {
      throw ValidationError("--timeout is more than 0 and at most 86400 seconds.")
    }
    if let maxRate, !(maxRate > 0 && maxRate <= 1e6) {
      throw ValidationError("--max-rate is more than 0 and at most 1000000 files a second.")
    }
    _ = try deadlineOption
    _ = try concurrencyLimit
  }

  /// The deadline; nil where the command line names none.
  var deadlineOption: DeadlineOption? {
    get throws {
      guard let deadline else { return nil }
      if deadline == "auto" { return .auto }
      guard let seconds = Double(deadline), seconds > 0, seconds <= 31_536_000 else {
        throw ValidationError("--deadline is auto or a number of seconds, more than 0 and at most a year.")
      }
      return .seconds(seconds)
    }
  }

  /// The requests at a time; nil where they are to be found out.
  var concurrencyLimit: Int? {
    get throws {
      guard let concurrency, concurrency != "auto" else { return nil }
      guard let number = Int(concurrency), (1...1024).contains(number) else {
        throw ValidationError("--concurrency is auto or a number from 1 to 1024.")
      }
      return number
    }
  }
}

/// Options for resuming an interrupted run.
struct ResumeOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Record progress in this file. A run with the same lists and an existing journal resumes where the last run stopped, and its report covers all runs.",
      valueName: "file"))
  var journal: String?

  @Flag(
    name: .long,
    help:
      "Exit with 85 instead of 75 when a signal or the deadline leaves work, for HTCondor's checkpoint_exit_code; needs --journal."
  )
  var checkpoint = false

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "With --checkpoint: also exit with 85 after this long if work remains. HTCondor then keeps the journal and restarts the run at once, so that no more than this is lost when the machine goes away.",
      valueName: "seconds"))
  var checkpointEvery: Double?

  func validate() throws {
    if let checkpointEvery, !(checkpointEvery > 0 && checkpointEvery <= 31_536_000) {
      throw ValidationError("--checkpoint-every is more than 0 and at most a year, in seconds.")
    }
  }
}

/// How much is said, and how.
struct LogOptions: ParsableArguments {
  @OptionGroup var messages: MessageOptions

  @Option(
    name: .customLong("log-url"),
    help: ArgumentHelp(
      "Send the log to this collector as well: JSON lines, gzipped, by HTTP POST, during the run and at its end.",
      valueName: "url"))
  var logURL: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "A file with a bearer token for the collector. A relative one is also looked for in $_CONDOR_CREDS.",
      valueName: "file"))
  var logTokenFile: String?

  @Flag(name: .shortAndLong, help: "Log every failed attempt; twice: every file.")
  var verbose: Int

  @Flag(name: .shortAndLong, help: "Log errors only, and print no summary.")
  var quiet = false

  @Option(
    name: .long,
    help:
      "Show progress on standard error: on a terminal in a line that changes every second, else in log lines after 10 s, 20 s, 40 s and so on up to every ten minutes. auto: unless -q is given; on: at the end as well. SIGUSR1 asks for it at any time."
  )
  var progress: ProgressReport.Mode = .auto

  func validate() throws {
    if quiet, verbose > 0 { throw ValidationError("-q and -v exclude each other.") }
  }

  /// A logger as asked for.
  func logger() -> Logger {
    let level: Logger.Level = quiet ? .error : verbose == 0 ? .warning : verbose == 1 ? .info : .debug
    return Logger(label: "swab") { _ in StandardErrorLog(level: level) }
  }
}
