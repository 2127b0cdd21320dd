import CampaignFixtures
import ByteStreams
import DeletionModel
import FoundationEssentials
import Testing

@testable import Campaign

/// What is not known is not over.
@Suite struct UncertainTests {
  private func states(_ status: CampaignStatus) -> [JobState] { status.jobs.map(\.assessment.state) }

  @Test("spooled jobs of a schedd that can't be asked are to come; collect ends with 69")
  func spooled() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([CollectorTests.list, ["/store/unmerged/c/1"]], spool: true)
    let queue = FakeQueue(isDown: true)
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(states(status) == [.unknown, .unknown] && status.isRunning && status.isUncertain)
    let report = try await campaign.collect(queue)
    #expect(report.exit.status == .unavailable && report.jobsToCome.count == 2)
    #expect(throws: CampaignError.self) { try NextRound.check(status, now: .now) }
  }

  @Test("jobs that a schedd which can't be asked is still to make are to come")
  func unmade() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound((0..<3).map { ["/store/unmerged/a/\($0)"] })
    let growing = EventLogTests.xml(35, -1) + EventLogTests.xml(0, 0) + EventLogTests.xml(1, 0)
    try campaign.write(Array(growing.utf8), to: campaign.directory.round(1).events)
    let down = try await CampaignStatus.read(campaign.directory, from: FakeQueue(isDown: true))
    #expect(states(down) == [.running, .idle, .idle] && down.isUncertain)
    // Between two jobs none may be in the queue.
    let ended = growing + EventLogTests.xml(5, 0, EventLogTests.ended)
    try campaign.write(Array(ended.utf8), to: campaign.directory.round(1).events)
    let between = try await CampaignStatus.read(campaign.directory, from: FakeQueue())
    #expect(states(between) == [.failed, .idle, .idle] && !between.isUncertain)
  }

  @Test("a job whose event log has a start and no end is never lost, unless a person says so")
  func outOfSight() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"], ["/store/unmerged/a/2"]])
    let events = EventLogTests.xml(0, 0) + EventLogTests.xml(1, 0) + EventLogTests.xml(0, 1)
    try campaign.write(Array(events.utf8), to: campaign.directory.round(1).events)
    var status = try await CampaignStatus.read(campaign.directory, from: FakeQueue())
    #expect(states(status) == [.unknown, .unknown] && status.isUncertain)
    #expect(
      #expect(throws: CampaignError.self) { try NextRound.check(status, now: .now) }?.status == .unavailable)
    #expect(try await campaign.collect(FakeQueue()).exit.status == .unavailable)
    // Nor is it called removed.
    await #expect(throws: CampaignError.self) {
      try await JobRemoval.checkNoneIsOutOfSight(campaign.directory, queue: FakeQueue())
    }
    let known = FakeQueue(history: [0, 1].map { FakeQueue.ad($0, status: 3) })
    try await JobRemoval.checkNoneIsOutOfSight(campaign.directory, queue: known)
    status.assumeLost()
    #expect(states(status) == [.lost, .lost] && !status.isUncertain)
    try NextRound.check(status, now: .now)
    // From then on they are over: otherwise the campaign would never end.
    try campaign.addRound([["/store/unmerged/a/1", "/store/unmerged/a/2"]], cluster: 11)
    for queue in [FakeQueue(), FakeQueue(isDown: true)] {
      let next = try await CampaignStatus.read(campaign.directory, from: queue)
      #expect(states(next).prefix(2) == [.lost, .lost])
    }
    try await JobRemoval.checkNoneIsOutOfSight(campaign.directory, queue: FakeQueue())
  }

  @Test("that a schedd of the same name at another address does not know a job says nothing")
  func elsewhere() async throws {
    let campaign = try CampaignFixture()
    let taker = Submission.Schedd(name: "s@test", address: "<10.0.0.1:9618>")
    // The event log of spooled jobs is at the schedd.
    try campaign.addRound([["/store/unmerged/a/1"], ["/store/unmerged/a/2"]], spool: true, schedd: taker)
    for (address, state, isUncertain) in [
      ("<10.0.0.1:9618>", JobState.lost, false), (nil, .lost, false), ("<10.0.0.2:9618>", .unknown, true),
      ("<10.0.0.1:9619>", .unknown, true),
    ] {
      let queue = FakeQueue(
        queued: [FakeQueue.ad(1, status: 2)], schedd: .init(name: "s@test", address: address))
      let status = try await CampaignStatus.read(campaign.directory, from: queue)
      #expect(states(status) == [state, .running] && status.isUncertain == isUncertain, "\(address ?? "")")
    }
    // It was moved, and has them.
    let moved = FakeQueue(
      history: [0, 1].map { FakeQueue.ad($0, status: 3) },
      schedd: .init(name: "s@test", address: "<10.0.0.2:9618>"))
    #expect(states(try await CampaignStatus.read(campaign.directory, from: moved)) == [.removed, .removed])
    var other = try await CampaignStatus.read(
      campaign.directory, from: FakeQueue(schedd: .init(name: "s@test", address: "<10.0.0.2:9618>")))
    #expect(
      #expect(throws: CampaignError.self) { try NextRound.check(other, now: .now) }?.status == .unavailable)
    other.assumeLost()
    try NextRound.check(other, now: .now)
  }

  @Test("a schedd is not asked for what has ended by the event log")
  func eventsFirst() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"], ["/store/unmerged/a/2"]])
    let ends =
      EventLogTests.xml(1, 0, EventLogTests.host) + EventLogTests.xml(5, 0, EventLogTests.ended)
      + EventLogTests.xml(9, 1, EventLogTests.removed)
    try campaign.write(Array(ends.utf8), to: campaign.directory.round(1).events)
    let queue = FakeQueue(isDown: true)
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(states(status) == [.failed, .removed] && status.problems == [] && !status.isUncertain)
    #expect(await queue.calls == [])
    #expect(status.jobs[0].host == "node.site")
    // Of two rounds only the one that has not ended is asked for, and the history only for what is in no queue.
    try campaign.addRound([["/store/unmerged/a/1"]])
    let second = FakeQueue(queued: [FakeQueue.ad(0, status: 1)])
    #expect(
      states(try await CampaignStatus.read(campaign.directory, from: second)) == [.failed, .removed, .idle])
    #expect(await second.calls == ["jobs"])
  }

  @Test("nobody is asked for what the event log knows, and the history only for what the queue does not have")
  func askedFor() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound((0..<3).map { ["/store/unmerged/a/\($0)"] })
    let ends = (0..<3).map { EventLogTests.xml(5, $0, EventLogTests.ended) }
    for (log, queued, calls) in [
      (ends, [], []), (Array(ends.prefix(2)), [FakeQueue.ad(2, status: 2)], ["jobs"]),
      (Array(ends.prefix(2)), [], ["jobs", "past"]),
    ] {
      try campaign.log(log)
      let queue = FakeQueue(queued: queued, history: [FakeQueue.ad(2, status: 4, "\"ExitCode\":3")])
      let status = try await CampaignStatus.read(campaign.directory, from: queue)
      #expect(await queue.calls == calls && status.jobs.count == 3)
    }
  }
}
