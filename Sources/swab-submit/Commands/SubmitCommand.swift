import ArgumentParser
import ByteStreams
import Campaign
import CommandSupport
import DeletionModel
import FoundationEssentials
import SystemPackage

/// `swab-submit submit`.
struct SubmitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "submit",
    abstract: "Hand the jobs of a campaign to HTCondor.",
    discussion: """
      Submits the newest round, once, or with --max-jobs the first jobs of it: what is left goes into the round that \
      "resubmit" makes when these have ended. A second call says that it is submitted, also after a crash in the middle. The \
      protected lists are read again right before. Works through HTCondor's own tools (condor_submit, condor_q, \
      condor_history, condor_rm), which have to be on the PATH.
      """)

  @OptionGroup var campaign: CampaignArgument
  @OptionGroup(title: "Where") var targetOptions: TargetOptions
  @OptionGroup(title: "What") var what: JobOptions

  @Flag(name: .long, help: "Don't ask.")
  var yes = false

  @Flag(name: .long, help: "Print the submit description, and do nothing.")
  var dryRun = false

  @Flag(name: .long, help: "Print JSON.")
  var json = false

  func run() async throws { try await Interruptible.run { try await work() } }

  private func work() async throws {
    do {
      try await submit()
    } catch {
      throw CommandFailure(error)
    }
  }

  private func submit() async throws {
    let tools = CondorTools(environment: ProcessEnvironment.current)
    let submitter = CampaignSubmitter.make(campaign.directory, tools)
    switch try await submitter.prepare(
      what.options(target: targetOptions.target()), dryRun: dryRun, asksSchedd: !yes)
    {
    case .submitted(let submission, let manifest, let round):
      SubmissionText.print(submission, manifest, round, isNew: false, asJSON: json)
    case .ready(let prepared):
      for warning in prepared.warnings { Terminal.warn(warning) }
      if dryRun { return Terminal.write(Array(prepared.description.utf8)) }
      if !yes { try confirm(prepared) }
      let done = try await submitter.submit(prepared) { Terminal.warn($0) }
      SubmissionText.print(
        done.submission, prepared.manifest, prepared.round, left: prepared.left, isNew: done.isNew,
        asJSON: json)
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
    help:
      "The static executable swab: a file here, a path below /cvmfs/ on the worker nodes, or an https URL that they fetch."
  )
  var payload: String?

  @Option(name: .long, help: "The script swab-job.sh.")
  var wrapper: String?

  @Option(name: .long, help: "A configuration file instead of the one given to \"plan\".")
  var config: String?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Submit the first jobs of the round only; the others go into the next round. 0: all. (default: the configuration's max-jobs)",
      valueName: "n"))
  var maxJobs: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Submit nothing, and exit with 65, where the campaign has more files than this. (default: the configuration's max-delete)",
      valueName: "n"))
  var maxDelete: Int?

  @Flag(
    name: .long,
    help:
      "Ask the storage's WebDAV door, with your own credential, for a macaroon that can only delete below the allowed root until the campaign expires, and give the jobs nothing else. (default: the configuration's macaroon)"
  )
  var macaroon = false

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Submit even if this would be refused: \(Acceptance.text(Acceptance.ofSubmit)). May be given more than once.",
      valueName: "what"),
    completion: .list(Acceptance.ofSubmit.map(\.rawValue)),
    transform: { try Acceptance.named($0, of: Acceptance.ofSubmit) })
  var accept: [Acceptance] = []

  func validate() throws {
    if let maxJobs, maxJobs < 0 { throw ValidationError("--max-jobs is a number from 0 on") }
    if let maxDelete, maxDelete < 0 { throw ValidationError("--max-delete is a number of files, 0 or more") }
  }

  /// All of it, for the library.
  func options(target: Submission.Target) -> CampaignSubmitter.Options {
    var options = CampaignSubmitter.Options()
    options.target = target
    options.payload = payload
    options.wrapper = wrapper
    options.configuration = config
    options.accepted = Set(accept)
    options.maxJobs = maxJobs
    options.maxDelete = maxDelete
    options.macaroon = macaroon
    options.program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    return options
  }
}

extension CampaignSubmitter {
  /// For a command: protected lists are read again from files and servers.
  static func make(_ directory: CampaignDirectory, _ tools: CondorTools) -> CampaignSubmitter {
    let web = HTTPListClient(environment: ProcessEnvironment.current)
    return CampaignSubmitter(
      directory, tools: tools, refresh: ProtectedRefresh(web: web), credentials: .ofThisMachine)
  }
}

extension JobCredentials {
  /// The site's configuration is read here, and doors are asked with the credentials of this process.
  static var ofThisMachine: JobCredentials {
    JobCredentials(files: SiteFiles(), client: HTTPMacaroonClient(environment: ProcessEnvironment.current))
  }
}
