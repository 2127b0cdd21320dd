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
      asks nobody.
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
      for rse in rses {
        let campaigns = directory.rse(rse).plannedCampaigns.map { directory.rse(rse).campaign($0.id) }
        for campaign in all ? campaigns : campaigns.suffix(1) {
          try await files.write(campaign) { Terminal.write($0) }
        }
      }
    } catch {
      throw CommandFailure(error)
    }
  }
}
