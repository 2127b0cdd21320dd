import ByteStreams
import Deletion
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct ConsistencyMonitorTests {
  private static let base = "https://monitor.test/rucioconmon/unmerged"

  /// The answer to `stats`, so many hours after the scan began.
  private func stats(
    _ place: PlanPlace, run: String = "2026_11_20_00_00", status: String = "done", hours: Double = 5,
    more: String = ""
  ) -> FakeWebDoor.Reply {
    let start = place.now.timeIntervalSince1970 - hours * 3600
    return .init(
      #"{"T2_XX_Test": {"run": "\#(run)", "status": "\#(status)", "start_time": \#(start)\#(more)}, "T2_YY": null}"#
    )
  }

  private func request(_ place: PlanPlace, from: String = base) -> PlanRequest {
    var request = place.request
    request.from = from
    return request
  }

  @Test("a scan that is done, and the same before and after")
  func good() throws {
    let place = try PlanPlace()
    try NewFile.write(
      Array("/store/unmerged/a/1\n/store/unmerged/data/x\n".utf8), to: place.path("packed.gz"))
    let more =
      #", "root_failed": false, "failed_subdirectories": ["/store/unmerged/ill"], "files": 2, "error": """#
    let web = FakeWebDoor([
      stats(place, more: more), .init(bytes: Disk.bytes(place.path("packed.gz"))), stats(place, more: more),
    ])
    let plan = try place.plan(request(place), web: web)
    #expect(
      web.asked == [
        Self.base + "/stats?rse=T2_XX_Test", Self.base + "/files?rse=T2_XX_Test&format=raw",
        Self.base + "/stats?rse=T2_XX_Test",
      ])
    #expect(try place.jobs() == [["/store/unmerged/a/1"]])
    #expect(plan.campaign.source.run == "2026_11_20_00_00")
    #expect(plan.campaign.source.made == place.now.addingTimeInterval(-5 * 3600).formatted(.iso8601))
    #expect(plan.campaign.expires == place.now.addingTimeInterval(67 * 3600).formatted(.iso8601))
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
    let place = try PlanPlace()
    let web = FakeWebDoor([stats(place), .init("/store/unmerged/a/1\n"), stats(place)])
    let plan = try place.plan(request(place, from: url), web: web)
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
    let place = try PlanPlace()
    let web = FakeWebDoor([])
    let error = try #require(place.refusal(request(place, from: url), web: web))
    #expect((error as? CampaignError)?.status == .usage)
    #expect(!"\(error)".contains("hunter2"))
    #expect(web.asked.isEmpty && place.leftBehind.isEmpty)
  }

  @Test(
    "scans that must not be worked from",
    arguments: [
      ("started", 5.0, "", Deletion.ExitStatus.badInput), ("failed", 5, #", "error": "no door""#, .badInput),
      ("done", 73, "", .badInput), ("done", -2, "", .badInput),
      ("done", 5, #", "root_failed": true"#, .badInput),
      ("done", 71.9, "", nil), ("done", -0.5, "", nil), ("done", 5, #", "root_failed": null"#, nil),
      ("done", 5, #", "failed_subdirectories": {"/x": "timeout"}"#, nil),
    ])
  func freshness(status: String, hours: Double, more: String, exit: Deletion.ExitStatus?) throws {
    let place = try PlanPlace()
    let answer = stats(place, status: status, hours: hours, more: more)
    let web = FakeWebDoor([answer, .init("/store/unmerged/a/1\n"), answer])
    let error = place.refusal(request(place), web: web)
    #expect((error as? CampaignError)?.status == exit)
    if exit != nil { #expect(web.asked.count == 1 && place.leftBehind.isEmpty) }
  }

  @Test("a scan that changes meanwhile", arguments: ["run", "status", "start"])
  func changed(what: String) throws {
    let place = try PlanPlace()
    let after =
      switch what {
      case "run": stats(place, run: "2026_11_21_00_00")
      case "status": stats(place, status: "started")
      default: stats(place, hours: 1)
      }
    let web = FakeWebDoor([stats(place), .init("/store/unmerged/a/1\n"), after])
    #expect((place.refusal(request(place), web: web) as? CampaignError)?.status == .badInput)
    #expect(web.asked.count == 3 && place.leftBehind.isEmpty)
  }

  @Test(
    "answers that are none",
    arguments: [
      ("{}", 200, Deletion.ExitStatus.noInput), ("<html>", 200, .badInput),
      (#"{"T2_XX_Test": null}"#, 200, .noInput),
      (#"{"T2_XX_Test": {"status": "done", "start_time": 1}}"#, 200, .badInput), ("not found", 404, .noInput),
      ("", 503, .unavailable), ("", 403, .noPermission), ("", 401, .noPermission), ("", 302, .badInput),
      ("", 500, .unavailable),
    ])
  func answers(text: String, status: Int, exit: Deletion.ExitStatus) throws {
    let place = try PlanPlace()
    let error = place.refusal(request(place), web: FakeWebDoor([.init(text, status: status)]))
    #expect((error as? CampaignError)?.status == exit)
    #expect(place.leftBehind.isEmpty)
  }

  @Test("a list that is torn", arguments: ["gzip", "json"])
  func torn(form: String) throws {
    let place = try PlanPlace()
    var bytes = Array("[\"/store/unmerged/a/1\",".utf8)
    if form == "gzip" {
      try NewFile.write(Array(repeating: 65, count: 100_000), to: place.path("packed.gz"))
      bytes = Disk.bytes(place.path("packed.gz")).dropLast(9)
      Disk.removeTree(place.path("packed.gz"))
    }
    let web = FakeWebDoor([stats(place), .init(bytes: bytes), stats(place)])
    #expect(place.refusal(request(place), web: web) is ListError)
    #expect(place.leftBehind.isEmpty)
  }

  @Test("the number of files differs from the scan's")
  func count() throws {
    let place = try PlanPlace()
    let answer = stats(place, more: #", "files": 7"#)
    let plan = try place.plan(
      request(place), web: FakeWebDoor([answer, .init("/store/unmerged/a/1\n"), answer]))
    #expect(plan.warnings.contains { $0.contains("counted 7") })
  }

  @Test("protected LFNs of WMStats, united with a file")
  func protected() throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1", "/store/unmerged/b/1", "/store/unmerged/kept/1"])
    var request = place.request
    request.protected += ["https://stats.test/wmstatsserver/data/protectedlfns?token=hunter2"]
    let web = FakeWebDoor([.init(#"{"result": ["/store/unmerged/b", "/store/unmerged/b", "/store/mc/x"]}"#)])
    let plan = try place.plan(request, web: web)
    #expect(try place.jobs() == [["/store/unmerged/a/1"]])
    #expect(plan.campaign.protected.map(\.entries) == [1, 2] && plan.protectedEntries == 3)
    #expect(!Disk.read(place.campaign.manifest).contains("hunter2"))
  }

  @Test(
    "no protected LFNs to be had",
    arguments: [
      (#"{"result": []}"#, 200), ("", 503), ("[]", 200), ("", 200), ("<html>", 200), ("gone", 404),
    ])
  func nothingProtected(text: String, status: Int) throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    var request = place.request
    request.protected = ["https://stats.test/wmstatsserver/data/protectedlfns"]
    let error = try #require(place.refusal(request, web: FakeWebDoor([.init(text, status: status)])))
    if status == 503 { #expect("\(error)".contains("cache is empty") && "\(error)".contains("try again")) }
    #expect(error is ListError || error is CampaignError)
    #expect(place.leftBehind.isEmpty)
  }

  @Test("a list that protects nothing of ours is told of")
  func protectsElsewhere() throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"], protected: ["/store/mc/x"])
    #expect(try place.plan().warnings.count == 1)
  }
}
