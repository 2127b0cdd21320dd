import TestServers
import TestSupport
import Testing

/// As much as a site has in an ordinary week, in the four commands of an operator.
@Suite struct WholeCampaignTests {
  @Test func twentyThousandFilesInTwentyJobs() async throws {
    let files = CampaignScene.files(directories: 21, each: 1000)
    let scene = try CampaignScene(
      CondorPool.shared.get(), files: files,
      missing: (1...20).map { "/store/unmerged/Run2026A/Test/RAW/v1/\($0)/missing.root" },
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/21"])
    try await scene.plan(filesPerJob: 1001)
    try await scene.swabSubmit("submit", scene.campaign, "--yes")
    try await scene.swabSubmit("status", scene.campaign, "--watch")
    let report = try await scene.collect(code: 0)
    #expect(report.jobs.count == 20)
    #expect(report.jobs.allSatisfy { $0.state == "done" })
    #expect(report.summary.deleted == 20_000)
    #expect(report.summary.absent == 20)
  }
}
