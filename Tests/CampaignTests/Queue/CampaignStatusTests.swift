import CampaignFixtures
import ByteStreams
import DeletionModel
import Testing

@testable import Campaign

@Suite struct CampaignStatusTests {
  private func states(_ status: CampaignStatus) -> [JobState] { status.jobs.map(\.assessment.state) }

  @Test("the queue before the history before the event log; a job that nobody knows is lost")
  func sources() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound((0..<6).map { ["/store/unmerged/a/\($0)"] })
    let events = [EventLogTests.xml(9, 3, EventLogTests.removed), EventLogTests.xml(1, 4)].joined()
    try campaign.write(Array(events.utf8), to: campaign.directory.round(1).events)
    let queue = FakeQueue(
      queued: [FakeQueue.ad(0, status: 1), FakeQueue.ad(1, status: 5, "\"HoldReasonCode\":12")],
      history: [
        FakeQueue.ad(1, status: 4), FakeQueue.ad(2, status: 4, "\"ExitCode\":3"), FakeQueue.ad(2, status: 3),
      ])
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    // The fourth is in the log; the fifth runs by the log only, so it may be at another schedd; the sixth is nowhere.
    #expect(states(status) == [.idle, .held, .failed, .removed, .unknown, .lost])
    #expect(status.jobs[1].assessment.text?.contains("output") == true)
    #expect(status.jobs[2].assessment.text?.contains("exit code 3") == true)
  }

  @Test("a schedd that is down is a problem, and the event log tells the rest")
  func down() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"]])
    try campaign.write(Array(EventLogTests.xml(1, 0).utf8), to: campaign.directory.round(1).events)
    let status = try await CampaignStatus.read(campaign.directory, from: FakeQueue(isDown: true))
    #expect(states(status) == [.running] && status.problems == ["the schedd is down"])
    #expect(throws: CampaignError.self) { try NextRound.check(status, now: .now) }
  }

  @Test("jobs that the schedd makes one after the other are idle, not lost")
  func unmade() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound((0..<4).map { ["/store/unmerged/a/\($0)"] })
    let queue = FakeQueue(
      queued: [FakeQueue.ad(1, status: 2, "\"JobMaterializeNextProcId\":2")],
      history: [FakeQueue.ad(0, status: 4)])
    #expect(
      states(try await CampaignStatus.read(campaign.directory, from: queue)) == [
        .failed, .running, .idle, .idle,
      ])
  }

  @Test("rounds that were not submitted, or not to their end")
  func unsubmitted() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"]], cluster: nil)
    #expect(states(try await CampaignStatus.read(campaign.directory, from: FakeQueue())) == [.planned])
    try CampaignFiles.write(
      Submission(submitted: "", target: .init(), cluster: nil, jobs: 1, payload: nil),
      to: campaign.directory.round(1).submission)
    #expect(states(try await CampaignStatus.read(campaign.directory, from: FakeQueue())) == [.submitting])
  }

  @Test("what no round takes on any more counts as not gone in every round")
  func leftOut() async throws {
    let campaign = try CampaignFixture()
    let list = (0..<5).map { "/store/unmerged/a/\($0)" }
    try campaign.addRound([list])
    try await campaign.report(
      1,
      .init(
        files: [
          (list[0], .deleted, nil), (list[1], .failed, "permanent"), (list[2], .refused, "refused"),
          (list[3], .failed, "auth"), (list[4], .failed, "auth"),
        ], code: .someNotGone))
    try campaign.addRound([Array(list[3...])])
    try await campaign.report(
      2, .init(files: [(list[3], .deleted, nil), (list[4], .failed, "auth")], code: .someNotGone))
    let ended = FakeQueue(history: [FakeQueue.ad(0, status: 4)])
    let status = try await CampaignStatus.read(campaign.directory, from: ended)
    #expect(status.gone == 2 && status.notGone == 3)
    let counts = try await campaign.collect(ended).totals.counts
    #expect(counts.gone == 2 && counts.notGone == 3)
  }

  @Test("a job in the queue is there, whatever its status", arguments: ["0", "8", "9", "null"])
  func foreignStatus(number: String) async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"]])
    let queue = FakeQueue(queued: ["\"ClusterId\":10,\"ProcId\":0,\"JobStatus\":\(number)"])
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(states(status) == [.idle] && status.isRunning)
    #expect(throws: CampaignError.self) { try NextRound.check(status, now: .now) }
  }

  @Test("progress: from reports of those that ended, from the job ad of those that run")
  func progress() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([
      ["/store/unmerged/a/1", "/store/unmerged/a/2"], (0..<9).map { "/store/unmerged/b/\($0)" },
    ])
    try await campaign.report(
      1,
      .init(
        files: [("/store/unmerged/a/1", .deleted, nil), ("/store/unmerged/a/2", .failed, "auth")],
        code: .someNotGone))
    let queue = FakeQueue(
      queued: [FakeQueue.ad(1, status: 2, "\"ChirpSwabTotal\":9,\"ChirpSwabDone\":5,\"ChirpSwabFailed\":2")],
      history: [FakeQueue.ad(0, status: 4)])
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(status.gone == 1 + 3 && status.notGone == 1 + 2)
    #expect(states(status) == [.partly, .running])
  }

  @Test("a job is explained by its number, and any job by its place in the queue")
  func explained() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"]])
    let queue = FakeQueue(queued: [FakeQueue.ad(0, status: 5, "\"HoldReasonCode\":13,\"HoldReason\":\"x\"")])
    for name in ["0001", "1", "10.0"] {
      let text = try await JobExplanation(name, in: campaign.directory, from: queue).lines.joined(
        separator: "\n")
      #expect(text.contains("HoldReasonCode") && text.contains("4 of the table") && text.contains("held"))
    }
    await #expect(throws: CampaignError.self) {
      try await JobExplanation("77.1", in: campaign.directory, from: FakeQueue())
    }
    await #expect(throws: CampaignError.self) {
      try await JobExplanation("x", in: campaign.directory, from: queue)
    }
  }

  @Test("the JSON form parses and has every job")
  func json() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"], ["/store/unmerged/b/1"]])
    let status = try await CampaignStatus.read(
      campaign.directory, from: FakeQueue(queued: [FakeQueue.ad(0, status: 1)]))
    let text = String(decoding: StatusJSON.text(status), as: UTF8.self)
    #expect(text.contains(#""states":{"idle":1,"lost":1}"#) && text.contains(#""job":"0002""#))
  }
}
