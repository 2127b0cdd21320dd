import ArgumentParser
import CommandSupport

/// `swab-submit`: turns a list of unneeded files into HTCondor jobs, and their reports into one account.
struct SwabSubmit: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "swab-submit",
    abstract:
      "Turns a list of a site's unneeded files into HTCondor jobs that delete them, and follows them.",
    discussion: """
      A campaign is a folder: "plan" makes it, "submit" hands its jobs to HTCondor, "status" follows them, "collect" \
      puts their reports together, "resubmit" makes a next round of what is left.

      Exit codes:
      \(ExitCodeTable.text())
      """,
    version: Version.text("swab-submit"),
    subcommands: [
      PlanCommand.self, SubmitCommand.self, StatusCommand.self, CollectCommand.self, ResubmitCommand.self,
      RemoveCommand.self,
    ])
}
