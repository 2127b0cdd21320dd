import Campaign
import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// The cycle on a real pool, with real storage.
@Suite(.serialized) struct CycleTests {
  @Test func `several RSEs, scan after scan`() async throws {
    let scene = try CycleScene(
      CondorPool.shared.get(), rses: ["T2_XX_A", "T2_XX_B", "T2_XX_Down"],
      settings: ["max-rounds = 1", "retries = 0"])
    for target in scene.targets { scene.scan(target, run: 1, files: 50) }
    scene.targets[2].storage.stop()
    for run in 1...2 {
      let rows = try await scene.passes()
      #expect(rows.prefix(2).map(\.phase) == ["idle", "idle"], "\(rows)")
      #expect(rows.prefix(2).map(\.reason) == ["allGone", "allGone"])
      #expect(rows.prefix(2).map(\.deletedTotal) == [50 * run, 50 * run])
      // One that is down is named, and delays nobody.
      #expect(rows[2].phase == "resting" && rows[2].reason == "littleDeleted", "\(rows[2])")
      for target in scene.targets.prefix(2) { #expect(scene.files(target) == scene.untouched(runs: run)) }
      if run == 1 {
        // The names of lists are their time, to the second.
        try await Task.sleep(for: .seconds(1))
        for target in scene.targets { scene.scan(target, run: 2, files: 50) }
      }
    }
    for target in scene.targets.prefix(2) { #expect(scene.campaigns(target).count == 2) }
    #expect(scene.campaigns(scene.targets[2]).count == 1)
    // Everything of it is there for people.
    let state = scene.directory + "/state"
    #expect(Disk.read(state + "/index.html").contains("rses/T2_XX_A/index.html"))
    #expect(Disk.read(state + "/rses/T2_XX_A/index.html").contains("campaigns/T2_XX_A-"))
    let metrics = Disk.read(state + "/metrics.prom")
    #expect(
      metrics.contains("swab_rse_files_total{rse=\"T2_XX_A\",site=\"T2_XX_Test\",outcome=\"deleted\"} 100"))
    let text = try await scene.cycle("explain", ["T2_XX_Down"]).output
    #expect(text.hasPrefix("T2_XX_Down is resting since "))
  }

  @Test func `killed again and again, it submits nothing twice and loses nothing`() async throws {
    let scene = try CycleScene(CondorPool.shared.get(), rses: ["T2_XX_C", "T2_XX_D"])
    for target in scene.targets { scene.scan(target, run: 1, files: 100) }
    var random = SystemRandomNumberGenerator()
    for _ in 0..<25 {
      let limit = Double(Int.random(in: 20...2500, using: &random)) / 1000
      // Some kills take the tools of HTCondor along, and some don't.
      let kind = Bool.random(using: &random) ? [] : ["--foreground"]
      _ = try await scene.cycle("run", before: ["timeout", "--signal=KILL"] + kind + ["\(limit)"])
    }
    let rows = try await scene.passes()
    for (target, row) in zip(scene.targets, rows) {
      #expect(row.phase == "idle" && row.reason == "allGone" && row.deletedTotal == 100, "\(row)")
      #expect(scene.files(target) == scene.untouched(runs: 1))
      #expect(scene.campaigns(target).count == 1)
      // Each job of a round once.
      let jobs = try await scene.allJobs(target).map {
        $0.split(separator: " ").dropLast().joined(separator: " ")
      }
      #expect(Set(jobs).count == jobs.count && jobs.count >= 5, "\(jobs)")
      let history = Disk.read("\(scene.directory)/state/rses/\(target.rse)/history.jsonl").split(
        separator: "\n")
      #expect(history.count { $0.contains("\"event\":\"planned\"") } == 1)
      #expect(history.count { $0.contains("\"event\":\"ended\"") } == 1)
    }
  }

  @Test func `two passes at once`() async throws {
    let scene = try CycleScene(CondorPool.shared.get(), rses: ["T2_XX_E"])
    scene.scan(scene.targets[0], run: 1, files: 20)
    let codes = try await withThrowingTaskGroup(of: Int32?.self) { group in
      for _ in 0..<4 { group.addTask { try await scene.cycle("run").code } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(codes.contains(0) && codes.allSatisfy { $0 == 0 || $0 == 75 }, "\(codes)")
    _ = try await scene.passes()
    #expect(Set(try await scene.allJobs(scene.targets[0])).count == 1)
  }
}
