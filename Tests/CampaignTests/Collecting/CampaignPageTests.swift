import ByteStreams
import CampaignFixtures
import DeletionModel
import FoundationEssentials
import JobReports
import Testing

@testable import Campaign
@testable import swab_submit

/// What an operator sees of a campaign first.
@Suite("The page of a campaign") struct CampaignPageTests {
  private typealias File = (lfn: String, outcome: Outcome, kind: String?)

  /// A campaign of one job, which has ended with these files.
  private static func page(
    _ files: [File], code: JobReports.ExitStatus, expires: String = "2099-01-01T00:00:00Z"
  )
    async throws
    -> String
  {
    let campaign = try CampaignFixture(expires: expires)
    try campaign.addRound([files.map(\.lfn)])
    try await campaign.report(1, .init(files: files, code: code, warnings: ["one", "two", "three", "four"]))
    let report = try await campaign.collect(FakeQueue(history: [FakeQueue.ad(0, status: 4)]))
    return CampaignPage.text(report, CampaignDirectory("/the campaign's directory"))
  }

  private static func files(_ count: Int, _ outcome: Outcome, _ kind: String? = nil, in name: String)
    -> [File]
  {
    (0..<count).map { ("/store/unmerged/\(name)/\(1000 + $0)", outcome, kind) }
  }

  private static let directory = "&#39;/the campaign&#39;\\&#39;&#39;s directory&#39;"

  private static let ends:
    [(files: [File], code: JobReports.ExitStatus, state: String, command: String?, remedy: String?)] = [
      (files(30, .deleted, in: "a"), .allGone, "all gone", nil, nil),
      (
        files(30, .deleted, in: "a") + files(20, .failed, "auth", in: "b"), .someNotGone, "files left",
        "swab-submit resubmit \(directory)", "ask the site who may delete there"
      ),
      (
        files(30, .deleted, in: "a") + files(20, .failed, "permanent", in: "b"), .someNotGone, "files left",
        nil,
        "correct the list"
      ),
      (
        files(30, .absent, in: "a"), .suspect, "suspect",
        "swab resolve --rse T2_XX_Local /store/unmerged/a/1000",
        "see whether the prefix in storage.json is right"
      ),
    ]

  @Test("it begins with what has to be done, and the next command", arguments: ends)
  private func attention(
    files: [File], code: JobReports.ExitStatus, state: String, command: String?, remedy: String?
  )
    async throws
  {
    let page = try await Self.page(files, code: code)
    let head = page.prefix(upTo: try #require(page.firstRange(of: "<div class=\"tiles\">")).lowerBound)
    #expect(head.contains(">\(state)</span></h1>"))
    #expect(head.contains("<code>") == (command != nil))
    if let command { #expect(head.contains("<code>\(command)</code>"), "\(head)") }
    if let remedy { #expect(page.contains(remedy)) }
    // Warnings stand above everything else; the others of many are folded.
    #expect(head.contains("<li>job 0001: one</li>") && head.contains("<summary>1 more warnings</summary>"))
  }

  @Test func `jobs that were left go into the next round, which is what comes next`() async throws {
    let campaign = try CampaignFixture()
    let files = Self.files(30, .deleted, in: "a")
    try campaign.addRound([files.map(\.lfn), ["/store/unmerged/b/1"]], submitted: 1)
    try await campaign.report(1, .init(files: files))
    let report = try await campaign.collect(FakeQueue(history: [FakeQueue.ad(0, status: 4)]))
    let page = CampaignPage.text(report, CampaignDirectory("/c"))
    #expect(page.contains(">next round</span></h1>") && page.contains("<code>swab-submit resubmit /c</code>"))
  }

  /// A wrong prefix calls all files absent.
  @Test func `nothing is shown as good where files are suspect`() async throws {
    let page = try await Self.page(Self.files(30, .absent, in: "a"), code: .suspect)
    let bar = try #require(page.firstMatch(of: /<svg class="bar".*?<\/svg>/)).output
    #expect(
      bar.contains("class=\"bad\"") && !bar.contains("class=\"good\"") && !bar.contains("class=\"neutral\""))
    #expect(
      page.contains("<b>0 %</b>of 30 files gone") && page.contains("suspect: hardly any file was found"))
    #expect(!page.contains("<div class=\"box done\">"))
  }

  @Test func `an expired campaign is not tried again`() async throws {
    let page = try await Self.page(
      Self.files(30, .deleted, in: "a") + Self.files(1, .failed, "transient", in: "b"), code: .someNotGone,
      expires: "2026-01-01T12:00:00Z")
    #expect(page.contains("plan a campaign from a new one") && !page.contains("resubmit"))
  }

  @Test func `reasons come with the most frequent first, and where their files are`() async throws {
    let page = try await Self.page(
      Self.files(3, .failed, "auth", in: "x/y") + Self.files(5, .failed, "transient", in: "z/1")
        + Self.files(4, .failed, "transient", in: "z/2"), code: .someNotGone)
    let table = try #require(page.firstRange(of: "Why files are not gone"))
    let rows = page[table.upperBound...].split(separator: "<tr>").map(String.init)
    #expect(rows[2].contains(">9</td>") && rows[2].contains("<code>/store/unmerged/z</code>"))
    #expect(rows[3].contains(">3</td>") && rows[3].contains("<code>/store/unmerged/x/y</code>"))
  }

  @Test("jobs that are not done are listed, and only so many", arguments: [0, 1, 600])
  func jobs(failed: Int) async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound((0..<failed + 10).map { ["/store/unmerged/a/\(10000 + $0)"] })
    for number in failed + 1...failed + 10 {
      try await campaign.report(number, .init(files: [("/store/unmerged/a/\(9999 + number)", .deleted, nil)]))
    }
    let queue = FakeQueue(history: (0..<failed + 10).map { FakeQueue.ad($0, status: 4) })
    let page = CampaignPage.text(try await campaign.collect(queue), campaign.directory)
    #expect(page.contains("<p>\(failed + 10) jobs: 10 done"))
    #expect(page.contains("with something left or wrong") == (failed > 0))
    #expect(page.split(separator: ">failed</td>").count - 1 == min(failed, 500))
    #expect(page.contains("100 more jobs") == (failed == 600))
    #expect(page.utf8.count < 300_000)
  }

  @Test func `a held job needs a person`() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"], ["/store/unmerged/a/2"]])
    let held = FakeQueue(queued: [
      FakeQueue.ad(0, status: 5, "\"HoldReasonCode\":12,\"HoldReason\":\"x\""), FakeQueue.ad(1, status: 2),
    ])
    let page = CampaignPage.text(try await campaign.collect(held), campaign.directory)
    #expect(page.contains(">needs you</span>") && page.contains("1 job, such as 0001, is held: "))
    #expect(page.contains("To do: ") && page.contains("not gone; 2 in jobs that have not ended"))
  }

  /// The policy of the page lets its own script run, and nothing else.
  @Test func `the page needs nothing from elsewhere`() async throws {
    let page = try await Self.page(Self.files(1, .deleted, in: "<script>a&b"), code: .allGone)
    #expect(page.split(separator: "<script>").count == 2 && page.contains("width=device-width"))
    #expect(!page.contains(/(src|href|action)=/) && !page.contains("url("))
    let script = try #require(page.firstMatch(of: /<script>((?s).*)<\/script>/)).output.1
    let digest = try #require(SHA256())
    digest.add(Array(script.utf8))
    let policy = try #require(page.firstMatch(of: /script-src 'sha256-([^']+)'/)).output.1
    let bytes = try #require(Data(base64Encoded: String(policy)))
    #expect(bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() == digest.finish())
  }

  @Test(arguments: [
    (0, 10, "0 %"), (10, 10, "100 %"), (9999, 10_000, "99.9 %"), (1, 10_000, "0.1 %"), (1, 2, "50 %"),
  ])
  func share(count: Int, total: Int, text: String) {
    #expect(PageChart.share(count, of: total) == text)
  }
}
