import TestServers
import TestSupport
import Testing

/// The ways to a worker node other than the schedd of this machine, on a pool with users of its own.
@Suite(.serialized) struct TargetTests {
  private static func scene(_ pool: CondorPool) throws -> CampaignScene {
    try CampaignScene(
      pool, files: CampaignScene.files(directories: 21, each: 1000),
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/3"], settings: ["max-materialize = 0"])
  }

  /// The schedd believes nobody who brings no token, and keeps input and output until they are fetched.
  @Test func remoteScheddWithToken() async throws {
    let pool = try CondorPool.full.get()
    let scene = try Self.scene(pool)
    try await scene.plan(filesPerJob: 1000)
    let target = ["--schedd", CondorPool.schedd, "--pool", pool.collector, "--spool"]
    let tokens = pool.makeDirectory("tokens")
    let environment = [
      "_CONDOR_SEC_CLIENT_AUTHENTICATION_METHODS": "IDTOKENS", "_CONDOR_SEC_TOKEN_DIRECTORY": tokens,
    ]

    let refused = try await scene.swabSubmit(
      ["submit", scene.campaign, "--yes"] + target, environment: environment)
    #expect(refused.code == 77)
    #expect(refused.messages.split(separator: "\n").count == 1, "\(refused.messages)")
    let nowhere = try await scene.swabSubmit(
      [
        "submit", scene.campaign, "--yes", "--schedd", "nobody@pool.test", "--pool", pool.collector,
        "--spool",
      ],
      environment: environment)
    #expect(nowhere.code == 69)
    #expect(nowhere.messages.split(separator: "\n").count == 1, "\(nowhere.messages)")
    #expect(try await pool.queue("true", "ClusterId") == [])

    try await pool.makeToken(in: tokens)
    for _ in 1...2 {
      let done = try await scene.swabSubmit(
        ["submit", scene.campaign, "--yes"] + target, environment: environment)
      try #require(done.code == 0, "\(done.messages)")
    }
    #expect(try await pool.queue("true", "ClusterId").count == 20)
    try await scene.remove(2)
    try await scene.waitForJobs(environment: environment)
    let first = try await scene.collect(code: 1, lostReports: true, environment: environment)
    #expect(first.summary.deleted >= 19_000)
    #expect(try await pool.queue("true", "ClusterId") == [])

    // To the same schedd again.
    try await scene.swabSubmit("resubmit", scene.campaign, environment: environment)
    try await scene.waitForJobs(environment: environment)
    let last = try await scene.collect(code: 0, lostReports: true, environment: environment)
    #expect(last.summary.deleted + last.summary.absent == 20_000)
    #expect(try await pool.queue("true", "ClusterId") == [])
  }

  /// Through the gridmanager to another schedd, whose router makes jobs of the pool of them.
  @Test func computeElement() async throws {
    let pool = try CondorPool.full.get()
    try await handOn(pool, ["--ce", "condor ce@pool.test \(pool.collector)"])
  }

  /// Through BLAH to Slurm, which knows nothing of exit codes here.
  @Test func slurm() async throws {
    try await handOn(CondorPool.full.get(), ["--grid-resource", "batch slurm"])
  }

  private func handOn(_ pool: CondorPool, _ target: [String]) async throws {
    let scene = try Self.scene(pool)
    try await scene.plan(filesPerJob: 1000)
    let done = try await scene.swabSubmit(["submit", scene.campaign, "--yes"] + target)
    try #require(done.code == 0, "\(done.messages)")
    try await scene.waitForJobs()
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 20_000)
    #expect(report.jobs.count == 20)
  }
}
