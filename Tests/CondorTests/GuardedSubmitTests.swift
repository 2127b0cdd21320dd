import ByteStreams
import Campaign
import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// What a campaign can be submitted by without its directory knowing: copies, restored and lost files, other campaigns of
/// the RSE, and schedds far away. No file is in two living jobs.
@Suite(.serialized) struct GuardedSubmitTests {
  private static func scene(_ pool: CondorPool, settings: [String] = ["max-materialize = 0"]) throws
    -> CampaignScene
  {
    try CampaignScene(
      pool, files: CampaignScene.files(directories: 5, each: 20),
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/5"], settings: settings)
  }

  /// The clusters of the campaign that can still delete something.
  private func living(_ scene: CampaignScene) async throws -> Set<String> {
    Set(try await scene.pool.queue("JobStatus =!= 3", "ClusterId"))
  }

  private func clear(_ scene: CampaignScene) async throws {
    if try await !scene.pool.queue("true", "ClusterId").isEmpty { try await scene.pool.act("rm", "true") }
    try await Waiting.wait(until: "the queue is empty", every: .milliseconds(300)) {
      try await scene.pool.queue("true", "ClusterId").isEmpty
    }
  }

  @Test(
    "copies, lost files and other campaigns of the RSE, also where the schedd makes the jobs bit by bit",
    arguments: [0, 1])
  func oneSubmission(_ maxMaterialize: Int) async throws {
    let pool = try CondorPool.shared.get()
    let scene = try Self.scene(pool, settings: ["max-materialize = \(maxMaterialize)"])
    try await scene.plan(filesPerJob: 20)
    let copy = scene.directory + "/copy"
    _ = try await pool.run(["cp", "-a", scene.campaign, copy])
    try await scene.whileNothingStarts {
      try await scene.swabSubmit("submit", scene.campaign, "--yes")
      let clusters = try await living(scene)
      #expect(clusters.count == 1)
      let submission = try #require(try CampaignFiles.submission(CampaignDirectory(scene.campaign).round(1)))
      #expect(submission.schedd?.name == CondorPool.schedd)

      // A copy from before, and one that has the event log as well.
      try await scene.swabSubmit("submit", copy, "--yes", code: 65)
      _ = try await pool.run(["cp", scene.campaign + "/events.log", copy])
      try await scene.swabSubmit("submit", copy, "--yes", code: 65)
      // Only what says where the jobs are is lost, with the log or without.
      for lost in [["submission.json"], ["submission.json", "events.log"]] {
        _ = try await pool.run(["rm"] + lost.map { "\(scene.campaign)/\($0)" })
        let said = try await scene.swabSubmit("submit", scene.campaign, "--yes")
        #expect(said.contains("submitted before"))
      }
      #expect(try await living(scene) == clusters)
      // Another campaign for the same files.
      let other = scene.directory + "/other"
      try await scene.swabSubmit(
        "plan", "--rse", CampaignScene.rse, "--site", "T2_XX_Test", "--from", scene.directory + "/list",
        "--protected",
        scene.directory + "/protected", "--config", scene.directory + "/config.ini", "-o", other)
      try await scene.swabSubmit("submit", other, "--yes", code: 75)
      #expect(try await living(scene) == clusters)
      // Another schedd than the one that has the jobs is not gone by.
      var elsewhere = submission
      elsewhere.schedd?.name = "schedd@elsewhere.test"
      let path = CampaignDirectory(scene.campaign).round(1).submission
      try CampaignFiles.write(elsewhere, to: path)
      try await scene.swabSubmit("remove", scene.campaign, code: 69)
      try await scene.swabSubmit("resubmit", scene.campaign, code: 69)
      try CampaignFiles.write(submission, to: path)
      #expect(try await living(scene) == clusters)
      try await scene.swabSubmit("submit", other, "--yes", "--accept", "overlap")
      #expect(try await living(scene).count == 2)
      try await clear(scene)
    }
  }

  @Test("of a campaign and its copy, submitted at the same time, one goes", arguments: 1...4)
  func atOnce(_ number: Int) async throws {
    let pool = try CondorPool.shared.get()
    let scene = try Self.scene(pool)
    try await scene.plan(filesPerJob: 20)
    let copy = scene.directory + "/copy"
    _ = try await pool.run(["cp", "-a", scene.campaign, copy])
    try await scene.whileNothingStarts {
      async let first = scene.swabSubmit(["submit", scene.campaign, "--yes"])
      async let second = scene.swabSubmit(["submit", copy, "--yes"])
      let codes = try await [first.code, second.code]
      #expect(codes.contains(0) && codes != [0, 0], "\(codes)")
      #expect(try await living(scene).count == 1)
      try await clear(scene)
    }
  }

  /// A machine that has HTCondor's tools and no schedd.
  @Test func withoutSchedd() async throws {
    let pool = try CondorPool.shared.get()
    let scene = try Self.scene(pool)
    try await scene.plan(filesPerJob: 20)
    let nothing = [
      "_CONDOR_SCHEDD_ADDRESS_FILE": "/nonexistent", "_CONDOR_SCHEDD_DAEMON_AD_FILE": "/nonexistent",
      "_CONDOR_SCHEDD_NAME": "nobody@here", "_CONDOR_COLLECTOR_HOST": "127.0.0.1:1",
    ]
    let refused = try await scene.swabSubmit(["submit", scene.campaign, "--yes"], environment: nothing)
    #expect(refused.code == 69 && refused.messages.split(separator: "\n").count == 1, "\(refused.messages)")
    #expect(!Disk.exists(scene.campaign + "/submission.json"))
    try await scene.swabSubmit("remove", scene.campaign)
    try await scene.whileNothingStarts {
      try await scene.swabSubmit(
        "submit", scene.campaign, "--yes", "--schedd", CondorPool.schedd, "--pool", pool.collector)
      try await clear(scene)
    }
  }

  /// In portions, each of which is killed somewhere on its way and begun anew: never more jobs than that at the schedd, each
  /// file in one of them, and all files gone in the end.
  @Test func portions() async throws {
    let pool = try CondorPool.shared.get()
    let scene = try Self.scene(pool, settings: ["max-jobs = 2", "max-materialize = 0", "spool-limit = 100"])
    try await scene.plan(filesPerJob: 20)
    let target = ["--schedd", CondorPool.schedd, "--pool", pool.collector, "--spool"]
    var milliseconds = 20
    var rounds = 0
    var code: Int32 = 75
    while code == 75, rounds < 10 {
      let command =
        rounds == 0 ? ["submit", scene.campaign, "--yes"] + target : ["resubmit", scene.campaign]
      _ = try await pool.run(
        ["timeout", "--signal=KILL", "\(Double(milliseconds) / 1000)", pool.tools() + "/swab-submit"]
          + command)
      try await Waiting.wait(until: "the kernel has cleared up after the killed one") {
        try LockedFile(CampaignDirectory(scene.campaign).manifest).lock() == .held
      }
      // Where the killed one was quick enough nothing is left to be done, or its jobs have not ended.
      let again = try await scene.swabSubmit(command)
      #expect([0, 75].contains(again.code ?? -1), "\(again.messages)")
      let jobs = try await pool.queue("JobStatus =!= 3", "SwabJob")
      #expect(jobs.count <= 2 && Set(jobs).count == jobs.count, "\(jobs)")
      rounds += 1
      milliseconds += 150
      try await Waiting.wait(until: "the portion has ended", within: 900, every: .milliseconds(300)) {
        try await pool.queue("true", "JobStatus").allSatisfy { $0 == "4" }
      }
      code = try await scene.swabSubmit(["collect", scene.campaign]).code ?? -1
    }
    #expect(code == 0 && rounds >= 2)
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 80)
    #expect(try await pool.queue("true", "ClusterId") == [])
  }

  /// Many jobs at a schedd that keeps their input: what the nodes fetch does not lie there once for each of them, and no
  /// more of them run than `max-materialize` says.
  @Test func spooled() async throws {
    let pool = try CondorPool.shared.get()
    let scene = try Self.scene(pool, settings: ["max-materialize = 2", "max-rate = 20", "spool-limit = 100"])
    try await scene.plan(filesPerJob: 8)
    let target = ["--yes", "--schedd", CondorPool.schedd, "--pool", pool.collector, "--spool"]
    let refused = try await scene.swabSubmit(["submit", scene.campaign] + target)
    #expect(refused.code == 64 && refused.messages.contains("--accept large-spool"), "\(refused.messages)")
    #expect(!Disk.exists(scene.campaign + "/submission.json"))
    let server = try HTTPSFileServer(try pool.tools())
    let done = try await scene.swabSubmit(
      ["submit", scene.campaign] + target + ["--payload", server.base + "/swab"])
    #expect(done.code == 0 && done.messages.contains("concurrency limit"), "\(done.messages)")
    let spool = try await pool.run(["sh", "-c", "du -sm \"$(condor_config_val SPOOL)\""])
    #expect(Int(spool.output.split(separator: "\t").first ?? "").map { $0 < 20 } == true, "\(spool.output)")
    var most = 0
    try await Waiting.wait(until: "all jobs have ended", within: 900, every: .milliseconds(200)) {
      let states = try await pool.queue("true", "JobStatus")
      most = max(most, states.count { $0 == "2" })
      return states.allSatisfy { $0 == "4" }
    }
    #expect(most <= 2)
    withExtendedLifetime(server) {}
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 80)
  }
}
