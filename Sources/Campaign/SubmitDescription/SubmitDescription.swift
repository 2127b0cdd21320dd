import CondorJob
import DeletionModel
import HTTPTransport
import JobReports
import FoundationEssentials

/// The submit description of a round: what condor_submit gets, started in the round's directory.
package struct SubmitDescription: Sendable, Equatable {
  /// The campaign.
  package var manifest: CampaignManifest
  /// The round, with the jobs that are submitted.
  package var round: RoundRecord
  /// Whether the round has more jobs, which are left for the next one.
  package var isPart = false
  /// The jobs' needs.
  package var settings: JobSettings
  /// Where they go.
  package var target: Submission.Target
  /// A path on the worker nodes that is used as the payload, or a URL that they fetch it from; nil: the one in the
  /// campaign's directory.
  package var payload: String?
  /// Whether the jobs have the macaroon in the round's directory as their only credential.
  package var hasMacaroon = false

  package init(
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
  package func text() throws -> String {
    let head =
      "# Round \(round.round) of the campaign \(SubmitText.label(manifest.id)): \(round.files) files."
    let groups = [
      try universe(), try files(), try needs(), try credentials(), try endings(), try attributes(),
      try throttle(),
    ]
    var lines = [head]
    for group in groups where !group.isEmpty { lines += [""] + group }
    lines += ["", "queue job from ("] + round.jobs.map { $0.id.description } + [")"]
    return lines.joined(separator: "\n") + "\n"
  }

  /// Whether the jobs are passed on to another system, by HTCondor's gridmanager.
  var isGrid: Bool { target.ce != nil || target.gridResource != nil }

  /// Where the worker nodes fetch the payload from; nil where they don't.
  private var payloadURL: String? { payload.flatMap { HTTPURL.isMeant(by: $0) ? $0 : nil } }

  private func universe() throws -> [String] {
    let label = SubmitText.label(manifest.name)
    let name = "batch_name = \(try SubmitText.plain(label.isEmpty ? manifest.id : label))"
    if let ce = target.ce {
      return [
        "universe = grid", "grid_resource = \(try SubmitText.plain(Self.gridResource(ofCE: ce)))", name,
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
    // Seen from the round's directory, and from a job's.
    let up = round.round == 1 ? "" : "../"
    // The journal comes back after each run, and goes out with the next one, which then resumes where that one ended.
    let journal = JobDirectory.journalName(campaign: manifest.id)
    var inputs = [
      JobDirectory.Name.job, JobDirectory.Name.list, journal, "../../\(JobDirectory.Name.protected)",
    ]
    if let url = payloadURL {
      inputs.append(try SubmitText.plain(url))
    } else if payload == nil {
      inputs.append("../../\(up)payload/\(PayloadFiles.executable)")
    }
    if hasMacaroon { inputs.append("../../\(JobDirectory.Name.macaroon)") }
    let outputs = "\(JobDirectory.Name.report), \(journal)"
    var lines = [
      "executable = \(up)payload/\(PayloadFiles.wrapper)",
      "arguments = \(try SubmitText.arguments(arguments))",
      "environment = \(try SubmitText.environment(environment))",
      "initialdir = jobs/$(job)",
      "should_transfer_files = YES",
      "transfer_input_files = \(inputs.joined(separator: ", "))",
      "transfer_output_files = \(outputs)",
      "output = \(JobDirectory.Name.output)",
      "error = \(JobDirectory.Name.errorOutput)",
      "log = ../../events.log",
      "log_xml = True",
      // By this the log's events are known as this campaign's.
      "submit_event_user_notes = \(try SubmitText.plain(note))",
      "notification = never",
    ]
    if isGrid {
      lines.append("when_to_transfer_output = ON_EXIT")
    } else {
      lines += [
        "when_to_transfer_output = ON_EXIT_OR_EVICT",
        "transfer_checkpoint_files = \(journal), \(JobDirectory.Name.report)",
        // What the job tells of its progress then stands in the log as well, also when it ends without a report.
        "job_ad_information_attrs = \(JobFacts.loggedAttributes.joined(separator: ", "))",
        "checkpoint_exit_code = \(ExitStatus.checkpoint.rawValue)",
      ]
    }
    return lines
  }

  private var note: String {
    EarlierJobs.note(
      campaign: manifest.id, round: round.round, jobs: isPart ? round.jobs.count : nil)
  }

  /// The wrapper reads these: it makes the report and the journal before the payload starts, because HTCondor holds a job
  /// that lacks a file of transfer_output_files. The deadline is that of `max-wall-minutes`.
  private var arguments: [String] {
    var arguments = [
      "delete", "--job", JobDirectory.Name.job, "--report", JobDirectory.Name.report, "--journal",
      JobDirectory.journalName(campaign: manifest.id), "--deadline", "auto",
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
    switch settings.notNewerThan {
    case .scan: arguments += ["--not-newer-than", manifest.source.latest]
    case .time(let time): arguments += ["--not-newer-than", time.text]
    case .off: break
    }
    if settings.noLook { arguments.append("--no-look") }
    if let frontend = settings.dcacheFrontend { arguments += ["--dcache-frontend", frontend] }
    if let url = settings.logURL { arguments += ["--log-url", url] }
    if let file = settings.logTokenFile { arguments += ["--log-token-file", file] }
    return arguments
  }

  private var environment: [JobSettings.Variable] {
    var variables = [
      JobSettings.Variable(name: "SWAB_MIN_FAIL_SECONDS", value: "\(settings.minimumFailSeconds)")
    ]
    if let payload, payloadURL == nil { variables.append(.init(name: "SWAB_PAYLOAD", value: payload)) }
    if hasMacaroon { variables.append(.init(name: "BEARER_TOKEN_FILE", value: JobDirectory.Name.macaroon)) }
    let own = Set(variables.map(\.name))
    return variables
      + settings.environment.filter { variable in
        !own.contains(variable.name) && !(hasMacaroon && Self.credentialVariables.contains(variable.name))
      }
  }

  /// By these a job would find another credential than its macaroon.
  static let credentialVariables: Set<String> = [
    "BEARER_TOKEN", "BEARER_TOKEN_FILE", "X509_USER_PROXY", "X509_USER_CERT", "X509_USER_KEY",
  ]

  private func endings() throws -> [String] {
    let lease = "My.JobLeaseDuration = \(Self.lease)"
    let removal = JobPolicy.removal(
      heldHours: settings.heldHours, isThrottled: isThrottled, expires: try manifest.expiry())
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

  /// How many jobs may delete from the storage at once.
  ///
  /// HTCondor 23.9 accepts `max_materialize` and `max_idle` together with -spool, and then holds the jobs: their files stay
  /// behind. There a concurrency limit takes their place, which the negotiator keeps (HTCondor manual, Concurrency
  /// Limits).
  private func throttle() throws -> [String] {
    var lines: [String] = []
    if let limits = settings.concurrencyLimits {
      lines.append("concurrency_limits = \(try SubmitText.plain(limits))")
    } else if let limit = concurrencyLimit {
      lines.append("concurrency_limits = \(limit)")
    }
    guard isThrottled else { return lines }
    if settings.maxMaterialize > 0 { lines.append("max_materialize = \(settings.maxMaterialize)") }
    if settings.maxIdle > 0 { lines.append("max_idle = \(settings.maxIdle)") }
    return lines
  }

  /// What a limit has that no pool has configured: CONCURRENCY_LIMIT_DEFAULT of HTCondor.
  static let defaultLimit = 2_308_032

  /// The limit of the RSE, and the share of it that each job takes: so that as many jobs as `max-materialize` run at once,
  /// over all campaigns. Nil where none is needed, or none would be kept.
  private var concurrencyLimit: String? {
    guard target.spool, !isGrid, settings.maxMaterialize > 0, settings.maxMaterialize < round.jobs.count
    else { return nil }
    let name = manifest.rse.lowercased().utf8.map {
      PlainName.isAlphanumeric($0) ? Character(Unicode.Scalar($0)) : "_"
    }
    return "swab.\(String(name)):\(max(1, Self.defaultLimit / settings.maxMaterialize))"
  }

  /// What can't be held to where the jobs go, a line each.
  var warnings: [String] {
    var warnings: [String] = []
    let others =
      [
        settings.oauthServices.isEmpty ? nil : "oauth-services",
        settings.x509Proxy == nil ? nil : "x509-proxy",
      ].compactMap { $0 } + settings.environment.map(\.name).filter(Self.credentialVariables.contains)
    if hasMacaroon, !others.isEmpty {
      warnings.append(
        "the jobs get a macaroon and no other credential: left out is what \(others.joined(separator: ", ")) would give them"
      )
    }
    guard target.spool else { return warnings }
    let jobs = round.jobs.count
    if settings.maxMaterialize > 0, settings.maxMaterialize < jobs, settings.concurrencyLimits == nil {
      if let limit = concurrencyLimit {
        warnings.append(
          "a spooled submission can't have max-materialize = \(settings.maxMaterialize): all \(jobs) jobs are in the queue at "
            + "once, and the concurrency limit \(limit) lets that many run, where the pool has HTCondor's own "
            + "CONCURRENCY_LIMIT_DEFAULT (\(Self.defaultLimit)); else set concurrency-limits")
      } else {
        warnings.append(
          "max-materialize = \(settings.maxMaterialize) can't be held to: a spooled submission hands all \(jobs) jobs on at once, "
            + "and no concurrency limit is kept there; submit fewer at a time with max-jobs, or set max-rate and concurrency"
        )
      }
    }
    if settings.maxIdle > 0, settings.maxIdle < jobs {
      warnings.append("max-idle = \(settings.maxIdle) can't be held to with a spooled submission")
    }
    return warnings
  }

  /// Whether the schedd makes the jobs bit by bit.
  var isThrottled: Bool {
    guard !target.spool else { return false }
    return [settings.maxMaterialize, settings.maxIdle].contains { $0 > 0 && $0 < round.jobs.count }
  }

  /// Where HTCondor's gridmanager takes jobs: a compute element by its host, its host and port, or in the full form
  /// `condor SCHEDD COLLECTOR`. An HTCondor-CE has its host's name, and its collector listens on port 9619.
  private static func gridResource(ofCE text: String) -> String {
    if text.hasPrefix("condor ") { return text }
    let host = text.split(separator: ":", maxSplits: 1).first.map(String.init) ?? text
    return "condor \(host) \(host == text ? "\(host):9619" : text)"
  }
}

extension CampaignManifest.Source {
  /// When a file of the list may have been written at the latest: when the scan had ended, else when the list was made. Both
  /// are known to the second, all of which counts.
  fileprivate var latest: String {
    guard let time = StorageTime(ended ?? made) else { return ended ?? made }
    return StorageTime(nanoseconds: time.nanoseconds + 999_999_999).text
  }
}
