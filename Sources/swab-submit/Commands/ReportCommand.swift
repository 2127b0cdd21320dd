import ArgumentParser
import Campaign
import CommandSupport

/// `swab-submit report`.
struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Describe the format of a campaign report.",
    subcommands: [SchemaCommand.self])

  struct SchemaCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "schema", abstract: "Print the JSON Schema (draft 2020-12) of campaign-report.json.")

    @OptionGroup var messages: MessageOptions

    func run() { Terminal.say(CampaignReportSchema.text) }
  }
}
