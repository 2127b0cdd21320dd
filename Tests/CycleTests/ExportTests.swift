import Campaign
import CampaignFixtures
import FoundationEssentials
import Testing

@testable import Cycle

/// What has become of files, for other programs.
@Suite("Exports of the cycle") struct ExportTests {
  /// A campaign with a file of each outcome, one job that never reported, and one that runs.
  private func lines(_ form: FileExport) async throws -> [String] {
    let campaign = try CampaignFixture()
    let names = ["a", "b", "c", "d", "e"].map { "/store/unmerged/x/\($0).root" }
    let others = (0..<30).map { "/store/unmerged/y/\(100 + $0).root" }
    try campaign.addRound([names + others, ["/store/unmerged/z/1.root"]])
    try await campaign.report(
      1,
      .init(
        files: [
          (names[0], .deleted, nil), (names[1], .absent, nil), (names[2], .failed, "endpoint"),
          (names[3], .refused, "refused"), (names[4], .notAttempted, "stopped"),
        ] + others.map { ($0, .deleted, nil) }, code: .someNotGone))
    var bytes: [UInt8] = []
    try await form.write(campaign.directory) { bytes += $0 }
    return String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  @Test func `PFNs that are gone`() async throws {
    let lines = try await lines(.gone)
    #expect(
      lines.count == 32
        && lines.prefix(2) == [
          "root://storage///store/unmerged/x/a.root", "root://storage///store/unmerged/x/b.root",
        ])
  }

  @Test func `events as Rucio has them`() async throws {
    struct Event: Decodable {
      struct Payload: Decodable {
        var scope: String
        var name: String
        var rse: String
        var url: String?
        var `protocol`: String?
        var duration: Double
        var reason: String?
      }
      var event_type: String
      var created_at: String
      var payload: Payload
    }
    let events = try await lines(.rucioEvents).map {
      try JSONDecoder().decode(Event.self, from: Data($0.utf8))
    }
    #expect(events.prefix(3).map(\.event_type) == ["deletion-done", "deletion-not-found", "deletion-failed"])
    #expect(events.count { $0.event_type == "deletion-done" } == 31)
    let failed = try #require(events.first { $0.payload.name == "/store/unmerged/x/c.root" }).payload
    #expect(failed.scope == "cms" && failed.rse == "T2_XX_Local" && failed.reason == "no")
    #expect(failed.url == "root://storage///store/unmerged/x/c.root" && failed.protocol == "root")
    #expect(
      !events.contains { ["/store/unmerged/x/d.root", "/store/unmerged/x/e.root"].contains($0.payload.name) })
  }
}
