import Campaign
import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// A small fleet with most of what goes wrong, on a real pool, while passes are killed and the schedd is started anew.
@Suite(.serialized) struct FleetTests {
  private static let good = ["T2_XX_F1", "T2_XX_F2", "T2_XX_F3", "T2_XX_F4"]
  private static let ill = ["T2_XX_Started", "T2_XX_Broken", "T2_XX_Double", "T2_XX_Hanging"]

  @Test func `each trouble is named, and none delays the others`() async throws {
    let monitor = try ScriptedMonitor()
    let scene = try CycleScene(
      CondorPool.shared.get(), rses: Self.good + Self.ill, monitor: monitor.base,
      settings: [
        "max-rounds = 2", "retries = 0", "approval-files = 100", "max-fraction = 1", "accept = plain-http",
      ], cycle: ["step-minutes = 1"])
    let targets = Dictionary(uniqueKeysWithValues: scene.targets.map { ($0.rse, $0) })
    func scan(_ rse: String, run: Int, files: Int, status: String = "done") throws {
      let target = try #require(targets[rse])
      let names = scene.scan(target, run: run, files: files)
      monitor.set(
        rse, .init(run: "2026_11_0\(run)_00_00", status: status, files: names + scene.kept(run: run)))
    }
    // The site's configuration is not there for the jobs.
    Disk.removeTree(try #require(targets["T2_XX_Broken"]).site.path)
    for run in 1...2 {
      for rse in Self.good { try scan(rse, run: run, files: 60) }
      try scan("T2_XX_Started", run: run, files: 10, status: "started")
      try scan("T2_XX_Broken", run: run, files: 30)
      try scan("T2_XX_Double", run: run, files: run == 1 ? 60 : 400)
      monitor.set("T2_XX_Hanging", .init(run: "x", hangs: true))
      var random = SystemRandomNumberGenerator()
      for number in 0..<8 {
        let seconds = Double(Int.random(in: 200...4000, using: &random)) / 1000
        _ = try await scene.cycle("run", before: ["timeout", "--signal=KILL", "\(seconds)"])
        if number == 3 { try await scene.pool.administer(["condor_restart", "-fast", "-daemon", "schedd"]) }
      }
      let begun = ContinuousClock.now
      let rows = try await scene.passes(but: ["T2_XX_Hanging"])
      // What hangs costs no pass more than its time.
      #expect(ContinuousClock.now - begun < .seconds(400))
      let states = Dictionary(uniqueKeysWithValues: rows.map { ($0.rse, "\($0.phase) \($0.reason)") })
      for rse in Self.good { #expect(states[rse] == "idle allGone", "\(rse)") }
      #expect(states["T2_XX_Started"] == "idle scanNotDone")
      #expect(states["T2_XX_Broken"] == "resting littleDeleted")
      #expect(states["T2_XX_Double"] == (run == 1 ? "idle allGone" : "needsApproval tooManyFiles"))
      #expect(states["T2_XX_Hanging"]?.hasSuffix(" tooSlow") == true, "\(states["T2_XX_Hanging"] ?? "")")
      for rse in Self.good {
        let target = try #require(targets[rse])
        #expect(scene.files(target) == scene.untouched(runs: run))
        let jobs = try await scene.allJobs(target).map {
          $0.split(separator: " ").dropLast().joined(separator: " ")
        }
        #expect(Set(jobs).count == jobs.count, "\(jobs)")
        #expect(scene.campaigns(target).count == run)
      }
    }
    // Nothing of the ill ones is gone that nobody agreed to.
    #expect(scene.files(try #require(targets["T2_XX_Double"])).count == 400 + 4)
    #expect(scene.files(try #require(targets["T2_XX_Started"])).count == 20 + 4)
    let page = Disk.read(scene.directory + "/state/index.html")
    for rse in Self.ill { #expect(page.contains(">\(rse)<")) }
    #expect(try await scene.cycle("approve", ["T2_XX_Double"]).code == 0)
    _ = try await scene.passes(but: ["T2_XX_Hanging"])
    #expect(scene.files(try #require(targets["T2_XX_Double"])) == scene.untouched(runs: 2))
  }
}
