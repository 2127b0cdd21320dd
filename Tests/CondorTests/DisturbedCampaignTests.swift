import TestServers
import TestSupport
import Testing

/// Everything that happens to jobs happens to some of twenty; further rounds end the campaign, and no file is
/// called something that it is not.
@Suite struct DisturbedCampaignTests {
  @Test func everyFileIsAccountedFor() async throws {
    let scene = try CampaignScene(
      CondorPool.shared.get(), files: CampaignScene.files(directories: 21, each: 1000),
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/7"],
      // All of them are in the queue before the first one starts.
      settings: ["max-materialize = 0"])
    let (removedBefore, removedAmid, held, vacated, killed, noOutput, brokenSite) = (2, 4, 6, 8, 11, 14, 17)
    let amid = [removedAmid, held, vacated, killed]
    try await scene.plan(filesPerJob: 1000)
    try await scene.whileNothingStarts {
      try await scene.swabSubmit("submit", scene.campaign, "--yes")
      try await scene.remove(removedBefore)
      for job in amid { try await scene.slowDown(job, filesPerSecond: 25) }
      try await scene.change(
        noOutput, "TransferOutput", "\"\(scene.value(noOutput, "TransferOutput")),not-there\"")
      try await scene.breakSite(brokenSite)
    }
    for job in amid { try await scene.waitUntilHalfWay(job) }
    try await scene.remove(removedAmid)
    try await scene.pool.act("hold", scene.constraint(held))
    try await scene.pool.act("vacate_job", scene.constraint(vacated))
    try await scene.killPayload(killed)
    try await scene.wait(until: "the job is held") { try $0.job(held).state == .held }
    try await scene.pool.act("release", scene.constraint(held))

    // What lacks an output file waits for a person.
    let first = try await scene.wait(until: "only one job is left") { status in
      status.jobs.filter { $0.state.isToCome }.map(\.job) == ["0014"]
    }
    #expect(try first.job(noOutput).state == .held)
    #expect(try [12, 13].contains(first.job(noOutput).holdCode))
    try await scene.collect(code: 75)
    try await scene.swabSubmit("resubmit", scene.campaign, code: 75)
    try await scene.swabSubmit("remove", scene.campaign)

    let second = try await scene.waitForJobs()
    for job in [removedBefore, removedAmid] { #expect(try second.job(job).state == .removed) }
    for job in [killed, brokenSite] { #expect(try second.job(job).state == .failed) }
    for job in [held, vacated] { #expect(try second.job(job).starts > 1) }
    let report = try await scene.collect(code: 1)
    #expect(report.summary.deleted >= 14_000)
    #expect(report.summary.deleted < 20_000)

    try await scene.swabSubmit("resubmit", scene.campaign)
    try await scene.waitForJobs()
    let last = try await scene.collect(code: 0, lostReports: true)
    #expect(last.summary.deleted + last.summary.absent == 20_000)
  }
}
