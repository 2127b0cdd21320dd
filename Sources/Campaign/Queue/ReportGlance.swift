import ByteStreams
import Deletion

/// What is there of a job's report.
public enum ReportGlance: Sendable, Equatable {
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
  public struct Sums: Sendable, Equatable {
    /// Deleted or absent.
    public var gone: Int
    /// Failed or refused.
    public var notGone: Int
    /// Not attempted.
    public var left: Int

    /// Makes the value.
    public init(gone: Int, notGone: Int, left: Int) {
      self.gone = gone
      self.notGone = notGone
      self.left = left
    }
  }

  /// Without what it says.
  public enum Kind: String, Sendable, CaseIterable {
    /// See ``ReportGlance/missing``.
    case missing
    /// See ``ReportGlance/broken(_:)``.
    case broken
    /// See ``ReportGlance/wrapper(_:)``.
    case wrapper
    /// See ``ReportGlance/incomplete(_:_:)``.
    case incomplete
    /// See ``ReportGlance/complete(_:_:_:)``.
    case complete
  }

  /// Without what it says.
  public var kind: Kind {
    switch self {
    case .missing: .missing
    case .broken: .broken
    case .wrapper: .wrapper
    case .incomplete: .incomplete
    case .complete: .complete
    }
  }

  /// The exit code of a whole report.
  public var exitCode: Int32? {
    if case .complete(let code, _, _) = self { code } else { nil }
  }

  /// The sums of the payload's report.
  public var sums: Sums? {
    switch self {
    case .incomplete(_, let sums), .complete(_, _, let sums): sums
    default: nil
    }
  }

  /// What it says in one line; nil where there is nothing.
  public var reason: String? {
    switch self {
    case .missing: nil
    case .broken(let reason), .wrapper(let reason), .incomplete(let reason, _): reason
    case .complete(_, let reason, _): reason
    }
  }

  /// The wrapper's name in `tool`: see Wrapper/swab-job.sh.
  static let wrapperName = "swab-job.sh"

  /// Looks at the beginning of a job's report, and at its last bytes: what is in between is not read.
  public init(_ folder: JobFolder, of manifest: CampaignManifest) {
    let path = folder.report
    do {
      var stream = ReportStream(try FileSource(path: path), name: path)
      let report = try stream.overview()
      self.init(report)
      if kind != .wrapper, let problem = Self.mismatch(report, job: folder.id, manifest) {
        self = .broken(problem)
      } else if kind != .wrapper, try ReportEnd.isCut(path) {
        self = .broken("it is cut short")
      }
    } catch let error as FileError where error.isMissing {
      self = .missing
    } catch let error as JobReportError {
      self = Self.isEmpty(path) ? .missing : .broken(error.problem)
    } catch {
      self = .broken(MessageText.oneLine("\(error)", limit: 300))
    }
  }

  /// Of a report that was read.
  init(_ report: JobReport) {
    let summary = report.summary
    let sums = Sums(
      gone: summary.deleted + summary.absent, notGone: summary.failed + summary.refused,
      left: summary.notAttempted)
    let reason = MessageText.oneLine(report.exit.reason, limit: 300)
    if report.tool?.name == Self.wrapperName {
      self = .wrapper(reason)
    } else if report.status == "complete" {
      self = .complete(report.exit.code, reason, sums)
    } else {
      self = .incomplete(reason, sums)
    }
  }

  /// Why a report that belongs elsewhere says nothing of a job's files; nil where it is the job's.
  static func mismatch(_ report: JobReport, job: JobID, _ manifest: CampaignManifest) -> String? {
    let found = report.job
    guard found.campaign == manifest.name || found.campaign == manifest.id else {
      return "it is of \(found.campaign.map { "the campaign \"\($0)\"" } ?? "no campaign")"
    }
    guard found.jobId.flatMap({ JobID(text: $0) }) == job else {
      return "it is of \(found.jobId.map { "the job \($0)" } ?? "no job")"
    }
    guard report.request.rse == nil || report.request.rse == manifest.rse else {
      return "it is of the RSE \(report.request.rse ?? "")"
    }
    return nil
  }

  static func isEmpty(_ path: String) -> Bool {
    (try? FileSource.contents(of: path, limit: 1 << 10))?.isEmpty ?? false
  }
}
