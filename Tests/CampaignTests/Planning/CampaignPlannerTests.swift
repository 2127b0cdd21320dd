import ByteStreams
import Deletion
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct CampaignPlannerTests {
  @Test(
    "any list: what is kept is in one job each, the counts add up, and the folder is what others read",
    arguments: 1...8)
  func anyList(seed: UInt64) throws {
    let list = RandomLists.list(seed, files: 400, repeats: 30)
    let place = try PlanPlace(list: list, protected: ["/store/unmerged/d0", "/store/unmerged/é"])
    var request = place.request
    request.filesPerJob = 37
    request.name = "a \"name\", with $(x) and %"
    let plan = try place.plan(request)
    let jobs = try place.jobs()
    let expected = Set(
      list.filter { lfn in
        !["/store/unmerged/d0", "/store/unmerged/é"].contains { root in
          Array(lfn.utf8).starts(with: Array((root + "/").utf8))
        }
      }.map { Array($0.utf8) })
    let found = jobs.flatMap { $0 }.map { Array($0.utf8) }
    #expect(found.count == expected.count)
    #expect(Set(found) == expected)
    #expect(jobs.allSatisfy { !$0.isEmpty && $0.count <= 37 })

    let manifest = try CampaignFiles.manifest(place.campaign)
    #expect(manifest == plan.campaign)
    let counts = manifest.counts
    #expect(counts.listed == 430 && counts.files == expected.count && counts.jobs == jobs.count)
    #expect(
      counts.listed == counts.files + counts.duplicates + counts.refused + counts.protected + counts.excluded
        + counts.notIncluded + counts.overLimit)
    #expect(
      counts.directories
        == Set(found.map { RandomLists.directory(String(decoding: $0, as: UTF8.self)).utf8.map { $0 } }).count
    )
    #expect(plan.protectedEntries == 2 && plan.sample.count == min(5, found.count))
    #expect(
      try ListFile.names(place.campaign.round(1).protected) == ["/store/unmerged/d0", "/store/unmerged/é"])
    for number in 1...jobs.count {
      let job = try JobFile(json: Disk.bytes(place.campaign.round(1).job(JobID(number)).job), name: "job")
      #expect(job.jobId == JobID(number).description && job.campaign == request.name)
      #expect(job.rse == "T2_XX_Test" && job.site == "T2_XX_Test" && job.expires == manifest.expires)
      #expect(
        job.lists == ["lfns.txt.gz"] && job.protected == ["protected.txt.gz"]
          && job.allow == ["/store/unmerged/"])
    }
    #expect(place.leftBehind == ["campaign"])
    #expect(plan.campaign.id.utf8.allSatisfy { PlainName.isAlphanumeric($0) || "_.-".utf8.contains($0) })
  }

  @Test("every entry is counted once, by the first reason to leave it out")
  func counts() throws {
    let kept = ["/store/unmerged/a/1", "/store/unmerged/a/2", "/store/unmerged/ab/1"]
    let place = try PlanPlace(
      list: kept + [
        "/store/unmerged/a/1", "relative", "/store/unmerged/../x", "/store/user/x", "/store/unmerged/",
        "/store/unmerged/kept/x", "/store/unmerged/kept", "/store/unmerged/data/x",
        "/store/unmerged/logs/y/z",
        "/store/unmerged/SAM/x", "/store/unmerged/no/x", "/store/unmerged/elsewhere/x",
      ])
    var request = place.request
    request.include = ["/store/unmerged/a", "/store/unmerged/ab/", "/store/unmerged/no"]
    request.exclude = ["/store/unmerged/no"]
    let plan = try place.plan(request)
    var expected = CampaignManifest.Counts()
    expected.listed = 15
    expected.duplicates = 1
    expected.refused = 4
    expected.protected = 2
    expected.excluded = 4
    expected.notIncluded = 1
    expected.files = 3
    expected.directories = 2
    expected.jobs = 1
    #expect(plan.campaign.counts == expected)
    #expect(try place.jobs() == [kept])
    #expect(
      Set(plan.refused.map(\.rule)) == ["notAbsolute", "dotSegment", "outsideAllowedRoots", "trailingSlash"])
  }

  @Test("--max-files takes the first ones", arguments: [(1, 9), (9, 1), (10, 0), (11, 0)])
  func maxFiles(limit: Int, over: Int) throws {
    let place = try PlanPlace(list: (0..<10).map { "/store/unmerged/a/\($0)" } + ["/store/unmerged/a/0"])
    var request = place.request
    request.maxFiles = limit
    let counts = try place.plan(request).campaign.counts
    #expect(counts.files == min(limit, 10) && counts.overLimit == over && counts.duplicates == 1)
    #expect(try place.jobs().flatMap { $0 } == (0..<min(limit, 10)).map { "/store/unmerged/a/\($0)" })
  }

  @Test(
    "how many files a job gets",
    arguments: [
      (1, 500), (3000, 500), (20_000, 1000), (100_000, 5000), (10_000_000, 5000), (30_000_000, 15_000),
      (1_000_000_000, 100_000),
    ])
  func automatic(files: Int, perJob: Int) { #expect(FilesPerJob.automatic(files: files) == perJob) }

  @Test("forms of a list", arguments: ["plain", "gzip", "array", "lines"])
  func forms(form: String) throws {
    let place = try PlanPlace()
    let lfns = ["/store/unmerged/a/x y", "/store/unmerged/a/\"z\""]
    switch form {
    case "plain": place.write("list", lfns.joined(separator: "\n"))
    case "gzip": try NewFile.write(Array(lfns.joined(separator: "\n").utf8), to: place.path("list.gz"))
    case "array": place.write("list", #"["/store/unmerged/a/x y", "/store/unmerged/a/\"z\""]"#)
    default:
      place.write(
        "list", "{\"lfn\": \"/store/unmerged/a/x y\"}\n{\"lfn\": \"/store/unmerged/a/\\\"z\\\"\"}\n")
    }
    var request = place.request
    if form == "gzip" { request.from = place.path("list.gz") }
    let plan = try place.plan(request)
    #expect(try place.jobs().flatMap { $0 } == ["/store/unmerged/a/\"z\"", "/store/unmerged/a/x y"])
    #expect(plan.campaign.source.location == request.from && plan.campaign.source.sha256.count == 64)
  }

  @Test(
    "whatever a campaign is called, it gets an id that can be submitted",
    arguments: ["T2_XX_Test", "été", "-x", "_", "…", " a b/c", String(repeating: "é", count: 99) + "a"])
  func ids(name: String) throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    var request = place.request
    request.name = name
    let manifest = try place.plan(request).campaign
    #expect(manifest.name == name && PlainName.isOne(manifest.id), "\(manifest.id)")
    let record = try CampaignFiles.round(place.campaign.round(1))
    try CampaignCheck.check(manifest, record, place.campaign, now: place.now)
  }

  @Test("the configuration is copied as it is")
  func configuration() throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    place.write("config", "# $(y) é\n\n[site]\n")
    var request = place.request
    request.configuration = place.path("config")
    _ = try place.plan(request)
    #expect(Disk.bytes(place.campaign.configuration) == Disk.bytes(place.path("config")))
  }

  @Test("what is refused, and that nothing is left behind")
  func refusals() throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    place.write("empty", "")
    place.write("bad", "[\"/store/unmerged/a/1\", ")
    place.write("all", "/store/unmerged\n")
    place.write("old", "/store/unmerged/a/1\n")
    let old = place.now.addingTimeInterval(-73 * 3600)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: place.path("old"))
    let before = place.leftBehind
    func status(_ change: (inout PlanRequest) -> Void) -> Deletion.ExitStatus? {
      var request = place.request
      change(&request)
      guard let error = place.refusal(request) else { return nil }
      #expect(place.leftBehind == before, "\(error)")
      switch error {
      case let error as CampaignError: return error.status
      case is ListError: return .badInput
      case is FileError: return .noInput
      default: return .internalError
      }
    }
    #expect(status { $0.rse = "T2 XX" } == .usage)
    #expect(status { $0.site = "" } == .usage)
    #expect(status { $0.site = "-x" } == .usage)
    #expect(status { $0.rse = "T2_XX\"" } == .usage)
    #expect(status { $0.protected = [] } == .usage)
    #expect(status { $0.protected = [place.path("empty")] } == .badInput)
    #expect(status { $0.protected = [place.path("nothing")] } == .noInput)
    #expect(status { $0.protected = [place.path("all")] } == .badInput)
    #expect(status { $0.exclude = ["store/unmerged"] } == .usage)
    #expect(status { $0.include = ["/store/../x"] } == .usage)
    #expect(status { $0.allow = [""] } == .usage)
    #expect(status { $0.filesPerJob = 0 } == .usage)
    #expect(status { $0.maxFiles = 0 } == .usage)
    #expect(status { $0.maxAge = 0 } == .usage)
    #expect(status { $0.name = "a\nb" } == .usage)
    #expect(status { $0.output = "/tmp/a\u{1b}b" } == .usage)
    #expect(status { $0.output = place.path("nothing") + "/below" } == .cannotReport)
    #expect(status { $0.output = place.path("bad") } == .usage)
    #expect(status { $0.output = place.folder.path } == .usage)
    #expect(status { $0.from = place.path("empty") } == .badInput)
    #expect(status { $0.from = place.path("bad") } == .badInput)
    #expect(status { $0.from = place.path("nothing") } == .noInput)
    #expect(status { $0.from = place.path("old") } == .badInput)
    #expect(status { $0.include = ["/store/unmerged/b"] } == .badInput)
    #expect(status { $0.configuration = place.path("nothing") } == .noInput)
    #expect(status { $0.configuration = place.path("all") } == .badInput)
    #expect(place.refusal() == nil)
    #expect((place.refusal() as? CampaignError)?.status == .usage, "the campaign is there already")
  }

  @Test("a plan that is stopped leaves nothing behind")
  func stopped() throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    let stop = StopSignal()
    stop.stop(.signal("SIGINT"))
    let error = #expect(throws: CampaignError.self) {
      try CampaignPlanner(web: FakeWebDoor([]), tool: "test", stop: stop).plan(place.request)
    }
    #expect(error?.status == .stoppedEarly && place.leftBehind.isEmpty)
  }

  @Test("an empty folder is filled")
  func emptyFolder() throws {
    let place = try PlanPlace(list: ["/store/unmerged/a/1"])
    Disk.makeFolder(place.campaign.path)
    #expect(try place.plan().campaign.counts.files == 1)
  }
}
