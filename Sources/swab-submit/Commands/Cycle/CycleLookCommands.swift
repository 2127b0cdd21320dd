import ArgumentParser
import Campaign
import CommandSupport
import Cycle
import DeletionModel
import FoundationEssentials

/// `swab-submit cycle status`.
struct CycleStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status",
    abstract: "Show how all RSEs stand.",
    discussion: "Reads what the last passes have written, and asks nobody.")

  @OptionGroup var options: CycleOptions

  @Flag(name: .long, help: "Only RSEs for which a person has to do something.")
  var attention = false

  @Flag(name: .long, help: "Print JSON, as in status.json.")
  var json = false

  func run() throws {
    do {
      let file = try options.file()
      var status = CycleStatus(file, now: Date())
      if attention { status.rows = status.rows.filter(\.needsPerson) }
      if json { return Terminal.write(status.json) }
      for line in CycleText.lines(status) { Terminal.say(line) }
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// `swab-submit cycle explain`.
struct CycleExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say in sentences how an RSE came to stand as it does.")

  @OptionGroup var one: CycleRSEArgument

  func run() throws {
    do {
      let (file, directory) = try one.locate()
      let status = CycleStatus(file, rses: [one.rse], now: Date())
      let history = RSEHistory.events(directory)
      guard let row = status.rows.first else { return }
      let lines = Explanation.lines(row, try file.effective(one.rse), history)
      if one.json {
        return Terminal.write(ExplanationDocument(state: row.state, sentences: lines).json)
      }
      for line in lines { Terminal.say(MessageText.oneLine(line, limit: 2000)) }
    } catch {
      throw CommandFailure(error)
    }
  }
}

/// `swab-submit cycle config`.
struct CycleConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "config",
    abstract: "Print what holds for an RSE, and from which section each value comes.",
    discussion:
      "Without an RSE it prints the RSEs. The whole file is checked in any case; a bad one ends with 78.")

  @Argument(help: "The RSE.")
  var rse: String?

  @OptionGroup var options: CycleOptions

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    do {
      let file = try options.file()
      guard let rse else {
        if json { return Terminal.write(ConfigurationDocument.json(file)) }
        for rse in file.rses { Terminal.say(rse) }
        return
      }
      try file.check(rse)
      let effective = try file.effective(rse)
      if json { return Terminal.write(ConfigurationDocument.json(effective)) }
      for line in CycleText.lines(effective) { Terminal.say(line) }
    } catch {
      throw CommandFailure(error)
    }
  }
}
