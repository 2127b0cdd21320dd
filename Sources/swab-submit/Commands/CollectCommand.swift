import ArgumentParser
import Campaign
import CommandSupport
import DeletionModel

/// `swab-submit collect`.
struct CollectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "collect",
    abstract: "Fetch the output of the jobs, and merge their reports into one.",
    discussion: """
      Writes campaign-report.json (what has become of every file) and residual.lfns.gz (what is not gone) into the \
      campaign's directory. Can be repeated at any time; until all jobs have finished the report is "incomplete" and the \
      exit code 75, or 69 where the state of jobs cannot be determined. Files that are called absent where hardly any file was \
      found count as not gone (code "suspect"), and the exit code is 76.
      """)

  @OptionGroup var campaign: CampaignArgument

  @Flag(name: .long, help: "Print the report without its files instead of a summary.")
  var json = false

  @Flag(name: .long, help: CampaignCollection.assumeLostHelp)
  var assumeLost = false

  @Option(name: .long, help: ArgumentHelp("Write a page for a browser as well.", valueName: "file"))
  var html: String?

  func run() async throws { try await Interruptible.run { try await work() } }

  func validate() throws {
    if let html { try HTMLPage.check(html) }
  }

  private func work() async throws {
    do {
      let (_, record) = try await CampaignCollection(campaign.directory, assumeLost: assumeLost).run()
      if let html {
        do {
          try HTMLPage.write(record.page, to: html)
        } catch {
          throw CommandFailure(.cannotReport, "the page can't be written: \(error)")
        }
      }
      if json {
        Terminal.write(Array(record.report.utf8))
      } else {
        for line in record.lines { Terminal.say(line) }
      }
      if record.exit != 0 { throw ExitCode(record.exit) }
    } catch let code as ExitCode {
      throw code
    } catch {
      throw CommandFailure(error)
    }
  }
}
