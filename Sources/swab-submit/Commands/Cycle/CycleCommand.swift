import ArgumentParser
import Campaign
import CommandSupport
import Cycle
import FoundationEssentials
import Glibc

/// `swab-submit cycle`.
struct CycleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cycle",
    abstract: "Clean all RSEs, cycle after cycle, without a person.",
    discussion: """
      "run" is one pass over all RSEs of a configuration: it plans a campaign where there is a new scan, submits it, follows \
      it, collects it and makes further rounds. A timer starts it again and again. Everything is in the directory that the \
      configuration names as "state".
      """,
    subcommands: [
      CycleRunCommand.self, CycleStatusCommand.self, CycleExplainCommand.self, CycleApproveCommand.self,
      CycleFreezeCommand.self, CycleUnfreezeCommand.self, CycleConfigCommand.self, CycleExportCommand.self,
    ])
}

/// What all commands of the cycle take.
struct CycleOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The configuration file. (default: $SWAB_CYCLE_CONFIG, else /etc/swab/cycle.ini)", valueName: "file"))
  var config: String?

  @OptionGroup var messages: MessageOptions

  /// Reads it. Throws ``CampaignError``.
  func file() throws -> CycleFile {
    let file = try CycleFile(
      path: config ?? ProcessEnvironment.current["SWAB_CYCLE_CONFIG"] ?? "/etc/swab/cycle.ini")
    return file.with(Fleet.read(StateDirectory(file.cycle.state)), now: Date())
  }
}

/// One RSE of a configuration, for the commands that are about one.
struct CycleRSEArgument: ParsableArguments {
  @Argument(help: "The RSE.")
  var rse: String

  @OptionGroup var options: CycleOptions

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  /// The configuration, and where what belongs to the RSE is. Throws `CampaignError`, `CommandFailure`.
  func locate() throws -> (file: CycleFile, directory: RSEDirectory) {
    let file = try options.file()
    try file.check(rse)
    return (file, StateDirectory(file.cycle.state).rse(rse))
  }
}

extension CycleFile {
  /// Refuses an RSE that is not among those of the configuration. Throws `CommandFailure`.
  func check(_ rse: String) throws {
    guard followed.contains(rse) else {
      throw CommandFailure(
        .usage,
        "\(rse) is not among the RSEs of \(name): give it a section [rse \(rse)], or name it in [cycle] rses")
    }
  }
}

/// Who it is that says something.
enum CommandUser {
  static var name: String {
    // No name service: see the static executable.
    ProcessEnvironment.current["SUDO_USER"] ?? ProcessEnvironment.current["LOGNAME"]
      ?? ProcessEnvironment.current["USER"] ?? "user \(getuid())"
  }
}
