import ArgumentParser
import Backends
import Campaign
import CommandSupport
import Deletion

/// `swab-submit collect`.
struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Fetch what the jobs have left, and put their reports together to one.",
    discussion: """
      Writes campaign-report.json (what has become of every file) and residual.lfns.gz (what is not gone) into the \
      campaign's folder. Can be repeated at any time; as long as jobs are to come the report is "incomplete" and the \
      exit code 75.
      """)

  @OptionGroup var campaign: CampaignArgument

  @Flag(name: .long, help: "Print the report without its files instead of a summary.")
  var json = false

  @Option(name: .long, help: ArgumentHelp("Write a page for a browser as well.", valueName: "file"))
  var html: String?

  func run() async throws {
    do {
      let (_, report) = try await CampaignCollection(campaign.folder).run()
      if let html {
        do {
          try CampaignPage.write(report, to: html)
        } catch {
          throw CommandFailure(.cannotReport, "the page can't be written: \(error)")
        }
      }
      if json {
        Terminal.write(report.withoutFiles)
      } else {
        for line in CollectText.lines(report) { Terminal.say(line) }
        Terminal.say("report    \(campaign.folder.report)")
        if report.totals.counts.notGone > 0 { Terminal.say("residual  \(campaign.folder.residual)") }
      }
      if report.exit.status != .allGone { throw ExitCode(report.exit.status.rawValue) }
    } catch let code as ExitCode {
      throw code
    } catch {
      throw CommandFailure(error)
    }
  }
}
