import ArgumentParser
import Campaign
import CommandSupport
import DeletionModel

/// `swab-submit remove`.
struct RemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Remove a campaign's jobs from the queue.",
    discussion: """
      The jobs of all rounds are removed, wherever they were submitted to. A running job stops; what it has deleted \
      stays deleted. "collect" counts the files of jobs without a report as not gone. Where the schedd that answers does \
      not know jobs that have not ended by the event log, the exit code is 69.
      """)

  @OptionGroup var campaign: CampaignArgument

  @Flag(name: .long, help: "Print JSON: how many jobs were removed at which schedd.")
  var json = false

  func run() async throws { try await Interruptible.run { try await work() } }

  private func work() async throws {
    do {
      let tools = CondorTools(environment: ProcessEnvironment.current)
      let removed = try await JobRemoval.remove(campaign.directory, tools: tools)
      if json {
        Terminal.write(RemovalDocument(removed: removed).json)
        return try await JobRemoval.checkNoneIsOutOfSight(campaign.directory, queue: tools)
      }
      if removed.isEmpty { Terminal.say("nothing was submitted: there is nothing to remove") }
      for removal in removed {
        Terminal.say(
          "removed \(MessageText.counted(removal.jobs, "job")) at \(removal.target.scheddText)"
            + (removal.ended > 0 ? "; \(removal.ended) have ended, and \"collect\" fetches their output" : "")
        )
      }
      try await JobRemoval.checkNoneIsOutOfSight(campaign.directory, queue: tools)
    } catch {
      throw CommandFailure(error)
    }
  }
}
