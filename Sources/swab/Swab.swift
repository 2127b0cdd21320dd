import ArgumentParser
import CommandSupport
import DeletionModel
import JobReports

/// `swab`: deletes the files that a CMS site no longer needs, from inside.
struct Swab: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swab",
    abstract: "Deletes the files that a CMS site no longer needs, from one of its worker nodes.",
    discussion: """
      Reads the site's own configuration (SITECONF), maps each logical file name (LFN) to a physical one (PFN), \
      deletes it through the backend that fits, and reports the outcome of every file as JSON.

      Exit codes:
      \(ExitCodeTable.text(ExitStatus.allCases.map { ($0, $0.meaning) }))
      """,
    version: Version.text("swab"),
    subcommands: [
      DeleteCommand.self, ResolveCommand.self, CheckCommand.self, BackendsCommand.self, ReportCommand.self,
      SchemaCommand.self,
    ])
}
