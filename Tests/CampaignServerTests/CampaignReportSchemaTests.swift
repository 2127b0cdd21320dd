import CampaignFixtures
import FoundationEssentials
import TestServers
import TestSupport
import Testing

@testable import Campaign

/// `swab-submit report schema`, the executable, against what `collect` writes.
@Suite struct CampaignReportSchemaTests {
  /// Two rounds with something of everything: files of every outcome, a job without a report, and one to come.
  private func campaign() async throws -> (CampaignFixture, CampaignReport) {
    let campaign = try CampaignFixture()
    let names = (0..<30).map { "/store/unmerged/a/\(100 + $0)" }
    let others = (0..<5).map { "/store/unmerged/b/\($0)" }
    try campaign.addRound([names, others, ["/store/unmerged/c/1"], ["/store/unmerged/d/1"]])
    try await campaign.report(1, .init(files: names.map { ($0, .absent, nil) }, warnings: ["a warning"]))
    try await campaign.report(
      2,
      .init(
        files: [
          (others[0], .deleted, nil), (others[1], .failed, "permanent"), (others[2], .refused, "refused"),
          (others[3], .notAttempted, "stopped"), (others[4], .absent, nil),
        ], code: .someNotGone))
    try campaign.addRound([[others[3]]], cluster: nil)
    let queue = FakeQueue(
      queued: [FakeQueue.ad(3, status: 1)],
      history: (0..<3).map {
        FakeQueue.ad($0, status: 4, "\"ExitCode\":1,\"LastRemoteHost\":\"slot1@node\($0).test\"")
      })
    return (campaign, try await campaign.collect(queue))
  }

  @Test("a campaign report is what the schema says, with and without its files")
  func valid() async throws {
    let (campaign, report) = try await campaign()
    #expect(
      Set(report.totals.failures.map(\.kind)) == ["suspect", "permanent", "refused", "unknown", "pending"])
    #expect(try await ReportSchema.campaign.problems(campaign.directory.report) == [])
    try campaign.write(report.withoutFiles, to: campaign.directory.report)
    #expect(try await ReportSchema.campaign.problems(campaign.directory.report) == [])
  }

  /// What is changed in a report, and where that is a problem.
  private static let damages: [(old: String, new: String, position: String)] = [
    ("\"schema\":\"swab.campaign-report/1\"", "\"schema\":\"swab.job-report/1\"", "$.schema"),
    ("\"errors\":", "\"mistakes\":", "$"), ("\"rounds\":[", "\"rounds\":[],\"more\":[", "$.rounds"),
    ("\"created\":\"2026-01-01T00:00:00Z\"", "\"created\":\"yesterday\"", "$.campaign.created"),
    ("\"state\":\"done\"", "\"state\":\"fine\"", "$.jobs[0].state"),
    ("\"condor\":\"10.0\"", "\"condor\":\"10\"", "$.jobs[0].condor"),
    ("\"deleted\":0", "\"deleted\":-1", "$.jobs[0].counts.deleted"),
    ("\"failures\":0", "\"failures\":-1", "$.hosts[0].failures"),
    ("\"notGone\":", "\"left\":", "$.directories[0]"),
    ("\"class\":\"permanent\"", "\"class\":\"final\"", "$.errors[1].class"),
    ("\"outcome\":\"absent\"", "\"outcome\":\"away\"", "$.files[34].outcome"),
    ("\"job\":\"0001\",\"round\":1}", "\"job\":\"0001\"}", "$.files[0]"),
  ]

  @Test("a damaged report is not", arguments: damages)
  func damaged(old: String, new: String, position: String) async throws {
    let (campaign, _) = try await campaign()
    let parts = Disk.read(campaign.directory.report).split(
      separator: old, maxSplits: 1, omittingEmptySubsequences: false)
    try #require(parts.count == 2, "no \(old)")
    Disk.write(campaign.directory.report, parts.joined(separator: new))
    let problems = try await ReportSchema.campaign.problems(campaign.directory.report)
    #expect(problems.count == 1 && problems[0].hasPrefix(position + " "), "\(problems)")
  }
}
