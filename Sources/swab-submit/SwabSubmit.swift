import ArgumentParser
import CommandSupport
import JobReports

/// `swab-submit`: turns a list of unneeded files into HTCondor jobs, and their reports into one account.
struct SwabSubmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swab-submit",
    abstract:
      "Turns a list of a site's unneeded files into HTCondor jobs that delete them, and follows them.",
    discussion: """
      A campaign is a directory: "plan" makes it, "submit" hands its jobs to HTCondor, "status" follows them, "collect" \
      merges their reports, "resubmit" makes another round of what is left. It needs HTCondor's own tools.

      Exit codes:
      \(ExitCodeTable.text(exitCodes))
      """,
    version: Version.text("swab-submit"),
    subcommands: [
      PlanCommand.self, SubmitCommand.self, StatusCommand.self, CollectCommand.self, ResubmitCommand.self,
      RemoveCommand.self, ReportCommand.self, SchemaCommand.self, CycleCommand.self,
    ])

  static let exitCodes: [(status: ExitStatus, meaning: String)] = [
    (.allGone, "done; of \"collect\": every file is gone and nothing was refused"),
    (.someNotGone, "of \"collect\": some file is not gone"),
    (
      .usage,
      "wrong usage; a campaign is there already; a question that nobody answers, or answers with anything but yes"
    ),
    (.badInput, "a bad list, configuration or campaign; one that has expired, or that nothing is left of"),
    (.noInput, "an input file is missing or unreadable"),
    (
      .unavailable,
      "a server, a schedd or one of HTCondor's tools is unavailable, or the state of jobs cannot be determined"
    ),
    (.internalError, "an internal error"),
    (.cannotReport, "the campaign's directory could not be written"),
    (
      .stoppedEarly,
      "jobs have not finished; jobs of others delete from the RSE; another swab-submit is working on this campaign or cycle; or a signal ended it"
    ),
    (
      .suspect,
      "of \"collect\": files are called absent where hardly any file was found; they count as not gone"
    ),
    (.noPermission, "the schedd or the server refuses access"),
    (.badSiteConfig, "a wrong configuration of the cycle, or a SITECONF error"),
  ]
}
