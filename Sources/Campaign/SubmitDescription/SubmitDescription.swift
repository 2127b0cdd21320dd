import CondorJob
import Deletion
import FoundationEssentials

/// The submit description of a round: what condor_submit gets, started in the round's folder.
public struct SubmitDescription: Sendable, Equatable {
  /// The campaign.
  public var manifest: CampaignManifest
  /// The round and its jobs.
  public var round: RoundRecord
  /// The jobs' needs.
  public var settings: JobSettings
  /// Where they go.
  public var target: Submission.Target
  /// A path on the worker nodes that is used as the payload; nil: the one in the campaign's folder.
  public var payload: String?

  /// Makes the value.
  public init(
    manifest: CampaignManifest, round: RoundRecord, settings: JobSettings, target: Submission.Target,
    payload: String?
  ) {
    self.manifest = manifest
    self.round = round
    self.settings = settings
    self.target = target
    self.payload = payload
  }

  /// The text. Throws ``CampaignError`` for what can't be written.
  public func text() throws -> String {
    let head =
      "# Round \(round.round) of the campaign \(SubmitText.label(manifest.id)): \(round.files) files."
    let groups = [
      try universe(), try files(), try needs(), try credentials(), try endings(), try attributes(),
      throttle(),
    ]
    var lines = [head]
    for group in groups where !group.isEmpty { lines += [""] + group }
    lines += ["", "queue job from ("] + round.jobs.map { $0.id.description } + [")"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether the jobs go on from here to another system, by HTCondor's gridmanager.
  var isGrid: Bool { target.ce != nil || target.gridResource != nil }

  private func universe() throws -> [String] {
    let label = SubmitText.label(manifest.name)
    let name = "batch_name = \(try SubmitText.plain(label.isEmpty ? manifest.id : label))"
    if let ce = target.ce {
      return [
        "universe = grid", "grid_resource = \(try SubmitText.plain(GridResource.ofCE(ce)))", name,
        // What the compute element's own submit would have put there. A router sees these.
        "My.remote_JobUniverse = 5",
        "My.remote_ShouldTransferFiles = \"YES\"",
        "My.remote_WhenToTransferOutput = \"ON_EXIT\"",
        "My.remote_Requirements = \(try requirements(withSite: false) ?? "True")",
        "My.maxWallTime = \(settings.maxWallMinutes)",
        "My.maxMemory = \(settings.memory)",
        "My.xcount = \(settings.cpus)",
      ]
    }
    if let resource = target.gridResource {
      return ["universe = grid", "grid_resource = \(try SubmitText.plain(resource))", name]
    }
    return ["universe = vanilla", name]
  }

  private func files() throws -> [String] {
    // Seen from the round's folder, and from a job's.
    let up = round.round == 1 ? "" : "../"
    var inputs = [JobFolder.Name.job, JobFolder.Name.list, "../../\(JobFolder.Name.protected)"]
    if payload == nil { inputs.append("../../\(up)payload/\(PayloadFiles.executable)") }
    let outputs = "\(JobFolder.Name.report), \(JobFolder.Name.journal)"
    var lines = [
      "executable = \(up)payload/\(PayloadFiles.wrapper)",
      "arguments = \(try SubmitText.arguments(arguments))",
      "environment = \(try SubmitText.environment(environment))",
      "initialdir = jobs/$(job)",
      "should_transfer_files = YES",
      "transfer_input_files = \(inputs.joined(separator: ", "))",
      "transfer_output_files = \(outputs)",
      "output = \(JobFolder.Name.output)",
      "error = \(JobFolder.Name.errorOutput)",
      "log = ../../events.log",
      "log_xml = True",
      "notification = never",
    ]
    if isGrid {
      lines.append("when_to_transfer_output = ON_EXIT")
    } else {
      lines += [
        "when_to_transfer_output = ON_EXIT_OR_EVICT",
        "transfer_checkpoint_files = \(JobFolder.Name.journal), \(JobFolder.Name.report)",
        "checkpoint_exit_code = \(ExitStatus.checkpoint.rawValue)",
      ]
    }
    return lines
  }

  /// The wrapper reads these: it makes the report and the journal before the payload starts, because HTCondor holds a job
  /// that lacks a file of transfer_output_files. The deadline is that of `max-wall-minutes`.
  private var arguments: [String] {
    var arguments = [
      "delete", "--job", JobFolder.Name.job, "--report", JobFolder.Name.report, "--journal",
      JobFolder.Name.journal, "--deadline", "auto",
    ]
    if !isGrid {
      arguments += ["--checkpoint", "--checkpoint-every", "\(settings.checkpointMinutes * 60)"]
    }
    for (option, value) in [
      ("--concurrency", settings.concurrency), ("--max-rate", settings.maxRate),
      ("--timeout", settings.timeout),
    ] {
      if let value { arguments += [option, "\(value)"] }
    }
    if settings.prunesDirectories { arguments.append("--prune-empty-directories") }
    return arguments
  }

  private var environment: [JobSettings.Variable] {
    var variables = [
      JobSettings.Variable(name: "SWAB_MIN_FAIL_SECONDS", value: "\(settings.minimumFailSeconds)")
    ]
    if let payload { variables.append(.init(name: "SWAB_PAYLOAD", value: payload)) }
    let own = Set(variables.map(\.name))
    return variables + settings.environment.filter { !own.contains($0.name) }
  }

  private func endings() throws -> [String] {
    let lease = "My.JobLeaseDuration = \(Self.lease)"
    let removal = JobPolicy.removal(heldHours: settings.heldHours, expires: try manifest.expiry())
    var lines = [lease, "periodic_remove = \(removal.when)", "My.PeriodicRemoveReason = \(removal.reason)"]
    if !isGrid {
      lines += [
        "max_retries = \(settings.retries)", "retry_until = \(JobPolicy.noUseInRetrying)",
        "periodic_release = \(JobPolicy.release)",
      ]
    }
    return lines
  }

  /// As WMAgent has it (SimpleCondorPlugin): as long as the machine may sleep.
  private static let lease =
    "(isUndefined(MachineAttrMaxHibernateTime0) ? 1200 : MachineAttrMaxHibernateTime0)"

  /// HTCondor 23.9 accepts these together with -spool, and then holds the jobs: their files stay behind.
  private func throttle() -> [String] {
    guard isThrottled else { return [] }
    var lines: [String] = []
    if settings.maxMaterialize > 0 { lines.append("max_materialize = \(settings.maxMaterialize)") }
    if settings.maxIdle > 0 { lines.append("max_idle = \(settings.maxIdle)") }
    return lines
  }

  /// Whether the schedd makes the jobs bit by bit.
  var isThrottled: Bool {
    guard !target.spool else { return false }
    return [settings.maxMaterialize, settings.maxIdle].contains { $0 > 0 && $0 < round.jobs.count }
  }
}
