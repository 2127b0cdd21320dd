import ArgumentParser
import CommandSupport
import Logging

/// How much is said, and how.
struct LogOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  @Option(name: .long, help: "The form of log lines, which go to standard error.")
  var logFormat: Format = .text

  @Flag(name: .shortAndLong, help: "Log every failed attempt; twice: every file.")
  var verbose: Int

  @Flag(name: .shortAndLong, help: "Log errors only, and print no summary.")
  var quiet = false

  @Option(
    name: .long,
    help:
      "Say how far the run has come, on standard error: on a terminal every second, else every ten seconds.")
  var progress: ProgressReport.Wish = .auto

  func validate() throws {
    if quiet, verbose > 0 { throw ValidationError("-q and -v exclude each other.") }
  }

  /// A logger as asked for.
  func logger() -> Logger {
    let level: Logger.Level = quiet ? .error : verbose == 0 ? .warning : verbose == 1 ? .info : .debug
    return Logger(label: "swab") { _ in StandardErrorLog(level: level, asJSON: logFormat == .json) }
  }
}
