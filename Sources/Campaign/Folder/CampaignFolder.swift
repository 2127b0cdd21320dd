/// Where everything of a campaign is. A person can read it, and nothing of a campaign is anywhere else.
///
/// ```
/// DIR/campaign.json            what was planned: never changes
/// DIR/config.ini               the submitter's configuration, as it was given to "plan"
/// DIR/payload/                 swab and swab-job.sh, as the jobs get them
/// DIR/protected.txt.gz         the protected LFNs
/// DIR/jobs/0001/               a job of the first round: see ``JobFolder``
/// DIR/swab.sub, submission.json, events.log        its submission: see ``RoundFolder``
/// DIR/round-2/                 the next round, with the same things in it
/// DIR/campaign-report.json     what has become of every file
/// DIR/residual.lfns.gz         what is not gone
/// ```
public struct CampaignFolder: Sendable, Equatable {
  /// The folder, absolute, without a slash at its end.
  public var path: String

  /// Makes the value; nothing is looked at.
  public init(_ path: String) { self.path = path }

  /// The folder that a person named, from the working folder on.
  public init(named path: String) { self.init(AbsolutePath.of(path)) }

  /// See ``CampaignManifest``.
  public var manifest: String { path + "/campaign.json" }
  /// A copy of the configuration; there is none where none was given.
  public var configuration: String { path + "/config.ini" }
  /// What is sent with the jobs.
  public var payload: String { path + "/payload" }
  /// What has become of every file: `swab.campaign-report/1`.
  public var report: String { path + "/campaign-report.json" }
  /// Every LFN that is not gone, one a line.
  public var residual: String { path + "/residual.lfns.gz" }

  /// A round, from 1. The first one has no folder of its own.
  public func round(_ number: Int) -> RoundFolder {
    RoundFolder(number: number, path: number == 1 ? path : "\(path)/round-\(number)")
  }
}

/// A round of a campaign: jobs that are submitted together.
public struct RoundFolder: Sendable, Equatable {
  /// From 1.
  public var number: Int
  /// The folder. `condor_submit` is started in it.
  public var path: String

  /// See ``RoundRecord``; what a round consists of.
  public var record: String { path + "/round.json" }
  /// The submit description's name in it.
  static let descriptionName = "swab.sub"
  /// The submit description.
  public var description: String { path + "/" + Self.descriptionName }
  /// See ``Submission``; there is none before the round is submitted.
  public var submission: String { path + "/submission.json" }
  /// HTCondor's event log of the round's jobs.
  public var events: String { path + "/events.log" }
  /// The protected LFNs that go with the jobs.
  public var protected: String { path + "/protected.txt.gz" }
  /// The folders of the jobs.
  public var jobs: String { path + "/jobs" }

  /// A job's folder.
  public func job(_ id: JobID) -> JobFolder { JobFolder(id: id, path: "\(jobs)/\(id)") }
}

/// What belongs to one job: what it gets, and what comes back.
public struct JobFolder: Sendable, Equatable {
  /// The job.
  public var id: JobID
  /// The folder; the job's `initialdir`.
  public var path: String

  /// Names inside of a job's folder and of its sandbox alike.
  public enum Name {
    /// `swab.job/1`.
    public static let job = "job.json"
    /// What is to be deleted, sorted by directory and name.
    public static let list = "lfns.txt.gz"
    /// The protected LFNs; in the sandbox only.
    public static let protected = "protected.txt.gz"
    /// The job's report.
    public static let report = "report.json.gz"
    /// The journal, with which an evicted job goes on.
    public static let journal = "swab.journal"
    /// What the wrapper and the payload print.
    public static let output = "job.out"
    /// What they complain about.
    public static let errorOutput = "job.err"
  }

  /// See ``Name/job``.
  public var job: String { "\(path)/\(Name.job)" }
  /// See ``Name/list``.
  public var list: String { "\(path)/\(Name.list)" }
  /// See ``Name/report``; there is none before the job has ended.
  public var report: String { "\(path)/\(Name.report)" }
}
