import TestServers
import TestSupport
import Testing

/// The whole way once, on a pool of our own: some jobs fail, a second round does the rest.
@Suite struct ShortCampaignTests {
  /// What breaks submit descriptions, ClassAds, shells and paths where it is not written as what it is.
  private static let odd = #"a b,c;"d'$(e)%f&g\h=$ENV(HOME)#é{f}"#

  @Test func failedJobsAreDoneInTheSecondRound() async throws {
    let area = "/store/unmerged/Run2026A/Test/RAW/v1"
    let scene = try CampaignScene(
      CondorPool.shared.get(), name: Self.odd,
      files: CampaignScene.files(directories: 5, each: 45) + ["\(area)/1/\(Self.odd).root"],
      missing: ["\(area)/2/missing.root"], protectedDirectories: ["\(area)/3"])
    try await scene.plan(filesPerJob: 50)
    try await scene.whileNothingStarts {
      try await scene.swabSubmit("submit", scene.campaign, "--yes", "--json", prints: "submit")
      #expect(try await scene.status().jobs.map(\.state) == [.idle, .idle, .idle, .idle])
      try await scene.remove(1)
      try await scene.breakPayload(2)
    }
    let first = try await scene.waitForJobs()
    #expect(first.jobs.map(\.state) == [.removed, .failed, .done, .done])
    let report = try await scene.collect(code: 1)
    #expect(report.summary.deleted == 90)
    #expect(report.files.filter { $0.outcome == "failed" }.allSatisfy { $0.error?.code == "noReport" })

    // Once more submits nothing twice.
    try await scene.swabSubmit("submit", scene.campaign, "--yes", "--json", prints: "submit")
    #expect(try await scene.pool.queue("true", "ClusterId") == [])

    try await scene.swabSubmit("resubmit", scene.campaign, "--json", prints: "submit")
    try await scene.waitForJobs()
    let last = try await scene.collect(code: 0)
    #expect(last.summary.deleted == 181)
    #expect(last.summary.absent == 1)
    try await scene.swabSubmit("resubmit", scene.campaign, "--json", prints: "submit")
    try await scene.swabSubmit("remove", scene.campaign, "--json", prints: "remove")
  }
}
