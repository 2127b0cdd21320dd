import ArgumentParser
import Campaign
import CommandSupport
import Deletion
import FoundationEssentials

/// `swab-submit plan`.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Make a campaign from a list of unneeded files. Deletes nothing.",
    discussion: """
      Reads the list, leaves out what is protected, excluded or not below an allowed root, cuts the rest into jobs \
      along directories, and writes the campaign's folder, whole or not at all. \
      Never planned, whatever the list says: \(CampaignPlanner.ownExclusions.joined(separator: ", ")).

      A list is a file (one LFN a line, a JSON array of strings, or JSON lines with an "lfn" key, each plain or \
      gzipped), or the URL of the Rucio consistency monitor, such as https://cmsweb.cern.ch/rucioconmon/unmerged: the \
      scan has to be done, and the same before and after. Servers are shown the X.509 proxy or certificate that is \
      found in the usual places, else a bearer token.

      The jobs refuse to run when the list has reached --max-age, but not within a day of planning.
      """)

  @Option(name: .long, help: ArgumentHelp("The RSE to delete from.", valueName: "rse"))
  var rse: String

  @Option(name: .long, help: ArgumentHelp("The site whose worker nodes run the jobs.", valueName: "site"))
  var site: String

  @Option(name: .long, help: ArgumentHelp("The list of unneeded files.", valueName: "file|url"))
  var from: String

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Protected LFNs, in any form of a list or as WMStats gives them: nothing at, above or below one of them is planned. At least one; may be given more than once.",
      valueName: "file|url"))
  var protected: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Plan nothing at or below this path, by component. May be given more than once.", valueName: "prefix"))
  var exclude: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Plan only what is at or below this path, by component. May be given more than once.",
      valueName: "prefix"))
  var include: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Plan only below this folder. May be given more than once. (default: /store/unmerged/)",
      valueName: "prefix"))
  var allow: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The most files of one job. auto: 5000, fewer (from 500 on) for 20 jobs of a short list, more for at most some 2000 of a long one.",
      valueName: "n|auto"))
  var filesPerJob = "auto"

  @Option(name: .long, help: ArgumentHelp("The most files of the campaign: the first ones.", valueName: "n"))
  var maxFiles: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How old the list may be: since the scan began, or since the file was written.", valueName: "hours"))
  var maxAge = 72.0

  @Option(name: .long, help: ArgumentHelp("The campaign's name. (default: RSE and date)", valueName: "name"))
  var name: String?

  @Option(
    name: .long, help: ArgumentHelp("A configuration of the submitter, which is copied.", valueName: "file"))
  var config: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The campaign's folder. It must be empty or not there.", valueName: "dir"))
  var output: String

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() throws {
    let stop = StopSignal()
    let watch = SignalWatch { stop.stop($0) }
    defer { withExtendedLifetime(watch) {} }
    let plan: CampaignPlan
    do {
      plan = try CampaignPlanner(
        web: CurlWebDoor(environment: ProcessEnvironment.current, stop: stop),
        tool: "swab-submit \(Version.number) (\(Version.commit))", stop: stop
      ).plan(request())
    } catch {
      throw CommandFailure(error)
    }
    if json {
      Terminal.write(try CampaignFiles.text(plan))
    } else {
      for line in PlanText.lines(plan, now: Date()) { Terminal.say(line) }
    }
  }

  private func request() throws -> PlanRequest {
    var request = PlanRequest(rse: rse, site: site, from: from, protected: protected, output: output)
    request.exclude = exclude
    request.include = include
    request.allow = allow
    request.maxFiles = maxFiles
    request.maxAge = maxAge
    request.name = name
    request.configuration = config
    if filesPerJob != "auto" {
      guard let number = Int(filesPerJob) else {
        throw CommandFailure(.usage, "--files-per-job is auto or a number")
      }
      request.filesPerJob = number
    }
    return request
  }
}
