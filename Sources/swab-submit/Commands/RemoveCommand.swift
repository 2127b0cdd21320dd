import ArgumentParser
import Campaign
import CommandSupport
import Deletion

/// `swab-submit remove`.
struct RemoveCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "remove",
    abstract: "Take a campaign's jobs off the queue.",
    discussion: """
      The jobs of all rounds are removed, wherever they were submitted to. A running job stops; what it has deleted by \
      then is deleted. "collect" counts the files of jobs without a report as not gone.
      """)

  @OptionGroup var campaign: CampaignArgument

  func run() async throws {
    do {
      let tools = CondorTools(environment: ProcessEnvironment.current)
      let removed = try await JobRemoval.remove(campaign.folder, tools: tools)
      if removed.isEmpty { Terminal.say("nothing was submitted: there is nothing to remove") }
      for place in removed {
        Terminal.say(
          "removed \(place.jobs) job\(place.jobs == 1 ? "" : "s") at \(place.target.scheddInWords)"
            + (place.ended > 0 ? "; \(place.ended) have ended, and \"collect\" fetches their output" : ""))
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}
