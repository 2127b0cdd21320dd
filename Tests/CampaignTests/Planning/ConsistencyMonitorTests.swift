import CampaignFixtures
import ByteStreams
import JobReports
import ListReading
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct ConsistencyMonitorTests {
  private static let base = "https://monitor.test/rucioconmon/unmerged"

  /// The answer to `stats`, so many hours after the scan began.
  private func stats(
    _ fixture: PlanFixture, run: String = "2026_11_20_00_00", status: String = "done", hours: Double = 5,
    more: String = ""
  ) -> FakeListClient.Reply {
    let start = fixture.now.timeIntervalSince1970 - hours * 3600
    return .init(
      #"{"T2_XX_Test": {"run": "\#(run)", "status": "\#(status)", "start_time": \#(start)\#(more)}, "T2_YY": null}"#
    )
  }

  private func request(_ fixture: PlanFixture, from: String = base) -> PlanRequest {
    var request = fixture.request
    request.from = from
    return request
  }

  @Test("a scan that is done, and the same before and after")
  func good() throws {
    let fixture = try PlanFixture()
    try NewFile.write(
      Array("/store/unmerged/a/1\n/store/unmerged/data/x\n".utf8), to: fixture.path("packed.gz"))
    let more =
      #", "root_failed": false, "failed_subdirectories": ["/store/unmerged/ill"], "files": 2, "error": """#
    let web = FakeListClient([
      stats(fixture, more: more), .init(bytes: Disk.bytes(fixture.path("packed.gz"))),
      stats(fixture, more: more),
    ])
    let plan = try fixture.plan(request(fixture), web: web)
    #expect(
      web.asked == [
        Self.base + "/stats?rse=T2_XX_Test", Self.base + "/files?rse=T2_XX_Test&format=raw",
        Self.base + "/stats?rse=T2_XX_Test",
      ])
    #expect(try fixture.jobs() == [["/store/unmerged/a/1"]])
    #expect(plan.campaign.source.run == "2026_11_20_00_00")
    #expect(plan.campaign.source.made == fixture.now.addingTimeInterval(-5 * 3600).formatted(.iso8601))
    #expect(plan.campaign.expires == fixture.now.addingTimeInterval(67 * 3600).formatted(.iso8601))
    #expect(plan.warnings.count == 1 && plan.warnings.first?.contains("/store/unmerged/ill") == true)
  }

  @Test(
    "forms of the URL",
    arguments: [
      (base, base + "/files?rse=T2_XX_Test&format=raw"),
      (base + "/", base + "/files?rse=T2_XX_Test&format=raw"),
      (
        "https://m.test/rucioconmon/WM/files?rse=T2_XX_Test&format=json",
        "https://m.test/rucioconmon/WM/files?rse=T2_XX_Test&format=json"
      ),
      (base + "/files?rse=T2_XX_Test", base + "/files?rse=T2_XX_Test&format=raw"),
      (base + "/stats?rse=T2_XX_Test", base + "/files?rse=T2_XX_Test&format=raw"),
      ("HTTPS://Monitor.test:8443/x?secret=1", "https://Monitor.test:8443/x/files?rse=T2_XX_Test&format=raw"),
      (
        base + "/files?rse=T2_XX_Test&format=text&include=/store/unmerged/a",
        base + "/files?rse=T2_XX_Test&format=text&include=/store/unmerged/a"
      ),
    ])
  func forms(url: String, list: String) throws {
    let fixture = try PlanFixture()
    let web = FakeListClient([stats(fixture), .init("/store/unmerged/a/1\n"), stats(fixture)])
    let plan = try fixture.plan(request(fixture, from: url), web: web)
    #expect(web.asked.count == 3 && web.asked[1] == list)
    #expect(plan.campaign.source.location == list)
  }

  @Test(
    "URLs that are refused before anything is asked",
    arguments: [
      base + "/files?rse=T2_YY", base + "/files?format=zip-stream", "https://",
      "https://user:hunter2@monitor.test/x",
    ])
  func wrongURL(url: String) throws {
    let fixture = try PlanFixture()
    let web = FakeListClient([])
    let error = try #require(fixture.refusal(request(fixture, from: url), web: web))
    #expect((error as? CampaignError)?.status == .usage)
    #expect(!"\(error)".contains("hunter2"))
    #expect(web.asked.isEmpty && fixture.leftBehind.isEmpty)
  }

  @Test(
    "scans that must not be worked from",
    arguments: [
      ("started", 5.0, "", JobReports.ExitStatus.badInput),
      ("failed", 5, #", "error": "no door""#, .badInput),
      ("done", 73, "", .badInput), ("done", -2, "", .badInput),
      ("done", 5, #", "root_failed": true"#, .badInput),
      ("done", 71.9, "", nil), ("done", -0.5, "", nil), ("done", 5, #", "root_failed": null"#, nil),
      ("done", 5, #", "failed_subdirectories": {"/x": "timeout"}"#, nil),
    ])
  func freshness(status: String, hours: Double, more: String, exit: JobReports.ExitStatus?) throws {
    let fixture = try PlanFixture()
    let answer = stats(fixture, status: status, hours: hours, more: more)
    let web = FakeListClient([answer, .init("/store/unmerged/a/1\n"), answer])
    let error = fixture.refusal(request(fixture), web: web)
    #expect((error as? CampaignError)?.status == exit)
    if exit != nil { #expect(web.asked.count == 1 && fixture.leftBehind.isEmpty) }
  }

  @Test("a scan that changes meanwhile", arguments: ["run", "status", "start"])
  func changed(what: String) throws {
    let fixture = try PlanFixture()
    let after =
      switch what {
      case "run": stats(fixture, run: "2026_11_21_00_00")
      case "status": stats(fixture, status: "started")
      default: stats(fixture, hours: 1)
      }
    let web = FakeListClient([stats(fixture), .init("/store/unmerged/a/1\n"), after])
    let error = try #require(fixture.refusal(request(fixture), web: web) as? ScanChanged)
    #expect(error.status == .badInput && error.description.contains("try again when it is done"))
    #expect(web.asked.count == 3 && fixture.leftBehind.isEmpty)
  }

  @Test("a scan that is another one already than the one that is meant", arguments: ["started", "done"])
  func other(status: String) throws {
    let fixture = try PlanFixture()
    var request = request(fixture)
    request.scan = "2026_11_20_00_00"
    let web = FakeListClient([stats(fixture, run: "2026_11_21_00_00", status: status)])
    let error = try #require(fixture.refusal(request, web: web) as? ScanChanged)
    #expect(error.description.contains("no longer of the scan 2026_11_20_00_00"))
    #expect(web.asked.count == 1 && fixture.leftBehind.isEmpty)
  }

  @Test(
    "answers that are none",
    arguments: [
      ("{}", 200, JobReports.ExitStatus.noInput), ("<html>", 200, .badInput),
      (#"{"T2_XX_Test": null}"#, 200, .noInput),
      (#"{"T2_XX_Test": {"status": "done", "start_time": 1}}"#, 200, .badInput), ("not found", 404, .noInput),
      ("", 503, .unavailable), ("", 403, .noPermission), ("", 401, .noPermission), ("", 302, .badInput),
      ("", 500, .unavailable),
    ])
  func answers(text: String, status: Int, exit: JobReports.ExitStatus) throws {
    let fixture = try PlanFixture()
    let error = fixture.refusal(request(fixture), web: FakeListClient([.init(text, status: status)]))
    #expect((error as? CampaignError)?.status == exit)
    #expect(fixture.leftBehind.isEmpty)
  }

  @Test("a list that is torn", arguments: ["gzip", "json"])
  func torn(form: String) throws {
    let fixture = try PlanFixture()
    var bytes = Array("[\"/store/unmerged/a/1\",".utf8)
    if form == "gzip" {
      try NewFile.write(Array(repeating: 65, count: 100_000), to: fixture.path("packed.gz"))
      bytes = Disk.bytes(fixture.path("packed.gz")).dropLast(9)
      Disk.removeTree(fixture.path("packed.gz"))
    }
    let web = FakeListClient([stats(fixture), .init(bytes: bytes), stats(fixture)])
    #expect(fixture.refusal(request(fixture), web: web) is ListError)
    #expect(fixture.leftBehind.isEmpty)
  }

  @Test(
    "a list with another number of files than the scan's is refused, or accepted by name", arguments: [0, 7])
  func count(_ files: Int) throws {
    let fixture = try PlanFixture()
    let answer = stats(fixture, more: #", "files": \#(files)"#)
    let web = { FakeListClient([answer, .init("/store/unmerged/a/1\n"), answer]) }
    var request = request(fixture)
    let error = try #require(fixture.refusal(request, web: web()) as? CampaignError)
    #expect(
      error.status == .badInput && error.description.contains("counted \(files) files, and the list has 1"))
    #expect(error.description.contains("--accept scan-count") && fixture.leftBehind.isEmpty)
    request.accepted = [.scanCount]
    let plan = try fixture.plan(request, web: web())
    #expect(plan.warnings.contains { $0.contains("counted \(files)") })
    #expect(plan.campaign.accepted == [.scanCount])
  }

  @Test("protected LFNs of WMStats, united with a file")
  func protected() throws {
    let fixture = try PlanFixture(list: [
      "/store/unmerged/a/1", "/store/unmerged/b/1", "/store/unmerged/kept/1",
    ])
    var request = fixture.request
    request.protected += ["https://stats.test/wmstatsserver/data/protectedlfns?token=hunter2"]
    let web = FakeListClient([
      .init(#"{"result": ["/store/unmerged/b", "/store/unmerged/b", "/store/mc/x"]}"#)
    ])
    let plan = try fixture.plan(request, web: web)
    #expect(try fixture.jobs() == [["/store/unmerged/a/1"]])
    #expect(plan.campaign.protected.map(\.entries) == [1, 2] && plan.protectedEntries == 3)
    #expect(!Disk.read(fixture.campaign.manifest).contains("hunter2"))
  }

  @Test(
    "no protected LFNs to be had",
    arguments: [
      (#"{"result": []}"#, 200), ("", 503), ("[]", 200), ("", 200), ("<html>", 200), ("gone", 404),
    ])
  func nothingProtected(text: String, status: Int) throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    var request = fixture.request
    request.protected = ["https://stats.test/wmstatsserver/data/protectedlfns"]
    let error = try #require(fixture.refusal(request, web: FakeListClient([.init(text, status: status)])))
    if status == 503 { #expect("\(error)".contains("cache is empty") && "\(error)".contains("try again")) }
    #expect(error is ListError || error is CampaignError)
    #expect(fixture.leftBehind.isEmpty)
  }

  @Test("a list that protects nothing of ours is refused, or accepted by name")
  func protectsElsewhere() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"], protected: ["/store/mc/x"])
    let refusal = "\(try #require(fixture.refusal()))"
    #expect(refusal.contains("--accept unrelated-protected") && refusal.hasPrefix(fixture.path("protected")))
    var request = fixture.request
    request.accepted = [.unrelatedProtected]
    #expect(try fixture.plan(request).warnings.count == 1)
  }
}
