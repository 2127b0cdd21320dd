import ByteStreams
import ListReading
import DeletionModel
import JobReports

/// What is there of a job's report.
package enum ReportSummary: Sendable, Equatable {
  /// No file, or an empty one.
  case missing
  /// It can't be used: why.
  case broken(String)
  /// The wrapper wrote it, because the payload did not: why.
  case wrapper(String)
  /// The payload began it and did not end it.
  case incomplete(String, Sums)
  /// The payload's own, whole; its exit code and reason.
  case complete(Int32, String, Sums)

  /// Files by how they ended.
  package struct Sums: Sendable, Equatable {
    /// Deleted or absent.
    package var gone: Int
    /// Failed or refused.
    package var notGone: Int
    /// Not attempted.
    package var left: Int
    /// Those of the files that are not gone which another try would not remove.
    package var permanent = 0
    /// What the deleted files took up.
    package var freed = FreedBytes()
    /// The endpoints that it asked.
    package var endpoints: [EndpointSums] = []
    /// The machine that it ran on, by its own word.
    package var host: String?

    package init(gone: Int, notGone: Int, left: Int) {
      self.gone = gone
      self.notGone = notGone
      self.left = left
    }
  }

  /// Files at one endpoint by how they ended.
  package struct EndpointSums: Sendable, Equatable {
    /// `scheme://host:port`.
    package var endpoint: String
    /// Deleted there.
    package var deleted: Int
    /// Called absent there.
    package var absent: Int
    /// Failed there.
    package var failed: Int
    /// Whether the report itself says that so many were absent that the wrong place may have been looked at.
    package var isSuspect: Bool
  }

  /// Without what it says.
  package enum Kind: String, Sendable, CaseIterable {
    /// See ``ReportSummary/missing``.
    case missing
    /// See ``ReportSummary/broken(_:)``.
    case broken
    /// See ``ReportSummary/wrapper(_:)``.
    case wrapper
    /// See ``ReportSummary/incomplete(_:_:)``.
    case incomplete
    /// See ``ReportSummary/complete(_:_:_:)``.
    case complete
  }

  /// Without what it says.
  package var kind: Kind {
    switch self {
    case .missing: .missing
    case .broken: .broken
    case .wrapper: .wrapper
    case .incomplete: .incomplete
    case .complete: .complete
    }
  }

  /// The exit code of a whole report.
  package var exitCode: Int32? {
    if case .complete(let code, _, _) = self { code } else { nil }
  }

  /// The sums of the payload's report.
  package var sums: Sums? {
    switch self {
    case .incomplete(_, let sums), .complete(_, _, let sums): sums
    default: nil
    }
  }

  /// What it says in one line; nil where there is nothing.
  package var reason: String? {
    switch self {
    case .missing: nil
    case .broken(let reason), .wrapper(let reason), .incomplete(let reason, _): reason
    case .complete(_, let reason, _): reason
    }
  }

  /// The wrapper's name in `tool`: see Wrapper/swab-job.sh.
  static let wrapperName = "swab-job.sh"

  /// Looks at the beginning of a job's report, and at its last bytes: what is in between is not read.
  package init(_ directory: JobDirectory, of owner: ReportOwner) {
    let path = directory.report
    do {
      var stream = ReportStream(FileSource(try OpenFile(readingRegular: path)), name: path)
      let report = try stream.overview()
      self.init(report)
      if kind != .wrapper, let problem = owner.problem(report) {
        self = .broken(problem)
      } else if kind != .wrapper, try Self.isCut(path) {
        self = .broken("it is cut short")
      }
    } catch let error as FileError where error.isMissing {
      self = .missing
    } catch let error as DocumentError {
      self = Self.isEmpty(path) ? .missing : .broken(error.problem)
    } catch {
      self = .broken(MessageText.oneLine("\(error)", limit: 300))
    }
  }

  /// Of a report that was read.
  init(_ report: JobReport) {
    let summary = report.summary
    var sums = Sums(
      gone: summary.deleted + summary.absent, notGone: summary.failed + summary.refused,
      left: summary.notAttempted)
    sums.permanent =
      summary.refused
      + report.errors.reduce(0) { $0 + ($1.class == ErrorClass.permanent.rawValue ? $1.count : 0) }
    sums.freed = summary.freed
    sums.endpoints = report.storage.map {
      EndpointSums(
        endpoint: $0.endpoint, deleted: $0.deleted, absent: $0.absent, failed: $0.failed,
        isSuspect: $0.suspect == true)
    }
    sums.host = MessageText.oneLine(report.job.condor?.machine?["Machine"] ?? report.job.host, limit: 120)
    let reason = MessageText.oneLine(report.exit.reason, limit: 300)
    if report.tool?.name == Self.wrapperName {
      self = .wrapper(reason)
    } else if report.status == "complete" {
      self = .complete(report.exit.code, reason, sums)
    } else {
      self = .incomplete(reason, sums)
    }
  }

  /// Whether the report was cut short, by the last bytes of the file. Sees nearly every cut, at the cost of two reads; to
  /// see all of them the file has to be read to its end, as ``JobEvidence`` does.
  ///
  /// Plain JSON ends in a brace. A gzip file ends in the number of bytes that are packed in it (RFC 1952, ISIZE), which
  /// its own size bounds; in a file that was cut, any number stands there.
  ///
  /// - Throws: `FileError`.
  private static func isCut(_ path: String) throws -> Bool {
    let file = try OpenFile(readingRegular: path)
    let size = try file.snapshot().size
    var head = FileSource(file, at: 0)
    var tail = FileSource(file, at: max(0, size - 4))
    let last = try tail.next() ?? []
    guard GunzipSource.isBegun(by: try head.next() ?? []) else {
      return last.last { $0 > 0x20 } != UInt8(ascii: "}")
    }
    let packed = last.reversed().reduce(0) { $0 << 8 | Int64($1) }
    return packed < size / 2 || packed > size * mostPacked
  }

  /// Deflate packs no more bytes than this into one (zlib's documentation, "Maximum Compression Factor").
  private static let mostPacked: Int64 = 1032

  static func isEmpty(_ path: String) -> Bool {
    (try? OpenFile(readingRegular: path).snapshot().size) == 0
  }
}
