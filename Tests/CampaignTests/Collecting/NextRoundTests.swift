import Deletion
import FoundationEssentials
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
    try NextRound(campaign.folder, now: Date()).make(await CampaignStatus.read(campaign.folder, from: queue))
  }

  @Test("what is not gone and may go another time; a round that was made is not made again")
  func made() async throws {
    let campaign = try await campaign()
    guard case .made(let record, let leftOut) = try await make(campaign) else {
      Issue.record("no round was made")
      return
    }
    #expect(record.round == 2 && record.jobs == [.init(number: 2, files: 2)] && leftOut == 2)
    let round = campaign.folder.round(2)
    #expect(try campaign.lines(round.job(JobID(2)).list) == [Self.list[1], Self.list[4]])
    #expect(try campaign.lines(round.protected) == ["/store/unmerged/kept"])
    #expect(
      try JobFile(json: Array(Data(contentsOf: URL(filePath: round.job(JobID(2)).job))), name: "").jobId
        == "0002")
    #expect(try CampaignFiles.round(round) == record)
    #expect(try await make(campaign) == .there(record))
  }

  @Test("nothing is left, or nothing that another round could delete")
  func nothing() async throws {
    let gone = try CampaignFixture()
    try gone.addRound([[Self.list[0]]])
    try await gone.report(1, .init(files: [(Self.list[0], .deleted, nil)]))
    #expect(try await make(gone) == .nothing(leftOut: 0))
    try await gone.report(1, .init(files: [(Self.list[0], .refused, "refused")], code: .someNotGone))
    #expect(try await make(gone) == .nothing(leftOut: 1))
    #expect(!FileManager.default.fileExists(atPath: gone.folder.round(2).path))
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

  @Test("a round that was cut short in the making is made anew")
  func cutShort() async throws {
    let campaign = try await campaign()
    // What a kill leaves of it has another name until it is whole.
    try FileManager.default.createDirectory(
      atPath: campaign.folder.round(2).path + ".partial-1/jobs", withIntermediateDirectories: true)
    guard case .made = try await make(campaign) else {
      Issue.record("no round was made")
      return
    }
  }
}
