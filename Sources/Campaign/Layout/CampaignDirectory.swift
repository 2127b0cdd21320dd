/// Where everything of a campaign is. A person can read it, and nothing of a campaign is anywhere else.
///
/// ```
/// DIR/campaign.json            what was planned: never changes
/// DIR/config.ini               the submitter's configuration, as it was given to "plan"
/// DIR/payload/                 swab and swab-job.sh, as the jobs get them
/// DIR/protected.txt.gz         the protected LFNs
/// DIR/jobs/0001/               a job of the first round: see ``JobDirectory``
/// DIR/swab.sub, submission.json, events.log        its submission: see ``RoundDirectory``
/// DIR/round-2/                 the next round, with the same things in it
/// DIR/campaign-report.json     what has become of every file
/// DIR/residual.lfns.gz         what is not gone
/// ```
package struct CampaignDirectory: Sendable, Equatable {
  /// The directory, absolute, without a slash at its end.
  package var path: String

  /// Makes the value; nothing is looked at.
  package init(_ path: String) { self.path = path }

  /// The directory that a person named, from the working directory on.
  package init(named path: String) { self.init(AbsolutePath.of(path)) }

  /// See ``CampaignManifest``.
  package var manifest: String { path + "/campaign.json" }
  /// A copy of the configuration; there is none where none was given.
  package var configuration: String { path + "/config.ini" }
  /// What is sent with the jobs.
  package var payload: String { path + "/payload" }
  /// What has become of every file: `swab.campaign-report/1`.
  package var report: String { path + "/campaign-report.json" }
  /// See ``CollectionRecord``.
  package var collected: String { path + "/collected.json" }
  /// Every LFN that is not gone, one a line.
  package var residual: String { path + "/residual.lfns.gz" }

  /// A round, from 1. The first one has no directory of its own.
  package func round(_ number: Int) -> RoundDirectory {
    RoundDirectory(number: number, path: number == 1 ? path : "\(path)/round-\(number)")
  }
}

/// A round of a campaign: jobs that are submitted together.
package struct RoundDirectory: Sendable, Equatable {
  /// From 1.
  package var number: Int
  /// The directory. `condor_submit` is started in it.
  package var path: String

  /// See ``RoundRecord``; what a round consists of.
  package var record: String { path + "/round.json" }
  /// The submit description's name in it.
  static let descriptionName = "swab.sub"
  /// The submit description.
  package var description: String { path + "/" + Self.descriptionName }
  /// See ``Submission``; there is none before the round is submitted.
  package var submission: String { path + "/submission.json" }
  /// HTCondor's event log of the round's jobs.
  package var events: String { path + "/events.log" }
  /// The protected LFNs that go with the jobs.
  package var protected: String { path + "/protected.txt.gz" }
  /// The macaroon of the round's jobs, for the owner's eyes only; "collect" removes it when they have ended.
  package var macaroon: String { "\(path)/\(JobDirectory.Name.macaroon)" }
  /// The directories of the jobs.
  package var jobs: String { path + "/jobs" }

  /// A job's directory.
  package func job(_ id: JobID) -> JobDirectory { JobDirectory(id: id, path: "\(jobs)/\(id)") }
}

/// What belongs to one job: what it gets, and what comes back.
package struct JobDirectory: Sendable, Equatable {
  /// The job.
  package var id: JobID
  /// The directory; the job's `initialdir`.
  package var path: String

  /// Names inside of a job's directory and of its sandbox alike.
  package enum Name {
    /// `swab.job/1`.
    package static let job = "job.json"
    /// What is to be deleted, sorted by directory and name.
    package static let list = "lfns.txt.gz"
    /// The protected LFNs; in the sandbox only.
    package static let protected = "protected.txt.gz"
    /// The macaroon; in the sandbox only.
    package static let macaroon = "macaroon"
    /// The job's report.
    package static let report = "report.json.gz"
    /// What the wrapper and the payload print.
    package static let output = "job.out"
    /// What they complain about.
    package static let errorOutput = "job.err"
  }

  /// See ``Name/job``.
  package var job: String { "\(path)/\(Name.job)" }
  /// See ``Name/list``.
  package var list: String { "\(path)/\(Name.list)" }
  /// See ``Name/report``; there is none before the job has ended.
  package var report: String { "\(path)/\(Name.report)" }
  /// The journal, by which an evicted or repeated job resumes; empty at first. It has the campaign's id in its name, so
  /// that no job of another campaign ever resumes with it, even if it was planned into the same directory.
  package static func journalName(campaign: String) -> String { "swab.\(campaign).journal" }
  /// See ``journalName(campaign:)``.
  package func journal(campaign: String) -> String { "\(path)/\(Self.journalName(campaign: campaign))" }
}
