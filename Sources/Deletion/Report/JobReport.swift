import ByteStreams
import FoundationEssentials

/// A report that was read back: `swab.job-report/1`.
public struct JobReport: Sendable, Decodable {
  /// The program that wrote it.
  public struct Tool: Sendable, Decodable {
    /// `swab`, or the wrapper's name where the payload did not report.
    public var name: String
    /// Its version.
    public var version: String
  }

  /// Where and when it ran.
  public struct Job: Sendable, Decodable {
    /// The machine.
    public var host: String
    /// When it started.
    public var started: String
    /// When it ended; nil when it did not get that far.
    public var finished: String?
    /// How long it took, in seconds.
    public var seconds: Double
    /// The site.
    public var site: String?
    /// The subsite.
    public var subsite: String?
    /// The campaign.
    public var campaign: String?
    /// The job's name in it.
    public var jobId: String?
  }

  /// What was asked for.
  public struct Request: Sendable, Decodable {
    /// The lists.
    public var sources: [String]
    /// The only RSE.
    public var rse: String?
    /// The allowed roots.
    public var allow: [String]
    /// The protected lists.
    public var protected: Protected
    /// Whether nothing was to be deleted.
    public var dryRun: Bool

    /// The protected lists.
    public struct Protected: Sendable, Decodable {
      /// Their names.
      public var files: [String]
      /// How many LFNs they protect.
      public var entries: Int
    }
  }

  /// The sums.
  public struct Summary: Sendable, Decodable {
    /// All files.
    public var requested: Int
    /// Deleted.
    public var deleted: Int
    /// Not there.
    public var absent: Int
    /// Not deleted, or not known to be.
    public var failed: Int
    /// Refused by the safety rules.
    public var refused: Int
    /// Not tried.
    public var notAttempted: Int
    /// Attempts over all files.
    public var attempts: Int
    /// How long storage took.
    public var latency: Latency
    /// What became of directories; nil where none was to be removed.
    public var directories: PruneCounts?

    fileprivate var counts: [Int] {
      [requested, deleted, absent, failed, refused, notAttempted, attempts] + latency.counts
    }

    /// Whether the five counts add up.
    public var addsUp: Bool { deleted + absent + failed + refused + notAttempted == requested }
  }

  /// How long storage took, in seconds.
  public struct Latency: Sendable, Decodable {
    /// The longest.
    public var max: Double
    /// The histogram's filled buckets.
    public var buckets: [[Int]]?

    fileprivate var counts: [Int] { (buckets ?? []).flatMap { $0 } }
  }

  /// One storage door.
  public struct Storage: Sendable, Decodable {
    /// The RSE.
    public var rse: String?
    /// Whose storage it is.
    public var storageSite: String?
    /// The volume.
    public var volume: String?
    /// The catalog's protocol.
    public var `protocol`: String?
    /// The stage-out command.
    public var command: String?
    /// The backend.
    public var backend: String
    /// `scheme://host:port`.
    public var endpoint: String
    /// Deleted there.
    public var deleted: Int
    /// Not there.
    public var absent: Int
    /// Failed there.
    public var failed: Int
    /// `open` where it was ill at the end.
    public var circuit: String
    /// How long it took.
    public var latency: Latency
  }

  /// One kind of failure.
  public struct Failures: Sendable, Decodable {
    /// An error class, `refused` or `stopped`.
    public var `class`: String
    /// How many.
    public var count: Int
    /// The first.
    public var example: Example

    /// One file of them.
    public struct Example: Sendable, Decodable {
      /// The LFN.
      public var lfn: String
      /// The PFN.
      public var pfn: String?
      /// Why.
      public var message: String
    }
  }

  /// One file.
  public struct File: Sendable, Decodable {
    /// The LFN.
    public var lfn: String
    /// The PFN.
    public var pfn: String?
    /// The RSE.
    public var rse: String?
    /// The backend.
    public var backend: String?
    /// How it ended.
    public var outcome: Outcome
    /// Attempts.
    public var attempts: Int
    /// Time the storage took, in seconds.
    public var seconds: Double
    /// How the deletion is known.
    public var confirmedBy: String?
    /// Why it is not gone.
    public var error: Failure?

    /// Why a file is not gone.
    public struct Failure: Sendable, Decodable {
      /// An error class, `refused` or `stopped`.
      public var `class`: String
      /// The backend's code.
      public var code: String
      /// One line.
      public var message: String
    }
  }

  /// How it ended.
  public struct Exit: Sendable, Decodable {
    /// The exit code.
    public var code: Int32
    /// WMCore's.
    public var wmcoreExitCode: Int
    /// Why.
    public var reason: String
  }

  /// `swab.job-report/1`.
  public var schema: String
  /// `complete` or `incomplete`.
  public var status: String
  /// The program; nil where it does not say.
  public var tool: Tool?
  /// Where and when.
  public var job: Job
  /// What for.
  public var request: Request
  /// The sums.
  public var summary: Summary
  /// By storage door.
  public var storage: [Storage]
  /// By kind of failure.
  public var errors: [Failures]
  /// Oddities.
  public var warnings: [String]
  /// How it ended.
  public var exit: Exit

  /// Reads a report; its files are read by ``ReportStream``.
  ///
  /// - Parameter name: the file's name, for messages.
  /// - Throws: ``JobReportError`` for what is no such report, or one whose counts don't add up.
  init(json: [UInt8], name: String) throws(JobReportError) {
    self = try Self.decoded(json, name)
    guard schema == JobReportText.schema else {
      throw JobReportError(
        name, "its schema is \"\(schema)\"; this version reads \"\(JobReportText.schema)\"")
    }
    guard counts.allSatisfy(Self.countRange.contains) else {
      throw JobReportError(name, "one of its counts is negative or beyond all measure")
    }
    guard summary.addsUp else {
      throw JobReportError(name, "its counts don't add up to the \(summary.requested) requested files")
    }
  }

  /// Some files of a report, from a JSON array of them.
  static func files(json: [UInt8], name: String) throws(JobReportError) -> [File] {
    let files: [File] = try decoded(json, name)
    guard files.allSatisfy({ countRange.contains($0.attempts) }) else {
      throw JobReportError(name, "a file's attempts are negative or beyond all measure")
    }
    return files
  }

  /// What a count can be: such ones can be added up whatever a report says.
  private static let countRange = 0...(1 << 32)

  /// Everything in it that somebody adds up.
  private var counts: [Int] {
    let doors = storage.flatMap { [$0.deleted, $0.absent, $0.failed] + $0.latency.counts }
    let directories = summary.directories.map { [$0.removed, $0.kept, $0.failed] } ?? []
    return summary.counts + doors + errors.map(\.count) + directories
  }

  private static func decoded<Value: Decodable>(
    _ json: [UInt8], _ name: String
  ) throws(JobReportError) -> Value {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(json))
    } catch let error as DecodingError {
      throw JobReportError(name, error.problem(with: JobReportText.schema))
    } catch {
      throw JobReportError(name, "\(error)")
    }
  }
}

/// A report that cannot be used: one line.
public struct JobReportError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public var name: String
  /// What is wrong with it.
  public var problem: String

  init(_ name: String, _ problem: String) {
    self.name = name
    self.problem = MessageText.oneLine(problem, limit: 400)
  }

  /// The file and what is wrong with it.
  public var description: String { "\(name): \(problem)" }
}
