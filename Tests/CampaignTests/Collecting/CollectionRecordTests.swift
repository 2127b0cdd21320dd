import CampaignFixtures
import DeletionModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

/// `collect` reads and writes again only what may have changed.
@Suite struct CollectionRecordTests {
  private static let lists = ["a", "b"].map { directory in
    (0..<3).map { "/store/unmerged/\(directory)/\($0)" }
  }
  private static let ended = FakeQueue(history: (0..<2).map { FakeQueue.ad($0, status: 4, "\"ExitCode\":0") })

  private func collected() async throws -> CampaignFixture {
    let campaign = try CampaignFixture()
    try campaign.addRound(Self.lists)
    for (index, list) in Self.lists.enumerated() {
      try await campaign.report(index + 1, .init(files: list.map { ($0, .deleted, nil) }))
    }
    let report = try await campaign.collect(Self.ended)
    let status = try await CampaignStatus.read(campaign.directory, from: Self.ended)
    CollectionRecord(
      status, campaign.directory, tool: "1", sums: .init(report), lines: ["line"], report: "{}", page: "page",
      exit: 1
    )
    .write(to: campaign.directory)
    return campaign
  }

  private func current(_ campaign: CampaignFixture, _ queue: FakeQueue = ended, tool: String = "1")
    async throws
    -> CollectionRecord?
  {
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    return CollectionRecord.current(status, campaign.directory, tool: tool)
  }

  @Test("what was shown is shown again as long as nothing has changed")
  func unchanged() async throws {
    let campaign = try await collected()
    for _ in 1...2 {
      let record = try #require(try await current(campaign))
      #expect(
        record.sums.deleted == 6 && record.sums.notGone == 0 && record.sums.exitReason == "6 files gone")
      #expect(record.lines == ["line"] && record.report == "{}" && record.page == "page" && record.exit == 1)
    }
  }

  /// Each makes one thing different.
  private static let changes: [@Sendable (CampaignFixture) async throws -> Void] = [
    { try FileManager.default.removeItem(atPath: $0.jobDirectory(2).report) },
    { try await $0.report(2, .init(files: lists[1].map { ($0, .failed, "permanent") }, code: .someNotGone)) },
    { try $0.write(Array("/store/unmerged/b/9\n".utf8), to: $0.jobDirectory(2).list) },
    { try $0.write([1], to: $0.jobDirectory(1).journal(campaign: $0.manifest.id)) },
    { try FileManager.default.removeItem(atPath: $0.directory.report) },
    { try $0.write(Array("{}".utf8), to: $0.directory.report) },
    { try FileManager.default.removeItem(atPath: $0.directory.residual) },
    { try $0.write(Array("no JSON".utf8), to: $0.directory.collected) },
    { try $0.addRound([["/store/unmerged/c/1"]], cluster: nil) },
  ]

  @Test("a file that was changed, lost or added is seen", arguments: changes.indices)
  func changed(_ number: Int) async throws {
    let campaign = try await collected()
    try await Self.changes[number](campaign)
    #expect(try await current(campaign) == nil)
  }

  @Test("so is a job that stands otherwise, and another version of the program")
  func otherStates() async throws {
    let campaign = try await collected()
    #expect(try await current(campaign, tool: "2") == nil)
    #expect(try await current(campaign, FakeQueue(isDown: true)) == nil)
    let running = FakeQueue(
      queued: [FakeQueue.ad(0, status: 2)], history: [FakeQueue.ad(1, status: 4, "\"ExitCode\":0")])
    #expect(try await current(campaign, running) == nil)
  }
}
