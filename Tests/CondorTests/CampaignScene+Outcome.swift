import ByteStreams
import FoundationEssentials
import TestServers
import TestSupport
import Testing

extension CampaignScene {
  /// The LFNs that are to be deleted: those that nobody needs.
  var planned: [String] { listed.filter { !protected.contains($0) } }

  /// Runs `collect`, and holds the report against the disk, file by file.
  ///
  /// - Parameters:
  ///   - code: the exit code it has to end with.
  ///   - lostReports: whether jobs may have deleted files and not lived to tell: then a later one finds them absent.
  @discardableResult
  func collect(
    code: Int32, lostReports: Bool = false, environment: [String: String] = [:],
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws -> CampaignReportFile {
    try await swabSubmit(
      "collect", campaign, code: code, environment: environment, sourceLocation: sourceLocation)
    let path = campaign + "/campaign-report.json"
    let schema = ReportSchema(printedBy: Repository.staticSwab + "-submit")
    #expect(try await schema.problems(path) == [], sourceLocation: sourceLocation)
    let report = try CampaignReportFile(path)
    #expect(report.exit.code == code, sourceLocation: sourceLocation)
    expectAccount(report, sourceLocation)
    expectDisk(report, lostReports: lostReports, sourceLocation)
    try expectResidual(report, sourceLocation)
    return report
  }

  /// Every planned LFN once, and the sums are right.
  private func expectAccount(_ report: CampaignReportFile, _ sourceLocation: SourceLocation) {
    #expect(
      report.files.map { Array($0.lfn.utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
        == planned.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) },
      sourceLocation: sourceLocation)
    let counts = Dictionary(grouping: report.files, by: \.outcome).mapValues(\.count)
    let sums = report.summary
    #expect(sums.requested == planned.count, sourceLocation: sourceLocation)
    for (outcome, sum) in [
      ("deleted", sums.deleted), ("absent", sums.absent), ("failed", sums.failed), ("refused", sums.refused),
      ("notAttempted", sums.notAttempted),
    ] {
      #expect(counts[outcome, default: 0] == sum, "\(outcome)", sourceLocation: sourceLocation)
    }
  }

  /// What is called gone is gone, and was there if it is called deleted. What nobody knows anything of may be gone.
  /// Everything else stands untouched.
  private func expectDisk(_ report: CampaignReportFile, lostReports: Bool, _ sourceLocation: SourceLocation) {
    let after = Snapshot(of: storage.data)
    var mayBeGone: Set<[UInt8]> = []
    for file in report.files {
      let (was, isThere) = (before[file.lfn] != nil, after[file.lfn] != nil)
      switch file.outcome {
      case "deleted":
        mayBeGone.insert(Array(file.lfn.utf8))
        if isThere || !was { Issue.record("\(file.lfn) is called deleted", sourceLocation: sourceLocation) }
      case "absent":
        mayBeGone.insert(Array(file.lfn.utf8))
        if isThere || (was && !lostReports) {
          Issue.record("\(file.lfn) is called absent", sourceLocation: sourceLocation)
        }
      default:
        if file.error?.class == "unknown" { mayBeGone.insert(Array(file.lfn.utf8)) }
      }
    }
    for (path, entry) in before.entries where !mayBeGone.contains(path) && after.entries[path] != entry {
      let name = String(decoding: path, as: UTF8.self)
      Issue.record("changed or gone: \(name)", sourceLocation: sourceLocation)
    }
    for path in after.entries.keys where before.entries[path] == nil {
      Issue.record("new: \(String(decoding: path, as: UTF8.self))", sourceLocation: sourceLocation)
    }
  }

  /// `residual.lfns.gz` has just what is not gone.
  private func expectResidual(_ report: CampaignReportFile, _ sourceLocation: SourceLocation) throws {
    let left = report.files.filter { !["deleted", "absent"].contains($0.outcome) }.map(\.lfn)
    let lines = try Gunzipped.lines(of: campaign + "/residual.lfns.gz")
    #expect(Set(lines) == Set(left), sourceLocation: sourceLocation)
    #expect(lines.count == left.count, sourceLocation: sourceLocation)
  }
}
