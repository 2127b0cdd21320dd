import CampaignFixtures
import ByteStreams
import DeletionModel
import JobReports
import ListReading
import FoundationEssentials
import TestSupport
import Testing

@testable import Campaign

@Suite struct CampaignPlannerTests {
  @Test(
    "any list: what is kept is in one job each, the counts add up, and the directory is what others read",
    arguments: 1...8)
  func anyList(seed: UInt64) throws {
    let list = RandomLists.list(seed, files: 400, repeats: 30)
    let fixture = try PlanFixture(list: list, protected: ["/store/unmerged/d0", "/store/unmerged/é"])
    var request = fixture.request
    request.filesPerJob = 37
    request.name = "a \"name\", with $(x) and %"
    let plan = try fixture.plan(request)
    let jobs = try fixture.jobs()
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

    let manifest = try CampaignFiles.manifest(fixture.campaign)
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
      try ListFile.names(fixture.campaign.round(1).protected) == ["/store/unmerged/d0", "/store/unmerged/é"])
    for number in 1...jobs.count {
      let job = try JobFile(json: Disk.bytes(fixture.campaign.round(1).job(JobID(number)).job), name: "job")
      #expect(job.jobId == JobID(number).description && job.campaign == plan.campaign.id)
      #expect(job.rse == "T2_XX_Test" && job.site == "T2_XX_Test" && job.expires == manifest.expires)
      #expect(
        job.lists == ["lfns.txt.gz"] && job.protected == ["protected.txt.gz"]
          && job.allow == ["/store/unmerged/"])
    }
    #expect(fixture.leftBehind == ["campaign"])
    #expect(plan.campaign.id.utf8.allSatisfy { PlainName.isAlphanumeric($0) || "_.-".utf8.contains($0) })
  }

  @Test("every entry is counted once, by the first reason to leave it out")
  func counts() throws {
    let kept = ["/store/unmerged/a/1", "/store/unmerged/a/2", "/store/unmerged/ab/1"]
    let fixture = try PlanFixture(
      list: kept + [
        "/store/unmerged/a/1", "relative", "/store/unmerged/../x", "/store/user/x", "/store/unmerged/",
        "/store/unmerged/kept/x", "/store/unmerged/kept", "/store/unmerged/data/x",
        "/store/unmerged/logs/y/z",
        "/store/unmerged/SAM/x", "/store/unmerged/no/x", "/store/unmerged/elsewhere/x",
      ])
    var request = fixture.request
    request.include = ["/store/unmerged/a", "/store/unmerged/ab/", "/store/unmerged/no"]
    request.exclude = ["/store/unmerged/no"]
    let plan = try fixture.plan(request)
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
    #expect(try fixture.jobs() == [kept])
    #expect(
      Set(plan.refused.map(\.rule)) == ["notAbsolute", "dotSegment", "outsideAllowedRoots", "trailingSlash"])
  }

  @Test("--max-files takes the first ones", arguments: [(1, 9), (9, 1), (10, 0), (11, 0)])
  func maxFiles(limit: Int, over: Int) throws {
    let fixture = try PlanFixture(list: (0..<10).map { "/store/unmerged/a/\($0)" } + ["/store/unmerged/a/0"])
    var request = fixture.request
    request.maxFiles = limit
    let counts = try fixture.plan(request).campaign.counts
    #expect(counts.files == min(limit, 10) && counts.overLimit == over && counts.duplicates == 1)
    #expect(try fixture.jobs().flatMap { $0 } == (0..<min(limit, 10)).map { "/store/unmerged/a/\($0)" })
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
    let fixture = try PlanFixture()
    let lfns = ["/store/unmerged/a/x y", "/store/unmerged/a/\"z\""]
    switch form {
    case "plain": fixture.write("list", lfns.joined(separator: "\n"))
    case "gzip": try NewFile.write(Array(lfns.joined(separator: "\n").utf8), to: fixture.path("list.gz"))
    case "array": fixture.write("list", #"["/store/unmerged/a/x y", "/store/unmerged/a/\"z\""]"#)
    default:
      fixture.write(
        "list", "{\"lfn\": \"/store/unmerged/a/x y\"}\n{\"lfn\": \"/store/unmerged/a/\\\"z\\\"\"}\n")
    }
    var request = fixture.request
    if form == "gzip" { request.from = fixture.path("list.gz") }
    let plan = try fixture.plan(request)
    #expect(try fixture.jobs().flatMap { $0 } == ["/store/unmerged/a/\"z\"", "/store/unmerged/a/x y"])
    #expect(plan.campaign.source.location == request.from && plan.campaign.source.sha256.count == 64)
  }

  @Test(
    "whatever a campaign is called, it gets an id that can be submitted",
    arguments: ["T2_XX_Test", "été", "-x", "_", "…", " a b/c", String(repeating: "é", count: 99) + "a"])
  func ids(name: String) throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    var request = fixture.request
    request.name = name
    let manifest = try fixture.plan(request).campaign
    #expect(manifest.name == name && PlainName.isOne(manifest.id), "\(manifest.id)")
    let record = try CampaignFiles.round(fixture.campaign.round(1))
    try CampaignCheck.check(manifest, record, fixture.campaign.round(1), now: fixture.now)
  }

  @Test("the configuration is copied as it is")
  func configuration() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    fixture.write("config", "# $(y) é\n\n[site]\n")
    var request = fixture.request
    request.configuration = fixture.path("config")
    _ = try fixture.plan(request)
    #expect(Disk.bytes(fixture.campaign.configuration) == Disk.bytes(fixture.path("config")))
  }

  @Test("what is refused, and that nothing is left behind")
  func refusals() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    fixture.write("empty", "")
    fixture.write("bad", "[\"/store/unmerged/a/1\", ")
    fixture.write("all", "/store/unmerged\n")
    fixture.write("old", "/store/unmerged/a/1\n")
    let old = fixture.now.addingTimeInterval(-73 * 3600)
    try FileManager.default.setAttributes([.modificationDate: old], ofItemAtPath: fixture.path("old"))
    let before = fixture.leftBehind
    func status(_ change: (inout PlanRequest) -> Void) -> JobReports.ExitStatus? {
      var request = fixture.request
      change(&request)
      guard let error = fixture.refusal(request) else { return nil }
      #expect(fixture.leftBehind == before, "\(error)")
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
    #expect(status { $0.protected = [fixture.path("empty")] } == .badInput)
    #expect(status { $0.protected = [fixture.path("nothing")] } == .noInput)
    #expect(status { $0.protected = [fixture.path("all")] } == .badInput)
    #expect(status { $0.exclude = ["store/unmerged"] } == .usage)
    #expect(status { $0.include = ["/store/../x"] } == .usage)
    #expect(status { $0.allow = [""] } == .usage)
    #expect(status { $0.filesPerJob = 0 } == .usage)
    #expect(status { $0.maxFiles = 0 } == .usage)
    #expect(status { $0.maxAge = 0 } == .usage)
    #expect(status { $0.name = "a\nb" } == .usage)
    #expect(status { $0.output = "/tmp/a\u{1b}b" } == .usage)
    #expect(status { $0.output = fixture.path("nothing") + "/below" } == .cannotReport)
    #expect(status { $0.output = fixture.path("bad") } == .usage)
    #expect(status { $0.output = fixture.directory.path } == .usage)
    #expect(status { $0.from = fixture.path("empty") } == .badInput)
    #expect(status { $0.from = fixture.path("bad") } == .badInput)
    #expect(status { $0.from = fixture.path("nothing") } == .noInput)
    #expect(status { $0.from = fixture.path("old") } == .badInput)
    #expect(status { $0.include = ["/store/unmerged/b"] } == .badInput)
    #expect(status { $0.configuration = fixture.path("nothing") } == .noInput)
    #expect(status { $0.configuration = fixture.path("all") } == .badInput)
    #expect(fixture.refusal() == nil)
    #expect((fixture.refusal() as? CampaignError)?.status == .usage, "the campaign is there already")
  }

  @Test("a campaign of more files than max-delete allows is refused as a whole")
  func maxDelete() throws {
    let names = (1...3).map { "/store/unmerged/a/\($0)" }
    let fixture = try PlanFixture(list: names + [names[0], "/store/other"])
    fixture.write("config", "[site]\nmax-delete = 2\n")
    let before = fixture.leftBehind
    var request = fixture.request
    for (limit, configuration, isRefused) in [
      (2, nil, true), (nil, "config", true), (0, nil, true), (2, "config", true), (3, "config", false),
    ] as [(Int?, String?, Bool)] {
      request.maxDelete = limit
      request.configuration = configuration.map(fixture.path)
      let error = fixture.refusal(request)
      #expect((error != nil) == isRefused, "\(limit ?? -1)")
      guard let error else { continue }
      #expect((error as? CampaignError)?.status == .badInput && fixture.leftBehind == before)
      #expect(
        "\(error)".contains(
          "the campaign has 3 files, and max-delete allows \(limit ?? 2); nothing was planned"))
    }
    Disk.removeTree(request.output)
    // What is left out does not count.
    (request.maxFiles, request.maxDelete) = (2, 2)
    #expect(fixture.refusal(request) == nil)
    request.maxDelete = -1
    #expect((fixture.refusal(request) as? CampaignError)?.status == .usage)
  }

  @Test("a plan that is stopped leaves nothing behind")
  func stopped() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    let stop = StopSignal()
    stop.stop(.signal("SIGINT"))
    let error = #expect(throws: CampaignError.self) {
      try CampaignPlanner(web: FakeListClient([]), tool: "test", stop: stop).plan(fixture.request)
    }
    #expect(error?.status == .stoppedEarly && fixture.leftBehind.isEmpty)
  }

  @Test("an empty directory is filled")
  func emptyDirectory() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    Disk.makeDirectory(fixture.campaign.path)
    #expect(try fixture.plan().campaign.counts.files == 1)
  }
}
