import DeletionModel
import CampaignFixtures
import FoundationEssentials
import Testing

@testable import Campaign

/// Files that are called absent where that is no evidence.
@Suite struct SuspectTests {
  /// Jobs that ran on these machines, in order.
  static func queue(_ hosts: [String]) -> FakeQueue {
    FakeQueue(
      history: hosts.enumerated().map {
        FakeQueue.ad($0.offset, status: 4, "\"ExitCode\":0,\"LastRemoteHost\":\"slot1_1@\($0.element)\"")
      })
  }

  static func files(_ directory: String, _ count: Int) -> [String] {
    (0..<count).map { "/store/unmerged/\(directory)/\(1000 + $0)" }
  }

  /// A round whose jobs call all of their files this.
  static func addRound(_ campaign: CampaignFixture, _ jobs: [([String], Outcome)]) async throws {
    let first = (campaign.rounds.flatMap(\.jobs).map(\.number).max() ?? 0) + 1
    try campaign.addRound(jobs.map(\.0))
    for (index, (list, outcome)) in jobs.enumerated() {
      try await campaign.report(first + index, .init(files: list.map { ($0, outcome, nil) }))
    }
  }

  static func next(_ campaign: CampaignFixture, _ queue: FakeQueue) async throws -> NextRound.Result {
    try NextRound(campaign.directory, now: Date()).make(
      await CampaignStatus.read(campaign.directory, from: queue))
  }

  @Test(
    "a machine that finds nothing where another finds everything: its files are not gone, and go elsewhere")
  func blindMachine() async throws {
    let campaign = try CampaignFixture()
    let (blind, seen) = (Self.files("a", 40), Self.files("b", 40))
    try await Self.addRound(campaign, [(blind, .absent), (seen, .deleted)])
    let queue = Self.queue(["bad@node.test", "good.test"])
    let report = try await campaign.collect(queue)
    #expect(report.exit.status == .suspect && report.suspect == 40)
    #expect(report.totals.counts[.failed] == 40 && report.totals.counts[.deleted] == 40)
    #expect(try campaign.lines(campaign.directory.residual) == blind)
    #expect(Set(try campaign.outcomes().values) == ["failed suspect 0001", "deleted 0002"])
    #expect(report.alarm?.contains("bad@node.test") == true)
    #expect(report.warnings.contains { $0.contains("disagree") && $0.contains("good.test") })
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(status.gone == 40 && status.notGone == 40 && status.alarm == report.alarm)
    guard case .made(let record, leftOut: 0) = try await Self.next(campaign, queue) else {
      Issue.record("no round was made")
      return
    }
    #expect(record.files == 40 && record.avoidedHosts == ["bad@node.test"])
  }

  @Test("jobs too small for suspicion, on one machine that finds nothing")
  func smallJobs() async throws {
    let campaign = try CampaignFixture()
    let lists = ["a", "b", "c", "d"].map { Self.files($0, 12) }
    try await Self.addRound(
      campaign, [(lists[0], .absent), (lists[1], .absent), (lists[2], .absent), (lists[3], .deleted)])
    let report = try await campaign.collect(Self.queue(["bad.test", "bad.test", "bad.test", "good.test"]))
    #expect(report.exit.status == .suspect && report.suspect == 36)
    // On a machine that finds others, a few that are absent are.
    let other = try await campaign.collect(Self.queue(["bad.test", "good.test", "good.test", "good.test"]))
    #expect(other.exit.status == .suspect && other.suspect == 24 || other.exit.status == .allGone)
  }

  @Test("a campaign that is all absent is never done, however small", arguments: [1, 30])
  func allAbsent(count: Int) async throws {
    let campaign = try CampaignFixture()
    try await Self.addRound(campaign, [(Self.files("a", count), .absent)])
    let report = try await campaign.collect(Self.queue(["one.test"]))
    #expect(report.exit.status == .suspect && report.totals.counts.gone == 0)
    #expect(report.alarm?.contains("not one was deleted") == true)
    // Nor in the next round, and no machine is left out where none is known to be better.
    guard case .made(let record, leftOut: 0) = try await Self.next(campaign, Self.queue(["one.test"])) else {
      Issue.record("no round was made")
      return
    }
    #expect(record.files == count && record.avoidedHosts == nil)
  }

  @Test("files that one round calls absent and the next one has again count once", arguments: [true, false])
  func twice(isGone: Bool) async throws {
    let campaign = try CampaignFixture()
    let files = Self.files("a", 5)
    try await Self.addRound(campaign, [(files, .absent)])
    try await Self.addRound(campaign, [(files, isGone ? .deleted : .absent)])
    let status = try await CampaignStatus.read(campaign.directory, from: Self.queue(["one.test"]))
    #expect(status.gone == (isGone ? 5 : 0) && status.notGone == (isGone ? 0 : 5))
    #expect(status.doubted == (isGone ? 0 : 5) && status.alarm?.hasPrefix("5 files") == (isGone ? nil : true))
  }

  @Test("what is absent in a second round, on a machine that found others, is gone")
  func secondRound() async throws {
    let campaign = try CampaignFixture()
    let (absent, seen) = (Self.files("a", 40), Self.files("b", 40))
    try await Self.addRound(campaign, [(absent, .absent), (seen, .deleted)])
    try await Self.addRound(campaign, [(absent, .absent)])
    // The queue does not tell rounds apart: the first job of each ran on the first machine.
    #expect(try await campaign.collect(Self.queue(["bad.test", "good.test"])).exit.status == .suspect)
    let report = try await campaign.collect(Self.queue(["good.test", "good.test"]))
    #expect(report.exit.status == .allGone && report.totals.counts[.absent] == 40)
    #expect(try campaign.lines(campaign.directory.residual) == [])
  }

  @Test("a machine on which everything fails at once is bad, also if the jobs fared better elsewhere later")
  func blackHole() async throws {
    let campaign = try CampaignFixture()
    let lists = ["a", "b", "c"].map { Self.files($0, 30) }
    try campaign.addRound(lists)
    try await campaign.report(1, .init(files: lists[0].map { ($0, .failed, "auth") }, code: .noPermission))
    try await campaign.report(
      2, .init(files: lists[1].map { ($0, .failed, "transient") }, code: .unavailable))
    try await campaign.report(3, .init(files: lists[2].map { ($0, .deleted, nil) }))
    let events =
      EventLogTests.xml(1, 2, "    <a n=\"SlotName\"><s>slot1_1@hole.test</s></a>")
      + EventLogTests.xml(
        4, 2,
        "    <a n=\"TerminatedAndRequeued\"><b v=\"t\"/></a>\n    <a n=\"TerminatedNormally\"><b v=\"t\"/></a>\n    <a n=\"ReturnValue\"><i>77</i></a>"
      )
    try campaign.write(Array(events.utf8), to: campaign.directory.round(1).events)
    let queue = Self.queue(["hole.test", "hole.test", "good.test"])
    let table = try await CampaignStatus.read(campaign.directory, from: queue).hosts
    #expect(table.hosts.map(\.name) == ["hole.test", "good.test"] && table.avoided == ["hole.test"])
    #expect(table.hosts[0].failures == 3 && table.hosts[0].exits == [69: 1, 77: 2])
    #expect(try await campaign.collect(queue).exit.status == .someNotGone)
  }
}
