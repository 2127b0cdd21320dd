import ArgumentParser
import CLinux
import Deletion

/// `swab`: deletes the files that a CMS site no longer needs, from inside.
struct Swab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swab",
    abstract: "Deletes the files that a CMS site no longer needs, from one of its worker nodes.",
    discussion: """
      Reads the site's own configuration (SITECONF), maps each logical file name (LFN) to a physical one (PFN), \
      deletes it through the backend that fits, and reports every file's fate as JSON.

      Exit codes:
      \(exitCodeTable)
      """,
    version: Version.text,
    subcommands: [
      DeleteCommand.self, ResolveCommand.self, CheckCommand.self, BackendsCommand.self, ReportCommand.self,
    ])

  private static let exitCodeTable = ExitStatus.allCases
    .map { "  \($0.rawValue)\t\($0.meaning)" }.joined(separator: "\n")

  /// Runs what the arguments ask for, and ends the process.
  static func runAndExit() async -> Never {
    StandardStreams.occupy()
    // Before anything looks up a name: see the function.
    swab_pin_name_service()
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      if !(command is DeleteCommand), let error = Terminal.lostResult {
        throw CommandFailure(.cannotReport, "standard output cannot be written: \(error)")
      }
      exit()
    } catch let failure as CommandFailure {
      Terminal.complain(failure.description)
      exit(withError: ExitCode(failure.status.rawValue))
    } catch {
      exit(withError: error)
    }
  }
}
