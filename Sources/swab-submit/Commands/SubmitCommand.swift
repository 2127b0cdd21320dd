import ArgumentParser
import ByteStreams
import Campaign
import CommandSupport
import Deletion
import FoundationEssentials
import SystemPackage

/// `swab-submit submit`.
struct SubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Hand the jobs of a campaign to HTCondor.",
    discussion: """
      Submits the newest round, once: a second call says that it is submitted, also after a crash in the middle. The \
      protected lists are read again right before. Works through HTCondor's own tools (condor_submit, condor_q, \
      condor_history, condor_rm), which have to be on the PATH.
      """)

  @OptionGroup var campaign: CampaignArgument
  @OptionGroup(title: "Where") var place: TargetOptions
  @OptionGroup(title: "What") var what: JobOptions

  @Flag(name: .long, help: "Don't ask.")
  var yes = false

  @Flag(name: .long, help: "Print the submit description, and do nothing.")
  var dryRun = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() async throws {
    do {
      try await submit()
    } catch {
      throw CommandFailure(error)
    }
  }

  private func submit() async throws {
    let tools = CondorTools(environment: ProcessEnvironment.current)
    let submitter = CampaignSubmitter.make(campaign.folder, tools)
    switch try await submitter.prepare(what.options(target: place.target()), dryRun: dryRun) {
    case .submitted(let submission, let manifest, let round):
      SubmissionText.print(submission, manifest, round, isNew: false, asJSON: json)
    case .ready(let prepared):
      for warning in prepared.warnings { Terminal.complain("warning: \(warning)") }
      if dryRun { return Terminal.write(Array(prepared.description.utf8)) }
      if !yes { try confirm(prepared) }
      let submission = try await submitter.submit(prepared)
      SubmissionText.print(submission, prepared.manifest, prepared.round, isNew: true, asJSON: json)
    }
  }

  private func confirm(_ prepared: CampaignSubmitter.Prepared) throws {
    for line in SubmissionText.question(prepared) { Terminal.note(line) }
    guard Terminal.canAsk else {
      throw CommandFailure(.usage, "nobody can be asked here: give --yes to submit")
    }
    guard Terminal.ask("Type \"yes\" to submit: ") == "yes" else {
      throw CommandFailure(.usage, "not submitted")
    }
  }
}

/// What the jobs consist of.
struct JobOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "The static executable swab: a file here, or a path below /cvmfs/ on the worker nodes.")
  var payload: String?

  @Option(name: .long, help: "The script swab-job.sh.")
  var wrapper: String?

  @Option(name: .long, help: "A configuration file instead of the one given to \"plan\".")
  var config: String?

  /// All of it, for the library.
  func options(target: Submission.Target) -> CampaignSubmitter.Options {
    var options = CampaignSubmitter.Options()
    options.target = target
    options.payload = payload
    options.wrapper = wrapper
    options.configuration = config
    options.program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return options
  }
}

extension CampaignSubmitter {
  /// For a command: protected lists are read again from files and servers.
  static func make(_ folder: CampaignFolder, _ tools: CondorTools) -> CampaignSubmitter {
    let web = CurlWebDoor(environment: ProcessEnvironment.current)
    return CampaignSubmitter(folder, tools: tools, refresh: ProtectedRefresh(web: web))
  }
}
