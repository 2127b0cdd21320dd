import TestServers
import TestSupport
import Testing

/// A job that loses its worker node goes on where its last checkpoint was.
@Suite struct EvictionTests {
  @Test func vacatedJobGoesOnFromItsCheckpoint() async throws {
    let scene = try CampaignScene(
      CondorPool.shared.get(), files: CampaignScene.files(directories: 2, each: 1000),
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/2"], settings: ["checkpoint-minutes = 1"])
    try await scene.plan(filesPerJob: 1000)
    try await scene.whileNothingStarts {
      try await scene.swabSubmit("submit", scene.campaign, "--yes")
      try await scene.slowDown(1, filesPerSecond: 50)
      let arguments = try await scene.value(1, "Arguments")
      try #require(arguments.contains("--checkpoint-every 60"))
      try await scene.change(
        1, "Arguments", "\"\(arguments.replacing("--checkpoint-every 60", with: "--checkpoint-every 3"))\"")
    }
    try await Waiting.wait(until: "a checkpoint has been uploaded", every: .milliseconds(300)) {
      try await Int(scene.value(1, "CheckpointNumber")) ?? 0 > 0
    }
    try await scene.waitUntilHalfWay(1)
    try await scene.pool.act("vacate_job", scene.constraint(1))
    let status = try await scene.waitForJobs()
    #expect(try status.job(1).starts > 1)

    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 1000)
    let bytes = try Gunzipped.bytes(of: scene.campaign + "/jobs/0001/report.json.gz")
    let job = try JobReportFile(json: bytes).job
    #expect(job.condor?.site == "T2_XX_Test")
    let journal = try #require(job.journal)
    // At least one run before the checkpoint, one that was vacated, and the last one.
    #expect(journal.runs > 2)
    #expect(journal.settledEarlier > 100)
    // It did not start over: hardly a file was asked for twice.
    #expect(report.summary.attempts < 1100)
  }
}
