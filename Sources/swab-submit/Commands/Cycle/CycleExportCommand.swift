import ArgumentParser
import Campaign
import CommandSupport
import Cycle
import FoundationEssentials

/// `swab-submit cycle export`.
struct CycleExportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export",
    abstract: "Print what came of it, for other programs.",
    discussion: """
      ms-unmerged: how RSEs stand, as WMCore's MSUnmerged keeps it: JSON. gone: the PFNs of files that are gone, one a line. \
      rucio-events: deletion events as Rucio's reaper writes them, JSON lines. Reads what the last passes have written, and \
      asks nobody. A campaign that is damaged is named, and keeps no other one back; the exit code then is not 0.
      """)

  /// What is printed.
  enum Form: String, ExpressibleByArgument, CaseIterable {
    case msUnmerged = "ms-unmerged"
    case gone
    case rucioEvents = "rucio-events"
  }

  @OptionGroup var options: CycleOptions

  @Option(name: .customLong("as"), help: ArgumentHelp("What to print.", valueName: "form"))
  var form: Form = .msUnmerged

  @Option(name: .long, help: ArgumentHelp("Only this RSE. May be given more than once.", valueName: "rse"))
  var only: [String] = []

  @Flag(
    name: .long,
    help: "With gone and rucio-events: all campaigns that are kept, not only the last one of each RSE.")
  var all = false

  func run() async throws {
    do {
      let file = try options.file()
      for rse in only { try file.check(rse) }
      let rses = only.isEmpty ? file.rses : only
      let directory = StateDirectory(file.cycle.state)
      guard let files = FileExport(rawValue: form.rawValue) else {
        return Terminal.write(MSUnmergedExport.json(CycleStatus(file, rses: rses, now: Date()), directory))
      }
      let problems = await files.write(rses.map(directory.rse), all: all) { Terminal.write($0) }
        .map(CommandFailure.init(_:))
      guard let first = problems.first else { return }
      for problem in problems { Terminal.complain(problem.description) }
      throw CommandFailure(
        first.status, "\(problems.count) of the campaigns could not be exported; the others were")
    } catch {
      throw CommandFailure(error)
    }
  }
}
