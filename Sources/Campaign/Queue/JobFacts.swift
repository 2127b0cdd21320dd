import Deletion

/// What HTCondor knows of a job, from wherever it is known.
public struct JobFacts: Sendable, Equatable {
  /// Who says so.
  public enum Source: String, Sendable {
    /// `condor_q`.
    case queue
    /// `condor_history`.
    case history
    /// The event log of the round.
    case events
  }

  /// Who says so.
  public var source: Source
  /// `JobStatus`; nil for a number that is none.
  public var status: JobStatus?
  /// What it was before: tells a job that was removed after its end, as a spooled one has to be, from one that was
  /// removed before.
  public var earlierStatus: JobStatus?
  /// `HoldReasonCode`, of a held job.
  public var holdCode: Int?
  /// `HoldReasonSubCode`.
  public var holdSubcode: Int?
  /// HTCondor's own words.
  public var holdReason: String?
  /// `ExitCode`, where the job ended by itself. (`ExitStatus` is always 0.)
  public var exitCode: Int?
  /// `ExitSignal`, where a signal ended it.
  public var exitSignal: Int?
  /// HTCondor's own words for why it was removed.
  public var removeReason: String?
  /// How often it was started.
  public var starts = 0
  /// Where it runs, or ran last.
  public var host: String?
  /// The site of that machine, where machines advertise one.
  public var site: String?
  /// Time it had a slot, in seconds.
  public var seconds: Double?
  /// What the payload says of itself while it runs.
  public var progress: JobProgress?

  /// A job of this status.
  public init(_ source: Source, status: JobStatus?) {
    self.source = source
    self.status = status
  }

  /// Whether the job ended by itself, whatever became of it then.
  public var hasEnded: Bool {
    status == .completed || (status == .removed && earlierStatus == .completed)
  }
}

/// What a running payload tells by chirp: how far it is.
public struct JobProgress: Sendable, Equatable {
  /// `ChirpSwabTotal`: files of the job.
  public var total: Int
  /// `ChirpSwabDone`: files settled, one way or the other.
  public var done: Int
  /// `ChirpSwabDeleted`: files deleted.
  public var deleted: Int
  /// `ChirpSwabFailed`: files that could not be deleted.
  public var failed: Int

  /// Makes the value.
  public init(total: Int, done: Int, deleted: Int, failed: Int) {
    self.total = total
    self.done = done
    self.deleted = deleted
    self.failed = failed
  }
}

extension JobFacts {
  /// The attributes that are asked for.
  public static let attributes = [
    "ClusterId", "ProcId", "JobStatus", "LastJobStatus", "HoldReasonCode", "HoldReasonSubCode", "HoldReason",
    "ExitCode", "ExitBySignal", "ExitSignal", "RemoveReason", "NumJobStarts", "RemoteHost", "LastRemoteHost",
    "MachineAttrGLIDEIN_CMSSite0", "RemoteWallClockTime", "EnteredCurrentStatus", "JobMaterializeNextProcId",
    "ChirpSwabTotal", "ChirpSwabDone", "ChirpSwabDeleted", "ChirpSwabFailed",
  ]

  /// From a job's ad.
  public init(_ source: Source, _ ad: JobAttributes) {
    self.init(source, status: ad.integer("JobStatus").flatMap(JobStatus.init))
    earlierStatus = ad.integer("LastJobStatus").flatMap(JobStatus.init)
    if status == .held {
      holdCode = ad.integer("HoldReasonCode")
      holdSubcode = ad.integer("HoldReasonSubCode")
      holdReason = Self.line(ad.string("HoldReason"))
    }
    if ad.boolean("ExitBySignal") == true {
      exitSignal = ad.integer("ExitSignal")
    } else {
      exitCode = ad.integer("ExitCode")
    }
    if status == .removed { removeReason = Self.line(ad.string("RemoveReason")) }
    starts = ad.integer("NumJobStarts") ?? 0
    host = (ad.string("RemoteHost") ?? ad.string("LastRemoteHost")).map(Self.host)
    site = ad.string("MachineAttrGLIDEIN_CMSSite0").flatMap { $0.lowercased() == "unknown" ? nil : $0 }
    seconds = ad.number("RemoteWallClockTime")
    if let total = ad.integer("ChirpSwabTotal") {
      progress = JobProgress(
        total: max(0, total), done: max(0, ad.integer("ChirpSwabDone") ?? 0),
        deleted: max(0, ad.integer("ChirpSwabDeleted") ?? 0),
        failed: max(0, ad.integer("ChirpSwabFailed") ?? 0))
    }
  }

  /// HTCondor's words on one line: they can hold whatever a tool printed.
  static func line(_ text: String?) -> String? { text.map { MessageText.oneLine($0, limit: 300) } }

  /// `slot1_2@node.site` is the slot of a machine.
  static func host(_ slot: String) -> String {
    MessageText.oneLine(
      String(slot.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false).last ?? ""),
      limit: 120)
  }
}
