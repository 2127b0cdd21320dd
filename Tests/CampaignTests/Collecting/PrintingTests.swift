import DeletionModel
import CampaignFixtures
import Testing

@testable import Campaign
@testable import swab_submit

@Suite struct PrintingTests {
  @Test("2000 jobs fit on a screen, and the odd ones are named with what to do")
  func largeCampaign() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound((0..<2000).map { ["/store/unmerged/a/\(10000 + $0)"] })
    let queue = FakeQueue(
      queued: (0..<1990).map { index in
        switch index % 100 {
        case 0: FakeQueue.ad(index, status: 5, "\"HoldReasonCode\":12,\"HoldReason\":\"node \(index)\"")
        case 1: FakeQueue.ad(index, status: 5, "\"HoldReasonCode\":\(100 + index),\"HoldReason\":\"x\"")
        default: FakeQueue.ad(index, status: 2)
        }
      })
    let lines = StatusText.lines(try await CampaignStatus.read(campaign.directory, from: queue))
    #expect(lines.count < 60)
    #expect(
      lines.contains {
        $0.hasPrefix("20 held: \(HoldReason.of(12).text)  [0001 0101 ") && $0.hasSuffix(" …]")
      })
    #expect(lines.contains { $0.hasPrefix("10 lost: no report") })
    #expect(lines.contains("    " + HoldReason.of(12).advice))
    #expect(lines.contains { $0.hasPrefix("… and ") })
  }

  @Test("the summary of a campaign: what several jobs warn of comes once")
  func summary() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([CollectorTests.list, ["/store/unmerged/c/1"]])
    try await campaign.report(1, .init(files: CollectorTests.allGone, warnings: ["same", "only here"]))
    try await campaign.report(
      2, .init(files: [("/store/unmerged/c/1", .failed, "permanent")], code: .someNotGone, warnings: ["same"])
    )
    let ended = FakeQueue(history: [FakeQueue.ad(0, status: 4), FakeQueue.ad(1, status: 4)])
    let text = CollectText.lines(try await campaign.collect(ended)).joined(separator: "\n")
    for message in [
      "1 done, 1 done in part", "3 deleted, 1 failed", "2 jobs, such as 0001: same", "job 0001: only here",
      "/store/unmerged/c: 1 of 1 not gone", "1 of those not gone will not", "exit      1:",
    ] { #expect(text.contains(message), "\(message)") }
  }

  @Test("a page escapes what comes from elsewhere")
  func page() async throws {
    #expect(HTMLPage.escaped("<a b=\"c\">&'\u{1B}\n") == "&lt;a b=&quot;c&quot;&gt;&amp;&#39;")
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/<script>/&1"]])
    let text = CampaignPage.text(try await campaign.collect(FakeQueue()), campaign.directory)
    #expect(!text.contains("/<script>") && text.contains("/store/unmerged/&lt;script&gt;/&amp;1"))
  }
}
