import TestSupport
import Testing

/// A submission that is killed somewhere on its way, and made once more.
@Suite struct InterruptedSubmitTests {
  /// Every job is in the queue once, whenever the kill came, and whether it took condor_submit along.
  @Test func nothingIsSubmittedTwice() async throws {
    let pool = try CondorPool.shared.get()
    let scene = try CampaignScene(
      pool, files: CampaignScene.files(folders: 3, each: 20),
      protectedFolders: ["/store/unmerged/Run2026A/Test/RAW/v1/3"])
    try await scene.whileNothingStarts {
      for milliseconds in stride(from: 5, through: 160, by: 5) {
        for group in [["--foreground"], []] {
          try await scene.plan(filesPerJob: 20)
          let words =
            ["timeout", "--signal=KILL"] + group + ["0.\(milliseconds + 1000)".replacing("0.1", with: "0.")]
          _ = try await pool.run(words + [pool.tools() + "/swab-submit", "submit", scene.campaign, "--yes"])
          try await scene.swabSubmit("submit", scene.campaign, "--yes")
          #expect(try await pool.queue("true", "SwabJob").sorted() == ["0001", "0002"], "\(milliseconds) ms")
          try await pool.act("rm", "true")
          try await CondorPool.wait(until: "the queue is empty") {
            try await pool.queue("true", "SwabJob") == []
          }
          Disk.removeTree(scene.campaign)
        }
      }
    }
  }
}
