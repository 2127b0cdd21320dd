import DeletionModel

/// What HTCondor knows of a job, from wherever it is known.
package struct JobFacts: Sendable, Equatable {
  /// Who says so.
  package enum Source: String, Sendable {
    /// `condor_q`.
    case queue
    /// `condor_history`.
    case history
    /// The event log of the round.
    case events
  }

  /// Who says so.
  package var source: Source
  /// `JobStatus`; nil for a number that is none.
  package var status: JobStatus?
  /// What it was before: tells a job that was removed after its end, as a spooled one has to be, from one that was
  /// removed before.
  package var earlierStatus: JobStatus?
  /// `HoldReasonCode`, of a held job.
  package var holdCode: Int?
  /// `HoldReasonSubCode`.
  package var holdSubcode: Int?
  /// HTCondor's own words.
  package var holdReason: String?
  /// `ExitCode`, where the job ended by itself. (`ExitStatus` is always 0.)
  package var exitCode: Int?
  /// `ExitSignal`, where a signal ended it.
  package var exitSignal: Int?
  /// HTCondor's own words for why it was removed.
  package var removeReason: String?
  /// How often it was started.
  package var starts = 0
  /// Where it runs, or ran last.
  package var host: String?
  /// The site of that machine, where machines advertise one.
  package var site: String?
  /// Time it had a slot, in seconds.
  package var seconds: Double?
  /// What the payload said of itself when it was last heard of.
  package var progress: JobProgress?
  /// `GlobalJobId`: no other job has it, at whatever schedd. Nil where only the event log is known.
  package var globalJobId: String?
  /// Runs that HTCondor ended and put back into the queue, as the job's policy (`max_retries`) wants it; by the event log.
  package var earlierRuns: [Run] = []

  /// A run of a job that was not its last one.
  package struct Run: Sendable, Equatable {
    /// The machine.
    package var host: String?
    /// The exit code; nil where a signal ended it.
    package var exitCode: Int?

    package init(host: String?, exitCode: Int?) {
      self.host = host
      self.exitCode = exitCode
    }
  }

  /// A job of this status.
  package init(_ source: Source, status: JobStatus?) {
    self.source = source
    self.status = status
  }

  /// Whether nothing can change any more: its end is written down.
  package var isFinal: Bool { source != .queue && status?.isLive == false }

  /// Whether the job ended by itself, whatever became of it then.
  package var hasEnded: Bool {
    status == .completed || (status == .removed && earlierStatus == .completed)
  }
}

/// What a running payload tells by chirp: how far it is. It stands in the job's ad, and with each later event in the event
/// log, also of a job that ends without a report.
package struct JobProgress: Sendable, Equatable {
  /// `ChirpSwabTotal`: files of the job.
  package var total: Int
  /// `ChirpSwabDone`: files settled, one way or the other.
  package var done: Int
  /// `ChirpSwabDeleted`: files deleted.
  package var deleted: Int
  /// `ChirpSwabFailed`: files that could not be deleted.
  package var failed: Int

  package init(total: Int, done: Int, deleted: Int, failed: Int) {
    self.total = total
    self.done = done
    self.deleted = deleted
    self.failed = failed
  }

  /// What an ad has of it; nil where the payload has told nothing.
  init?(_ ad: JobAttributes) {
    guard let total = ad.integer(Self.attributes[0]) else { return nil }
    let numbers = Self.attributes.dropFirst().map { max(0, ad.integer($0) ?? 0) }
    self.init(total: max(0, total), done: numbers[0], deleted: numbers[1], failed: numbers[2])
  }

  /// The attributes of a job's ad that it is in: ``total``, ``done``, ``deleted`` and ``failed``.
  static let attributes = ["ChirpSwabTotal", "ChirpSwabDone", "ChirpSwabDeleted", "ChirpSwabFailed"]
}

extension JobFacts {
  /// The attributes that are asked for.
  package static let attributes =
    [
      "ClusterId", "ProcId", "JobStatus", "LastJobStatus", "HoldReasonCode", "HoldReasonSubCode",
      "HoldReason",
      "ExitCode", "ExitBySignal", "ExitSignal", "RemoveReason", "NumJobStarts", "RemoteHost",
      "LastRemoteHost",
      "MachineAttrGLIDEIN_CMSSite0", "RemoteWallClockTime", "EnteredCurrentStatus",
      "JobMaterializeNextProcId",
      "GlobalJobId",
    ] + JobProgress.attributes

  /// From a job's ad.
  package init(_ source: Source, _ ad: JobAttributes) {
    self.init(source, status: ad.integer("JobStatus").flatMap(JobStatus.init))
    earlierStatus = ad.integer("LastJobStatus").flatMap(JobStatus.init)
    if status == .held {
      holdCode = ad.integer("HoldReasonCode")
      holdSubcode = ad.integer("HoldReasonSubCode")
      holdReason = CondorDiagnostic.line(ad.string("HoldReason"))
    }
    if ad.boolean("ExitBySignal") == true {
      exitSignal = ad.integer("ExitSignal")
    } else {
      exitCode = ad.integer("ExitCode")
    }
    if status == .removed { removeReason = CondorDiagnostic.line(ad.string("RemoveReason")) }
    starts = ad.integer("NumJobStarts") ?? 0
    host = Self.host(of: ad)
    site = ad.string("MachineAttrGLIDEIN_CMSSite0").flatMap { $0.lowercased() == "unknown" ? nil : $0 }
    seconds = ad.number("RemoteWallClockTime")
    globalJobId = ad.string("GlobalJobId")
    progress = JobProgress(ad)
  }

  /// What the event log has of a job's ad with each event (`job_ad_information_attrs`).
  static let loggedAttributes = ["RemoteHost", "LastRemoteHost"] + JobProgress.attributes

  /// The machine that a job runs on, or ran on last.
  static func host(of ad: JobAttributes) -> String? {
    (ad.string("RemoteHost") ?? ad.string("LastRemoteHost")).map(host)
  }

  /// The machine of a slot: that of `slot1_2@node.site` is `node.site`, and so is that of a glidein,
  /// `slot1_2@glidein_17_4711@node.site`. A startd that was given a name of its own keeps it: `slot1@second@node.site`
  /// is one of `second@node.site`.
  static func host(_ slot: String) -> String {
    var parts = slot.split(separator: "@", omittingEmptySubsequences: false)[...]
    if parts.count > 1 { parts.removeFirst() }
    if parts.count > 1, parts.first?.hasPrefix("glidein_") == true { parts.removeFirst() }
    return MessageText.oneLine(parts.joined(separator: "@"), limit: 120)
  }
}
