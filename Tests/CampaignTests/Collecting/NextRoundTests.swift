import ListReading
import CampaignFixtures
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct NextRoundTests {
  private static let list = (0..<5).map { "/store/unmerged/a/\($0)" }
  private static let ended = FakeQueue(history: [FakeQueue.ad(0, status: 4, "\"ExitCode\":1")])

  private func campaign(expires: String = "2099-01-01T00:00:00Z") async throws -> CampaignFixture {
    let campaign = try CampaignFixture(expires: expires, filesPerJob: 2)
    try campaign.addRound([Self.list])
    try await campaign.report(
      1,
      .init(
        files: [
          (Self.list[0], .deleted, nil), (Self.list[1], .failed, "auth"), (Self.list[2], .refused, "refused"),
          (Self.list[3], .failed, "permanent"), (Self.list[4], .notAttempted, "stopped"),
        ], code: .someNotGone))
    return campaign
  }

  private func make(_ campaign: CampaignFixture, _ queue: FakeQueue = ended) async throws -> NextRound.Result
  {
    try NextRound(campaign.directory, now: Date()).make(
      await CampaignStatus.read(campaign.directory, from: queue))
  }

  @Test("what is not gone and may go another time; a round that was made is not made again")
  func made() async throws {
    let campaign = try await campaign()
    guard case .made(let record, let leftOut) = try await make(campaign) else {
      Issue.record("no round was made")
      return
    }
    #expect(record.round == 2 && record.jobs == [.init(number: 2, files: 2)] && leftOut == 2)
    let round = campaign.directory.round(2)
    #expect(try campaign.lines(round.job(JobID(2)).list) == [Self.list[1], Self.list[4]])
    #expect(try campaign.lines(round.protected) == ["/store/unmerged/kept"])
    #expect(
      try JobFile(json: Array(Data(contentsOf: URL(filePath: round.job(JobID(2)).job))), name: "").jobId
        == "0002")
    #expect(try CampaignFiles.round(round) == record)
    #expect(try await make(campaign) == .there(record))
  }

  @Test("in a cycle what was left comes before what has failed, which is not forgotten")
  func leftFirst() async throws {
    let campaign = try CampaignFixture(filesPerJob: 1)
    try campaign.addRound(Self.list.map { [$0] }, submitted: 2)
    try await campaign.report(1, .init(files: [(Self.list[0], .failed, "auth")], code: .someNotGone))
    try await campaign.report(2, .init(files: [(Self.list[1], .deleted, nil)]))
    let next = NextRound(campaign.directory, now: Date(), leftFirst: true)
    var queue = FakeQueue(history: [0, 1].map { FakeQueue.ad($0, status: 4, "\"ExitCode\":1") })
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    let (_, made) = try next.draft(status)
    #expect(made?.record.jobs.map(\.files) == [1, 1, 1])
    // That round, which all jobs of are submitted.
    try campaign.addRound(Self.list[2...].map { [$0] })
    for (index, lfn) in Self.list[2...].enumerated() {
      try await campaign.report(6 + index, .init(files: [(lfn, .deleted, nil)]))
    }
    queue = FakeQueue(history: (0..<3).map { FakeQueue.ad($0, status: 4, "\"ExitCode\":0") })
    guard
      case .made(let last, 0) = try await next.make(CampaignStatus.read(campaign.directory, from: queue))
    else {
      Issue.record("no round was made")
      return
    }
    #expect(last.files == 1)
    #expect(
      try campaign.lines(campaign.directory.round(3).job(JobID(last.jobs[0].number)).list) == [Self.list[0]])
    #expect(try await campaign.collect(queue).totals.counts.requested == 5)
  }

  @Test("what was left of a round goes into the next one with what is not gone, and is in one job only")
  func left() async throws {
    let campaign = try CampaignFixture(filesPerJob: 1)
    try campaign.addRound(Self.list.map { [$0] }, submitted: 2)
    try await campaign.report(1, .init(files: [(Self.list[0], .deleted, nil)]))
    try await campaign.report(2, .init(files: [(Self.list[1], .failed, "auth")], code: .someNotGone))
    let running = FakeQueue(queued: [FakeQueue.ad(0, status: 4), FakeQueue.ad(1, status: 2)])
    await #expect(throws: CampaignError.self) { try await make(campaign, running) }
    let ended = FakeQueue(history: [0, 1].map { FakeQueue.ad($0, status: 4, "\"ExitCode\":1") })
    let status = try await CampaignStatus.read(campaign.directory, from: ended)
    #expect(status.jobs.map(\.assessment.state) == [.done, .partly, .planned, .planned, .planned])
    #expect(status.jobs[2].condorID == nil && status.isRunning && !status.isUncertain)
    let report = try await campaign.collect(ended)
    #expect(report.exit.status == .stoppedEarly && report.totals.counts.notGone == 4)
    #expect(report.rounds.map(\.jobs.count) == [2])
    #expect(try campaign.outcomes()[Self.list[4]] == "notAttempted planned 0005")
    guard case .made(let record, 0) = try await make(campaign, ended) else {
      Issue.record("no round was made")
      return
    }
    #expect(record.jobs.map(\.number) == [6, 7, 8, 9])
    #expect(try campaign.lines(campaign.directory.round(2).job(JobID(6)).list) == [Self.list[1]])
    let after = try await CampaignStatus.read(campaign.directory, from: ended)
    #expect(after.jobs.map(\.id.number) == [1, 2, 6, 7, 8, 9])
    #expect(try await make(campaign, ended) == .there(record))
    let names = try await campaign.collect(ended)
    #expect(names.totals.counts.requested == 5)
  }

  @Test("nothing is left, or nothing that another round could delete")
  func nothing() async throws {
    let gone = try CampaignFixture()
    try gone.addRound([[Self.list[0]]])
    try await gone.report(1, .init(files: [(Self.list[0], .deleted, nil)]))
    #expect(try await make(gone) == .nothing(leftOut: 0))
    try await gone.report(1, .init(files: [(Self.list[0], .refused, "refused")], code: .someNotGone))
    #expect(try await make(gone) == .nothing(leftOut: 1))
    #expect(!FileManager.default.fileExists(atPath: gone.directory.round(2).path))
  }

  @Test("never while a job may be at work", arguments: [1, 2, 3, 5, 6, 7])
  func live(status: Int) async throws {
    let campaign = try await campaign()
    let error = await #expect(throws: CampaignError.self) {
      try await make(campaign, FakeQueue(queued: [FakeQueue.ad(0, status: status)]))
    }
    #expect(error?.status == .stoppedEarly)
  }

  @Test(
    "not for an expired campaign, not before the first round was submitted, not with a schedd that is silent")
  func refused() async throws {
    let old = try await campaign(expires: "2026-01-02T00:00:00Z")
    #expect(await #expect(throws: CampaignError.self) { try await make(old) }?.status == .badInput)
    let new = try CampaignFixture()
    try new.addRound([Self.list], cluster: nil)
    #expect(await #expect(throws: CampaignError.self) { try await make(new) }?.status == .usage)
    let silent = try await campaign()
    #expect(
      await #expect(throws: CampaignError.self) { try await make(silent, FakeQueue(isDown: true)) }?.status
        == .unavailable)
  }

  @Test("nothing is left of a dry run, and the round that it prepares is the one that would be made")
  func draft() async throws {
    let campaign = try await campaign()
    try Campaigns.payload(in: campaign.directory)
    let status = try await CampaignStatus.read(campaign.directory, from: Self.ended)
    let before = Disk.tree(campaign.directory.path)
    let next = NextRound(campaign.directory, now: try #require(Campaigns.now))
    let submitter = CampaignSubmitter(
      campaign.directory, tools: CondorToolsTests.tools(FakeCondor(CampaignSubmitterTests.working)),
      refresh: ProtectedRefresh(web: FakeListClient([])), credentials: FakeMacaroonClient.unasked)
    var description = ""
    do {
      let (result, draft) = try next.draft(status)
      let record = try #require(draft).record
      #expect(result == .made(record, leftOut: 2) && record.jobs == [.init(number: 2, files: 2)])
      guard case .ready(let prepared) = try await submitter.prepare(.init(), dryRun: true, draft: draft)
      else {
        Issue.record("it was not submitted")
        return
      }
      description = prepared.description
    }
    #expect(Disk.tree(campaign.directory.path) == before)
    let report = try await campaign.collect(Self.ended)
    #expect(report.exit.status == .someNotGone && report.jobsToCome.isEmpty)
    guard case .made = try next.make(status),
      case .ready(let prepared) = try await submitter.prepare(.init(), dryRun: true)
    else {
      Issue.record("no round was made")
      return
    }
    #expect(prepared.description == description && description.contains("0002"))
  }

  @Test("a round that was cut short in the making is made anew")
  func cutShort() async throws {
    let campaign = try await campaign()
    // What a kill leaves of it has another name until it is whole.
    try FileManager.default.createDirectory(
      atPath: campaign.directory.round(2).path + ".partial-1/jobs", withIntermediateDirectories: true)
    guard case .made = try await make(campaign) else {
      Issue.record("no round was made")
      return
    }
  }
}
