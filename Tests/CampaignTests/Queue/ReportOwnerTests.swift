import DeletionModel
import CampaignFixtures
import Testing

@testable import Campaign

/// Only what the job itself has reported counts.
@Suite struct ReportOwnerTests {
  typealias Report = CampaignFixture.Report
  private static let files = CollectorTests.allGone

  /// What a report has that its job's own does not, and the words that say so; nil: it is believed.
  static let reports: [(String?, Report)] = [
    (nil, Report(files: files)),
    (nil, Report(files: files, started: "2026-01-01T00:30:00Z", site: "T2_XX_Local")),
    (nil, Report(files: files, condor: #"{"clusterId":10,"procId":0,"globalJobId":"s#10.0#7"}"#)),
    ("the campaign \"test\"", Report(files: files, campaign: "test")),
    ("the campaign \"test-0\"", Report(files: files, campaign: "test-0")),
    ("no campaign", Report(files: files, campaign: nil)),
    ("the job 2", Report(files: files, jobId: "2")),
    ("before the campaign was planned", Report(files: files, started: "2025-12-31T23:50:00Z")),
    ("the site T1_XX_Other", Report(files: files, site: "T1_XX_Other")),
    ("the RSE T2_XX_Other", Report(files: files, rse: "T2_XX_Other")),
    ("no RSE", Report(files: files, rse: nil)),
    ("a dry run", Report(files: files, dryRun: true)),
    ("job 11.0 wrote it", Report(files: files, condor: #"{"clusterId":11,"procId":0}"#)),
    ("job 10.1 wrote it", Report(files: files, condor: #"{"clusterId":10,"procId":1}"#)),
    ("t#10.0#9", Report(files: files, condor: #"{"clusterId":10,"procId":0,"globalJobId":"t#10.0#9"}"#)),
  ]

  @Test(arguments: reports) func `a report is known by the job that wrote it`(_ row: (String?, Report))
    async throws
  {
    let campaign = try CampaignFixture()
    try campaign.addRound([CollectorTests.list])
    try await campaign.report(1, row.1)
    let queue = FakeQueue(history: [
      FakeQueue.ad(0, status: 4, "\"ExitCode\":0,\"NumJobStarts\":1,\"GlobalJobId\":\"s#10.0#7\"")
    ])
    let report = try await campaign.collect(queue)
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    guard let text = row.0 else {
      #expect(report.exit.status == .allGone && status.gone == 3)
      return
    }
    #expect(report.jobs[0].problem?.contains(text) == true, "\(report.jobs[0].problem ?? "believed")")
    #expect(report.totals.counts[.failed] == 3 && status.gone == 0)
  }

  /// How HTCondor has a job, and whether it has ever started there.
  @Test(
    arguments: [
      (nil, false), ("\"JobStatus\":1,\"NumJobStarts\":0", false),
      ("\"JobStatus\":5,\"NumJobStarts\":0", false),
      ("\"JobStatus\":3,\"NumJobStarts\":0", false), ("\"JobStatus\":4,\"NumJobStarts\":1", true),
    ] as [(String?, Bool)])
  func `nothing is of a job that has never started`(_ row: (ad: String?, believed: Bool)) async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([CollectorTests.list], cluster: row.ad == nil ? nil : 10)
    try await campaign.report(1, Report(files: Self.files))
    let ads = [row.ad.map { "\"ClusterId\":10,\"ProcId\":0,\($0)" }].compactMap { $0 }
    let report = try await campaign.collect(FakeQueue(queued: ads))
    #expect((report.totals.counts.gone == 3) == row.believed)
    #expect((report.jobs[0].problem?.contains("has not started") == true) == !row.believed)
  }
}
