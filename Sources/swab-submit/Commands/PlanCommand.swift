import ArgumentParser
import Campaign
import CommandSupport
import DeletionModel
import FoundationEssentials

/// `swab-submit plan`.
struct PlanCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Make a campaign from a list of unneeded files. Deletes nothing.",
    discussion: """
      Reads the list, leaves out what is protected, excluded or not below an allowed root, cuts the rest into jobs \
      along directories, and writes the campaign's directory, whole or not at all. \
      Never planned, whatever the list says: \(CampaignPlanner.ownExclusions.joined(separator: ", ")).

      A list is a file (one LFN a line, a JSON array of strings, or JSON lines with an "lfn" key, each plain or \
      gzipped), or the URL of the Rucio consistency monitor, such as https://cmsweb.cern.ch/rucioconmon/unmerged: the \
      scan has to be done, and the same before and after. Servers are shown the X.509 proxy or certificate that is \
      found in the usual places, else a bearer token.

      The jobs refuse to run when the list has reached --max-age, but not within a day of planning.
      """)

  @OptionGroup var messages: MessageOptions

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
      "Plan nothing at, above or below this path, by component. May be given more than once.",
      valueName: "prefix"))
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
      "Plan only below this directory. May be given more than once. (default: /store/unmerged/)",
      valueName: "prefix"))
  var allow: [String] = []

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Upper limit on files per job. auto: 5000; fewer, but at least 500, so that a short list makes 20 jobs; more, so that a long one makes at most about 2000.",
      valueName: "n|auto"))
  var filesPerJob = "auto"

  @Option(
    name: .long,
    help: ArgumentHelp("Upper limit on files of the campaign; the first ones are taken.", valueName: "n"))
  var maxFiles: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Plan nothing, and exit with 65, where the campaign would have more files than this. (default: the configuration's max-delete)",
      valueName: "n"))
  var maxDelete: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How old the list may be: since the scan began, or since the file was written.", valueName: "hours"))
  var maxAge = 72.0

  @Option(
    name: .long,
    help: ArgumentHelp(
      "For a list that is a file: what the consistency monitor's stats says of its scan, whose time and count then count as those of the list.",
      valueName: "file"))
  var stats: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The RSE's last campaign: a list with fewer than half of the entries that it has left is refused, and so are protected lists with fewer than half of its own. Without it protected lists are compared to those of the RSE's newest campaign in the same directory.",
      valueName: "dir"))
  var last: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Plan even if this would be refused: \(Acceptance.text(Acceptance.ofPlan)). May be given more than once.",
      valueName: "what"),
    completion: .list(Acceptance.ofPlan.map(\.rawValue)),
    transform: { try Acceptance.named($0, of: Acceptance.ofPlan) })
  var accept: [Acceptance] = []

  @Option(name: .long, help: ArgumentHelp("The campaign's name. (default: RSE and date)", valueName: "name"))
  var name: String?

  @Option(
    name: .long, help: ArgumentHelp("A configuration of the submitter, which is copied.", valueName: "file"))
  var config: String?

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp("The campaign's directory. It must be empty or not there.", valueName: "dir"))
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
        web: HTTPListClient(environment: ProcessEnvironment.current, stop: stop),
        tool: "swab-submit \(Release.version) (\(Version.commit))", stop: stop
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
    request.maxDelete = maxDelete
    request.maxAge = maxAge
    request.name = name
    request.stats = stats
    request.last = last
    request.accepted = Set(accept)
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
