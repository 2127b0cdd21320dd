import DeletionModel
import ListReading
import ByteStreams
import FoundationEssentials

/// `swab.job-report/1`, as it is read back. What is written of a run before its end has the same types (``ReportHeader``);
/// sums are written from ``RunTotals``, and files one by one (``FileEntryText``). A test holds this against the schema.
package struct JobReport: Sendable, Decodable {
  /// The program that wrote it.
  package struct Tool: Sendable, Decodable {
    /// `swab`, or the wrapper's name where the payload did not report.
    package var name: String
    /// Its version.
    package var version: String
    /// The commit it was built from.
    package var commit: String

    package init(name: String, version: String, commit: String) {
      self.name = name
      self.version = version
      self.commit = commit
    }
  }

  /// Where and when it ran.
  package struct Job: Sendable, Decodable {
    /// The machine.
    package var host: String
    /// When it started.
    package var started: String
    /// When it ended; nil when it did not get that far.
    package var finished: String?
    /// How long it took, in seconds.
    package var seconds = 0.0
    /// The account; nil where it does not say.
    package var user: String?
    /// The number of the process; nil where it does not say.
    package var pid: Int?
    /// The site.
    package var site: String?
    /// The subsite.
    package var subsite: String?
    /// The site's configuration.
    package var siteConfig: String?
    /// The journal; nil without one.
    package var journal: Journal?
    /// The campaign.
    package var campaign: String?
    /// The job's name in it.
    package var jobId: String?
    /// The job of HTCondor; nil outside of it.
    package var condor: Condor?
    /// All that HTCondor says of the job, as JSON; nil outside of one. Written only.
    package var condorJSON: String?

    private enum CodingKeys: CodingKey {
      case host, started, finished, seconds, user, pid, site, subsite, siteConfig, journal, campaign, jobId,
        condor
    }

    package init(host: String, user: String, pid: Int, started: String) {
      self.host = host
      self.user = user
      self.pid = pid
      self.started = started
    }
  }

  /// The job of HTCondor that wrote it.
  package struct Condor: Sendable, Decodable {
    /// `ClusterId`.
    package var clusterId: Int?
    /// `ProcId`.
    package var procId: Int?
    /// `GlobalJobId`: no other job has it.
    package var globalJobId: String?
    /// What the pool says of the machine, by attribute.
    package var machine: [String: String]?
  }

  /// What earlier runs have left in a journal. All counts and times of files in the report are over all runs.
  package struct Journal: Sendable, Decodable {
    /// The file.
    package var file: String
    /// How many runs there were, this one included.
    package var runs: Int
    /// How long the earlier ones were at work, in seconds.
    package var earlierSeconds: Double
    /// How many files they completed.
    package var settledEarlier: Int

    package init(file: String, runs: Int, earlierSeconds: Double, settledEarlier: Int) {
      self.file = file
      self.runs = runs
      self.earlierSeconds = earlierSeconds
      self.settledEarlier = settledEarlier
    }
  }

  /// What was asked for.
  package struct Request: Sendable, Decodable {
    /// The lists.
    package var sources: [String]
    /// The only RSE.
    package var rse: String?
    /// The allowed roots.
    package var allow: [String]
    /// The protected lists.
    package var protected: Protected
    /// When a file may have been written at the latest; nil for no limit, and where several runs differ.
    package var notNewerThan: String?
    /// Whether nothing was to be deleted.
    package var dryRun: Bool
    /// Attempts after the first; nil where several runs differ.
    package var retries: Int?
    /// Time limit of one file, in seconds; nil likewise.
    package var timeout: Double?
    /// Time limit of the run, in seconds; nil without one.
    package var deadline: Double?
    /// Requests at a time, a host, at most; nil where that was left to Swab.
    package var concurrency: Int?

    /// The protected lists.
    package struct Protected: Sendable, Decodable {
      /// Their names.
      package var files: [String]
      /// How many LFNs they protect.
      package var entries: Int

      package init(files: [String], entries: Int) {
        self.files = files
        self.entries = entries
      }
    }

    package init(
      sources: [String], rse: String?, allow: [String], protected: Protected, dryRun: Bool, retries: Int?,
      timeout: Double?, deadline: Double?, concurrency: Int?, notNewerThan: String? = nil
    ) {
      self.sources = sources
      self.rse = rse
      self.allow = allow
      self.protected = protected
      self.dryRun = dryRun
      self.retries = retries
      self.timeout = timeout
      self.deadline = deadline
      self.concurrency = concurrency
      self.notNewerThan = notNewerThan
    }
  }

  /// The sums.
  package struct Summary: Sendable, Decodable {
    /// All files.
    package var requested: Int
    /// Deleted.
    package var deleted: Int
    /// Not there.
    package var absent: Int
    /// Not deleted, or not known to be.
    package var failed: Int
    /// Refused by the safety rules.
    package var refused: Int
    /// Not tried.
    package var notAttempted: Int
    /// Attempts over all files.
    package var attempts: Int
    /// What the deleted files took up; nil in reports of earlier versions.
    package var bytesFreed: Int?
    /// Whether there are deleted files of unknown size; nil likewise.
    package var bytesFreedIsPartial: Bool?
    /// Deleted files of which storages did not say when they were written; nil without a limit.
    package var ageUnknown: Int?
    /// How long storage took.
    package var latency: Latency
    /// What became of directories; nil where none was to be removed.
    package var directories: PruneCounts?

    fileprivate var counts: [Int] {
      [requested, deleted, absent, failed, refused, notAttempted, attempts, ageUnknown ?? 0]
        + latency.counts
    }

    /// What the deleted files took up. Reports of earlier versions say nothing of it.
    package var freed: FreedBytes {
      FreedBytes(bytes: bytesFreed, isPartial: bytesFreedIsPartial, deleted: deleted)
    }

    /// Whether the five counts add up.
    package var addsUp: Bool { deleted + absent + failed + refused + notAttempted == requested }
  }

  /// How long storage took, in seconds.
  package struct Latency: Sendable, Decodable {
    /// The longest.
    package var max: Double
    /// The histogram's filled buckets.
    package var buckets: [[Int]]?

    fileprivate var counts: [Int] { (buckets ?? []).flatMap { $0 } }
  }

  /// One storage endpoint.
  package struct Storage: Sendable, Decodable {
    /// The RSE.
    package var rse: String?
    /// Whose storage it is.
    package var storageSite: String?
    /// The volume.
    package var volume: String?
    /// The catalog's protocol.
    package var `protocol`: String?
    /// The stage-out command.
    package var command: String?
    /// The backend.
    package var backend: String
    /// `scheme://host:port`.
    package var endpoint: String
    /// Deleted there.
    package var deleted: Int
    /// Not there.
    package var absent: Int
    /// Failed there.
    package var failed: Int
    /// `open` where it had failed too often in the end.
    package var circuit: String
    /// When the failures began that opened it; nil where it is closed.
    package var failingSince: String?
    /// What was learnt of its limits.
    package var pace: PaceSummary?
    /// Which credential it was shown; nil where the report does not say.
    package var credential: CredentialSummary?
    /// Whether so many files were absent there that the wrong place may have been looked at; nil: no.
    package var suspect: Bool?
    /// How long it took.
    package var latency: Latency
  }

  /// One kind of failure.
  package struct Failures: Sendable, Decodable {
    /// An error class, `refused`, `stopped` or `suspect`; of a campaign also `pending`.
    package var `class`: String
    /// How many.
    package var count: Int
    /// The first.
    package var example: Example
    /// The first of each code, at most three; nil in reports of earlier versions.
    package var examples: [Example]?

    /// One file of them.
    package struct Example: Sendable, Decodable {
      /// The LFN.
      package var lfn: String
      /// The PFN.
      package var pfn: String?
      /// The backend's code; nil in reports of earlier versions.
      package var code: String?
      package var message: String
    }
  }

  /// One file.
  package struct File: Sendable, Decodable {
    /// The LFN.
    package var lfn: String
    /// The PFN.
    package var pfn: String?
    /// The RSE.
    package var rse: String?
    /// The backend.
    package var backend: String?
    /// How it ended.
    package var outcome: Outcome
    /// Attempts.
    package var attempts: Int
    /// Time the storage took, in seconds.
    package var seconds: Double
    /// How many bytes it had; nil where it was not deleted, and where that is not known.
    package var bytes: Int?
    /// How the deletion is known.
    package var confirmedBy: String?
    /// Why it is not gone.
    package var error: Failure?

    package init(
      lfn: String, pfn: String? = nil, rse: String? = nil, backend: String? = nil, outcome: Outcome,
      attempts: Int, seconds: Double, bytes: Int? = nil, confirmedBy: String? = nil, error: Failure? = nil
    ) {
      self.lfn = lfn
      self.pfn = pfn
      self.rse = rse
      self.backend = backend
      self.outcome = outcome
      self.attempts = attempts
      self.seconds = seconds
      self.bytes = bytes
      self.confirmedBy = confirmedBy
      self.error = error
    }

    /// Why a file is not gone.
    package struct Failure: Sendable, Decodable {
      /// An error class, `refused`, `stopped` or `suspect`; of a campaign also `pending`.
      package var `class`: String
      /// The backend's code.
      package var code: String
      /// One line.
      package var message: String
    }
  }

  /// How it ended.
  package struct Exit: Sendable, Decodable {
    /// The exit code.
    package var code: Int32
    /// WMCore's.
    package var wmcoreExitCode: Int
    package var reason: String
  }

  /// `swab.job-report/1`.
  package var schema: String
  /// `complete` or `incomplete`.
  package var status: String
  /// The program; nil where it does not say.
  package var tool: Tool?
  /// Where and when.
  package var job: Job
  /// What for.
  package var request: Request
  /// The sums.
  package var summary: Summary
  /// By storage endpoint.
  package var storage: [Storage]
  /// By kind of failure.
  package var errors: [Failures]
  /// Oddities.
  package var warnings: [String]
  /// How it ended.
  package var exit: Exit

  /// Reads a report; its files are read by ``ReportStream``.
  ///
  /// - Parameter name: the file's name, for messages.
  /// - Throws: ``DocumentError`` for what is no such report, or one whose counts don't add up.
  package init(json: [UInt8], name: String) throws(DocumentError) {
    do {
      self = try Self.decoded(json, name)
    } catch {
      // One of another version is not wrong for lacking what ours has.
      let begin: Begin? = try? Self.decoded(json, name)
      guard let begin, begin.schema != JobReportText.schema else { throw error }
      throw Self.foreign(begin.schema, name)
    }
    guard schema == JobReportText.schema else { throw Self.foreign(schema, name) }
    guard counts.allSatisfy(Self.countRange.contains), summary.bytesFreed ?? 0 >= 0 else {
      throw DocumentError(name, "one of its counts is negative or out of range")
    }
    guard summary.addsUp else {
      throw DocumentError(name, "its counts don't add up to the \(summary.requested) requested files")
    }
  }

  private static func foreign(_ schema: String, _ name: String) -> DocumentError {
    DocumentError(name, "its schema is \"\(schema)\"; this version reads \"\(JobReportText.schema)\"")
  }

  /// What every version has.
  private struct Begin: Decodable {
    let schema: String
  }

  /// Some files of a report, from a JSON array of them.
  package static func files(json: [UInt8], name: String) throws(DocumentError) -> [File] {
    let files: [File] = try decoded(json, name)
    guard files.allSatisfy({ countRange.contains($0.attempts) && $0.bytes ?? 0 >= 0 }) else {
      throw DocumentError(name, "a file's attempts or bytes are negative or out of range")
    }
    return files
  }

  /// What a count can be: such ones can be added up whatever a report says.
  static let countRange = 0...(1 << 32)

  /// Everything in it that somebody adds up.
  private var counts: [Int] {
    let counts = storage.flatMap {
      [$0.deleted, $0.absent, $0.failed, $0.pace?.requests ?? 0, $0.pace?.refused ?? 0] + $0.latency.counts
    }
    let directories = summary.directories.map { [$0.removed, $0.kept, $0.failed] } ?? []
    return summary.counts + counts + errors.map(\.count) + directories
  }

  private static func decoded<Value: Decodable>(
    _ json: [UInt8], _ name: String
  ) throws(DocumentError) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(json))
    } catch let error as DecodingError {
      throw DocumentError(name, error.problem(with: JobReportText.schema))
    } catch {
      throw DocumentError(name, "\(error)")
    }
  }
}
