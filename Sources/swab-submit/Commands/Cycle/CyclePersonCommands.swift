import ArgumentParser
import Campaign
import CommandSupport
import Cycle
import FoundationEssentials

/// `swab-submit cycle approve`.
struct CycleApproveCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "approve",
    abstract: "Let a campaign go on that waits for a person's approval.",
    discussion: "Holds for the campaign that is planned now, and for no other. The next pass submits it.")

  @OptionGroup var one: CycleRSEArgument

  func run() throws {
    do {
      let directory = try one.locate().directory
      guard let state = try RSEHistory.state(directory), state.phase == .needsApproval,
        let campaign = state.campaign
      else { throw CommandFailure(.usage, "\(one.rse) does not wait for an approval") }
      let word = PersonFile(time: Date().formatted(.iso8601), user: CommandUser.name, campaign: campaign)
      try word.write(to: directory.approved)
      if one.json { return Terminal.write(try CampaignFiles.text(word)) }
      Terminal.say("\(campaign): approved, \(state.detail ?? ""); the next pass submits it")
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// `swab-submit cycle freeze`.
struct CycleFreezeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "freeze",
    abstract: "Stop planning and submitting for an RSE.",
    discussion: """
      Holds until "unfreeze", also for a pass that is at work. Jobs that are in a queue are followed and collected; \
      "swab-submit remove" takes them off.
      """)

  @OptionGroup var one: CycleRSEArgument

  @Option(name: .long, help: ArgumentHelp("Why, for those who read it.", valueName: "text"))
  var reason: String?

  func run() throws {
    do {
      let directory = try one.locate().directory
      try directory.make()
      let word = PersonFile(time: Date().formatted(.iso8601), user: CommandUser.name, reason: reason)
      try word.write(to: directory.frozen)
      if one.json { return Terminal.write(try CampaignFiles.text(word)) }
      Terminal.say("\(one.rse) is frozen: nothing new is planned or submitted for it")
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// `swab-submit cycle unfreeze`.
struct CycleUnfreezeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unfreeze", abstract: "Let an RSE that was frozen go on.")

  @OptionGroup var one: CycleRSEArgument

  func run() throws {
    do {
      let directory = try one.locate().directory
      let was = FileManager.default.fileExists(atPath: directory.frozen)
      if was {
        do { try FileManager.default.removeItem(atPath: directory.frozen) } catch {
          throw CommandFailure(.cannotReport, "\(directory.frozen) cannot be removed")
        }
      }
      if one.json { return Terminal.write(UnfreezeDocument(rse: one.rse, wasFrozen: was).json) }
      Terminal.say(was ? "\(one.rse) goes on with the next pass" : "\(one.rse) was not frozen")
    } catch {
      throw CommandFailure(error)
    }
  }
}

extension PersonFile {
  fileprivate func write(to path: String) throws {
    do { try CampaignFiles.write(self, to: path) } catch { throw CommandFailure(.cannotReport, "\(error)") }
  }
}
