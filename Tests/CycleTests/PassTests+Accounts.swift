import Campaign
import FoundationEssentials
import TestSupport
import Testing

@testable import Cycle

/// What passes know of earlier ones: after kills, lost files, clocks that were wrong.
extension PassTests {
  @Test func `what was told of a campaign is not told again where the state is lost`() async throws {
    work.list("A", files: 30)
    work.end("A", .init(deleted: 20, size: 1000, exit: 0))
    let file = try file()
    for _ in 0..<2 { try await pass(file) }
    let before = try #require(CycleStatus(file, now: work.now()).rows.first)
    Disk.removeTree(state.rse("A").state)
    // A kill has left half a line as well.
    Disk.write(state.rse("A").history, Disk.read(state.rse("A").history) + "{\"sequ")
    expect(try await pass(file)["A"], .idle, .allGone)
    let after = try #require(CycleStatus(file, now: work.now()).rows.first)
    #expect(after.deleted == before.deleted && after.deleted.day == 20 && after.freed == before.freed)
    #expect(after.state.totals == before.state.totals && after.state.totals.campaigns == 1)
    #expect(after.state.campaigns.map(\.rounds) == [1])
    let events = RSEHistory.events(state.rse("A"))
    #expect(events.map(\.sequence) == Array(1...events.count))
  }

  @Test func `a submission that a kill has kept out of the state is noted by the next pass`() async throws {
    work.list("A", files: 30)
    work.failSubmission(.init(.unavailable, "no schedd"))
    let file = try file(["A"], "max-rounds = 1\nfiles-per-day = 30")
    try await pass(file)
    let (known, told) = (Disk.read(state.rse("A").state), Disk.read(state.rse("A").history))
    work.failSubmission(nil)
    work.run(true)
    try await pass(file)
    Disk.write(state.rse("A").state, known)
    Disk.write(state.rse("A").history, told)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(RSEHistory.events(state.rse("A")).filter { $0.event == "submitted" }.map(\.files) == [30])
    #expect(work.submitted.count == 1)
    work.run(false)
    work.end("A", .init(deleted: 0, error: "endpoint"))
    // What came to nothing is followed by a rest.
    let over = try await pass(file)["A"]
    expect(over, .resting, .littleDeleted)
    #expect(over?.campaigns.last?.rounds == 1)
  }

  @Test func `campaigns that are over go in any pass, also of an RSE for which nothing is done`() async throws
  {
    for _ in 0..<3 {
      work.list("A", files: 3)
      for _ in 0..<2 { try await pass(file()) }
      work.wait(hours: 10)
    }
    let campaigns = { state.rse("A").plannedCampaigns.map(\.id) }
    #expect(campaigns() == work.planned && work.planned.count == 3)
    _ = try await CyclePass(
      file(["A"], "enabled = no\nkeep-campaigns = 1"), work, isDryRun: true, grace: 1, now: work.now
    ).run()
    #expect(campaigns().count == 3)
    expect(try await pass(file(["A"], "enabled = no\nkeep-campaigns = 1"))["A"], .idle, .disabled)
    #expect(campaigns() == Array(work.planned.suffix(1)))
  }

  @Test func `a rest that is over is not told of, and none is longer than there is`() async throws {
    let file = try file(["A"], "max-rounds = 1")
    work.list("A", files: 100)
    work.end("A", .init(deleted: 5, error: "endpoint"))
    for _ in 0..<2 { try await pass(file) }
    let due = try #require(try await pass(file)["A"]?.nextDue)
    work.wait(hours: 25)
    #expect(try await pass(file)["A"]?.nextDue == nil)
    // A clock was wrong when it began.
    var state = try #require(try RSEHistory.state(state.rse("A")))
    state.nextDue = "2036" + due.dropFirst(4)
    try RSEHistory.save(&state, nil, to: self.state.rse("A"))
    work.list("A", files: 100)
    work.run(true)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
  }

  @Test func `what was done in the future says nothing of today`() async throws {
    let file = try file(["A"], "files-per-day = 40")
    work.list("A", files: 30)
    for _ in 0..<2 { try await pass(file) }
    let history = state.rse("A").history
    Disk.write(history, Disk.read(history).replacing("\"time\":\"2026", with: "\"time\":\"2036"))
    #expect(CycleStatus(file, now: work.now()).rows.first?.deleted == .init())
    work.wait(hours: 1)
    work.list("A", files: 30)
    work.run(true)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
  }

  @Test func `an RSE that is named twice is worked on once`() async throws {
    work.list("A", files: 3)
    work.run(true)
    let summary = try await CyclePass(file(), work, grace: 1, now: work.now).run(only: ["A", "A"])
    #expect(summary.states.map(\.reason) == [.campaignLiving])
  }

  @Test(arguments: ["frozen.json", "approved.json"])
  func `a person's decision that can't be read is a damaged state`(name: String) async throws {
    work.list("A", files: 30)
    try state.rse("A").make()
    let path = "\(state.rse("A").path)/\(name)"
    Disk.write(path, "{}")
    let stopped = try await pass(file())["A"]
    expect(stopped, .blocked, .damagedState)
    #expect(stopped?.detail?.hasPrefix(path) == true && work.submitted.isEmpty)
    Disk.removeTree(path)
    work.run(true)
    expect(try await pass(file())["A"], .submitted, .campaignLiving)
  }

  @Test func `a schedd that does not let us in is no schedd that is down`() async throws {
    work.list("A", files: 30)
    work.run(true)
    try await pass(file())
    work.refuse(true)
    expect(try await pass(file())["A"], .submitted, .scheddRefused)
    work.refuse(false)
    expect(try await pass(file())["A"], .submitted, .campaignLiving)
  }

  @Test func `jobs that the schedd does not know are named with what to do`() async throws {
    work.list("A", files: 30)
    work.run(true)
    let id = try #require(try await pass(file())["A"]?.campaign)
    let campaign = state.rse("A").campaign(id)
    Disk.write(campaign.round(1).events, "000 (010.000.000) 2026-11-28 18:21:35 Job submitted\n...\n")
    work.forget(true)
    let unknown = try await pass(file())["A"]
    expect(unknown, .submitted, .submissionUncertain)
    #expect(unknown?.detail?.hasSuffix("swab-submit resubmit --assume-lost \(campaign.path)") == true)
  }

  @Test func `an RSE that is named no more is followed until its campaign is over`() async throws {
    for rse in ["A", "B"] { work.list(rse, files: 30) }
    work.run(true)
    try await pass(file(["A", "B"]))
    let file = try file(["B"])
    let rows = { CycleStatus(file, now: work.now()).rows.map(\.state.rse) }
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
    #expect(rows() == ["A", "B"])
    work.run(false)
    work.wait(hours: 1)
    work.list("A", files: 30)
    let over = try await pass(file)["A"]
    #expect(over?.totals.deleted == 30 && over?.campaigns.last?.reason == .allGone && over?.campaign == nil)
    #expect(rows() == ["B"] && work.planned.count == 2)
    #expect(try await pass(file).keys.sorted() == ["B"])
  }

  @Test func `what a person freezes while it is being submitted is not submitted`() async throws {
    work.list("A", files: 30)
    let path = state.rse("A").frozen
    work.beforeSubmission { try? CampaignFiles.write(PersonFile(time: "t", user: "u"), to: path) }
    expect(try await pass(file())["A"], .frozen, .frozen)
    #expect(work.submitted.isEmpty && work.planned.count == 1)
    work.beforeSubmission {}
    Disk.removeTree(path)
    work.run(true)
    expect(try await pass(file())["A"], .submitted, .campaignLiving)
  }

  @Test func `jobs that were left for the next round take no room of other RSEs`() async throws {
    work.list("Z", files: 1000)
    work.run(true)
    let file = try file(
      ["A", "Z"], "files-per-job = 100\njobs-in-flight = 5", cycle: "jobs-in-flight = 10\nparallel-rses = 1")
    try await pass(file)
    #expect(try await pass(file)["Z"]?.jobs == ["planned": 5, "running": 5])
    work.list("A", files: 300)
    expect(try await pass(file)["A"], .submitted, .campaignLiving)
  }

  @Test func `a lease that can't be read is said to be that`() async throws {
    work.list("A", files: 30)
    try state.rse("A").make()
    Disk.write(state.rse("A").lease, "")
    let left = try await pass(file())["A"]
    expect(left, .idle, .leasedElsewhere)
    #expect(left?.detail?.hasPrefix("\(state.rse("A").lease) can't be read") == true)
  }

  @Test func `trials push no campaign out of the memory`() {
    var state = RSEState(rse: "A", site: nil, now: "2026-11-28T00:00:00Z")
    for number in 0..<40 {
      var result = RSEState.Result(campaign: "c\(number)", run: "r", planned: "2026-11-28T00:00:00Z")
      result.isProbe = number >= 12 ? true : nil
      state.campaign = result.campaign
      state.current = result
    }
    #expect(state.campaigns.map(\.campaign) == ((2..<12).map { "c\($0)" } + (30..<40).map { "c\($0)" }))
  }

  @Test func `a directory that can't be made is named with why`() {
    Disk.write(work.directory.path + "/file")
    let error = #expect(throws: CampaignError.self) {
      try CyclePass.lock(StateDirectory(work.directory.path + "/file/state"))
    }
    #expect(error?.status == .cannotReport)
    #expect(
      error?.description.hasSuffix("/file/state: cannot be created: Not a directory") == true,
      "\(error?.description ?? "")")
  }
}
