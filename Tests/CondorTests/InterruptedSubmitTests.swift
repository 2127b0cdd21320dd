import ByteStreams
import Campaign
import TestServers
import TestSupport
import Testing

/// A submission that is killed somewhere on its way, and made once more.
@Suite(.serialized) struct InterruptedSubmitTests {
  /// Every job is in the queue once, whenever the kill came, and whether it took condor_submit along.
  @Test(arguments: [[], ["--foreground"]]) func nothingIsSubmittedTwice(_ kind: [String]) async throws {
    let pool = try CondorPool.shared.get()
    let scene = try CampaignScene(
      pool, files: CampaignScene.files(directories: 3, each: 20),
      protectedDirectories: ["/store/unmerged/Run2026A/Test/RAW/v1/3"])
    var killedAmid = 0
    try await scene.whileNothingStarts {
      var milliseconds = 5
      var wasKilled = true
      while wasKilled {
        try await scene.plan(filesPerJob: 20)
        let done = try await pool.run(
          ["timeout", "--signal=KILL"] + kind + ["\(Double(milliseconds) / 1000)"]
            + [pool.tools() + "/swab-submit", "submit", scene.campaign, "--yes"])
        wasKilled = done.code != 0
        let submission = try CampaignFiles.submission(CampaignDirectory(scene.campaign).round(1))
        if let submission, submission.cluster == nil { killedAmid += 1 }
        try await Waiting.wait(until: "the kernel has cleared up after the killed one") {
          try LockedFile(CampaignDirectory(scene.campaign).manifest).lock() == .held
        }
        try await scene.swabSubmit("submit", scene.campaign, "--yes")
        #expect(try await pool.queue("true", "SwabJob").sorted() == ["0001", "0002"], "\(milliseconds) ms")
        try await pool.act("rm", "true")
        try await Waiting.wait(until: "the queue is empty", every: .milliseconds(300)) {
          try await pool.queue("true", "SwabJob") == []
        }
        Disk.removeTree(scene.campaign)
        milliseconds += 3 + milliseconds / 30
      }
    }
    #expect(killedAmid > 0)
  }
}
