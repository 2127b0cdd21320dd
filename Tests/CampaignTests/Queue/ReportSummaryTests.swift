import CampaignFixtures
import ByteStreams
import DeletionModel
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct ReportSummaryTests {
  /// What the wrapper leaves when the payload does not report: `exit` stands behind the files there.
  static let wrapper = """
    {"schema":"swab.job-report/1","tool":{"name":"swab-job.sh","version":"1","commit":"unknown"},
    "status":"incomplete",
    "job":{"host":"n","user":"u","pid":1,"started":"2026-01-01T00:00:00Z","finished":null,"seconds":0,"site":null,\
    "subsite":null,"siteConfig":null,"campaign":null,"jobId":null,"condor":null},
    "request":{"sources":[],"rse":null,"allow":[],"protected":{"files":[],"entries":0},"dryRun":false,\
    "retries":0,"timeout":null,"deadline":null,"concurrency":null},
    "summary":{"requested":0,"deleted":0,"absent":0,"failed":0,"refused":0,"notAttempted":0,"attempts":0,\
    "filesPerSecond":0,"latency":{"p50":0,"p90":0,"p99":0,"max":0}},
    "storage":[],
    "errors":[],
    "warnings":[],
    "files":[],
    "steps":{"swab":{"status":99401,"site":null,"start":"x","stop":null,"errors":[],"cleanup":{"removed":[],"unremoved":[]}}},
    "exit":{"code":137,"wmcoreExitCode":99401,"reason":"the payload was killed by signal 9"}}
    """

  @Test("the wrapper's report is no word of the payload, and its reason is that of all files")
  func wrapperReport() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([CollectorTests.list])
    try campaign.write(Array(Self.wrapper.utf8), to: campaign.jobDirectory(1).report)
    #expect(
      ReportSummary(campaign.jobDirectory(1), of: campaign.owner(1))
        == .wrapper("the payload was killed by signal 9"))
    let report = try await campaign.collect(
      FakeQueue(history: [FakeQueue.ad(0, status: 4, "\"ExitCode\":137")]))
    #expect(report.jobs[0].assessment.state == .failed && report.jobs[0].problem == nil)
    #expect(report.totals.failures.first?.example.failure?.message.contains("killed by signal 9") == true)
    #expect(report.totals.counts[.failed] == 3)
  }

  @Test("the payload's report is known by what stands before its files")
  func payloadReport() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([CollectorTests.list])
    let directory = campaign.jobDirectory(1)
    #expect(ReportSummary(directory, of: campaign.owner(1)) == .missing)
    try await campaign.report(1, .init(files: CollectorTests.allGone))
    var sums = ReportSummary.Sums(gone: 3, notGone: 0, left: 0)
    sums.host = "node"
    sums.freed = FreedBytes(isPartial: true)
    sums.endpoints = [
      .init(endpoint: "root://storage", deleted: 3, absent: 0, failed: 0, isSuspect: false)
    ]
    let whole = ReportSummary.complete(0, "for a test", sums)
    #expect(ReportSummary(directory, of: campaign.owner(1)) == whole)
    var source = try sniffed(FileSource(path: directory.report))
    let text = try source.collect(limit: 1 << 20) ?? []
    try campaign.write(text, to: directory.report)
    #expect(ReportSummary(directory, of: campaign.owner(1)) == whole)
    // Cut before that it says nothing.
    try campaign.write(Array(text.prefix(300)), to: directory.report)
    #expect(ReportSummary(directory, of: campaign.owner(1)).kind == .broken)
    try await campaign.report(1, .init(files: CollectorTests.allGone, campaign: "other"))
    #expect(ReportSummary(directory, of: campaign.owner(1)).kind == .broken)
    try await campaign.report(1, .init(files: [], isComplete: false, code: .badSiteConfig))
    #expect(ReportSummary(directory, of: campaign.owner(1)).kind == .incomplete)
    try campaign.write([], to: directory.report)
    #expect(ReportSummary(directory, of: campaign.owner(1)) == .missing)
  }

  @Test("a report that was cut short behind its head is known by its end")
  func cutReport() async throws {
    let campaign = try CampaignFixture()
    let list = (0..<2000).map { "/store/unmerged/a/\(10_000 + $0)" }
    try campaign.addRound([list])
    let directory = campaign.jobDirectory(1)
    try await campaign.report(1, .init(files: list.map { ($0, .deleted, nil) }))
    let packed = try FileSource.contents(of: directory.report)
    try #require(packed.starts(with: [0x1F, 0x8B]))
    var source = try sniffed(FileSource(path: directory.report))
    let plain = try source.collect(limit: 1 << 24) ?? []
    for whole in [packed, plain, plain.dropLast(), plain + [0x0A]] {
      try campaign.write(whole, to: directory.report)
      #expect(ReportSummary(directory, of: campaign.owner(1)).kind == .complete)
    }
    // A few cuts look like an end by chance: see `ReportSummary.isCut`.
    for (whole, seen) in [(packed, 90), (plain, 75)] {
      let cuts = (1...100).map { whole.count - $0 * whole.count / 201 }
      let broken = try cuts.count { length in
        try campaign.write(Array(whole.prefix(length)), to: directory.report)
        return ReportSummary(directory, of: campaign.owner(1)) == .broken("it is cut short")
      }
      #expect(broken >= seen, "\(broken) of \(cuts.count)")
    }
  }
}
