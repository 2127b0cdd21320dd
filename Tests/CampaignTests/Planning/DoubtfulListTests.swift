import CampaignFixtures
import ByteStreams
import DeletionModel
import FoundationEssentials
import TestSupport
import Testing

import Glibc

@testable import Campaign

/// Lists that can be seen not to be what they should be are refused, unless a person accepts just that.
@Suite struct DoubtfulListTests {
  /// Refused with these words, planned with the acceptance.
  private func expectRefusal(
    _ fixture: PlanFixture, _ request: PlanRequest? = nil, _ message: String, _ acceptance: Acceptance,
    web: () -> FakeListClient = { FakeListClient([]) }, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    var request = request ?? fixture.request
    let error = try #require(fixture.refusal(request, web: web()), sourceLocation: sourceLocation)
    #expect(
      "\(error)".contains(message) && "\(error)".contains("--accept \(acceptance.rawValue)"), "\(error)",
      sourceLocation: sourceLocation)
    #expect(!Disk.exists(request.output), sourceLocation: sourceLocation)
    request.accepted = Set(Acceptance.allCases).subtracting([acceptance])
    #expect(fixture.refusal(request, web: web()) != nil, "by another name", sourceLocation: sourceLocation)
    request.accepted = [acceptance]
    #expect(fixture.refusal(request, web: web()) == nil, sourceLocation: sourceLocation)
    Disk.removeTree(request.output)
  }

  @Test("a fetched list whose last line has no end; of a file it is said", arguments: [false, true])
  func cutList(isGzipped: Bool) throws {
    let fixture = try PlanFixture()
    let text = "/store/unmerged/a/1\n/store/unmerged/a/2"
    var reply = FakeListClient.Reply(text)
    if isGzipped {
      try NewFile.write(Array(text.utf8), to: fixture.path("list.gz"))
      reply = .init(bytes: Disk.bytes(fixture.path("list.gz")))
    }
    let start = fixture.now.timeIntervalSince1970 - 3600
    let stats = FakeListClient.Reply(
      #"{"T2_XX_Test": {"run": "r", "status": "done", "start_time": \#(start)}}"#)
    var request = fixture.request
    request.from = "https://monitor.test/unmerged"
    try expectRefusal(fixture, request, "the last line has no end", .cutList) {
      FakeListClient([stats, reply, stats])
    }
    fixture.write("list", text)
    #expect(try fixture.plan().warnings.contains { $0.contains("has no newline") })
  }

  @Test("a protected list whose last line has no end would protect another file")
  func cutProtected() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    fixture.write("protected", "/store/unmerged/kept\n/store/unmerged/als")
    try expectRefusal(fixture, nil, "the last line has no end", .cutList)
  }

  @Test("JSON shows by itself whether it is whole, and a blank line ends a list")
  func whole() throws {
    for text in [
      #"["/store/unmerged/a/1"]"#, #"{"lfn":"/store/unmerged/a/1"}"#, "/store/unmerged/a/1\n\n",
      "/store/unmerged/a/1\r\n/store/unmerged/a/2\n",
    ] {
      let fixture = try PlanFixture()
      fixture.write("list", text)
      #expect(fixture.refusal() == nil, "\(text)")
    }
  }

  private static let good = (0..<30).map { "/store/unmerged/a/\($0)\n" }.joined()

  @Test(
    "lines that are no LFNs, or more refused entries than others",
    arguments: [
      ("<html>\n" + good, "1 of 31 entries are no LFNs, such as"),
      (good + "Error: the scan was stopped\n", "1 of 31 entries are no LFNs, such as"),
      (good + "x\ny\nz\nt\n" + good.prefix(20), "4 of 35 entries are no LFNs"),
      ("name,size\n/store/unmerged/a/1\n", "are no LFNs"),
      ("root://se.x:1094//cms/store/unmerged/a/1\n/store/unmerged/a/2\n", "are no LFNs"),
      (
        "/store/data/1\n/store/data/2\n/store/unmerged/a/2\n",
        "2 of 3 entries are refused, most of them outsideAllowedRoots"
      ),
    ])
  func foreign(_ row: (String, String)) throws {
    let fixture = try PlanFixture()
    fixture.write("list", row.0)
    try expectRefusal(fixture, nil, row.1, .foreignEntries)
  }

  @Test("where nothing is left, it is said why, with an example")
  func nothingLeft() throws {
    let fixture = try PlanFixture(list: ["/store/data/1", "/store/data/2"])
    let error = "\(try #require(fixture.refusal()))"
    #expect(error.contains("2 refused, most of them outsideAllowedRoots, such as: "), "\(error)")
    #expect(error.contains("/store/data/1: not below"))
  }

  @Test("without TLS", arguments: [true, false])
  func plainHTTP(isList: Bool) throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    var request = fixture.request
    let start = fixture.now.timeIntervalSince1970 - 3600
    let stats = FakeListClient.Reply(
      #"{"T2_XX_Test": {"run": "r", "status": "done", "start_time": \#(start)}}"#)
    if isList {
      request.from = "http://monitor.test/unmerged"
      try expectRefusal(fixture, request, "without TLS", .plainHTTP) {
        FakeListClient([stats, .init("/store/unmerged/a/1\n"), stats])
      }
    } else {
      request.protected = ["HTTP://stats.test/protected?token=hunter2"]
      #expect(!"\(try #require(fixture.refusal(request)))".contains("hunter2"))
      try expectRefusal(fixture, request, "without TLS", .plainHTTP) {
        FakeListClient([.init("/store/unmerged/k\n")])
      }
    }
  }

  @Test("a web page in the place of a list, packed or not")
  func webPage() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    let page = "\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"
    try NewFile.write(Array(page.utf8), to: fixture.path("page.gz"))
    var request = fixture.request
    request.protected.append("https://stats.test/protected")
    for reply in [FakeListClient.Reply(page), .init(bytes: Disk.bytes(fixture.path("page.gz")))] {
      let error = "\(try #require(fixture.refusal(request, web: FakeListClient([reply]))))"
      #expect(error.contains("the server sent a web page"), "\(error)")
    }
  }

  @Test("what the monitor packs is unpacked, also where it says how it stands")
  func packedStats() throws {
    let fixture = try PlanFixture()
    let start = fixture.now.timeIntervalSince1970 - 3600
    let text = #"{"T2_XX_Test": {"run": "r", "status": "done", "start_time": \#(start), "files": 1}}"#
    try NewFile.write(Array(text.utf8), to: fixture.path("stats.gz"))
    let stats = FakeListClient.Reply(bytes: Disk.bytes(fixture.path("stats.gz")))
    var request = fixture.request
    request.from = "https://monitor.test/unmerged"
    let web = FakeListClient([stats, .init("/store/unmerged/a/1\n"), stats])
    #expect(try fixture.plan(request, web: web).campaign.source.run == "r")
  }

  /// A last campaign that listed so many files, and removed so many of them.
  private func last(
    _ fixture: PlanFixture, listed: Int, left: Int, protected: Int, rse: String = "T2_XX_Test"
  )
    throws
    -> String
  {
    let directory = CampaignDirectory(fixture.path("last"))
    Disk.makeDirectory(directory.path)
    var manifest = Campaigns.manifest()
    manifest.rse = rse
    manifest.counts.listed = listed
    manifest.counts.files = listed
    manifest.protected = [.init(location: "/x", read: "2026-01-01T00:00:00Z", entries: protected)]
    try CampaignFiles.write(manifest, to: directory.manifest)
    Disk.write(directory.residual, (0..<left).map { "/store/unmerged/a/\($0)\n" }.joined())
    return directory.path
  }

  @Test("much shorter than the last campaign's")
  func shorter() throws {
    let list = (1...10).map { "/store/unmerged/a/\($0)" }
    let fixture = try PlanFixture(list: list, protected: ["/store/unmerged/k/1", "/store/unmerged/k/2"])
    var request = fixture.request
    // Cleaned: what is gone is not listed again.
    request.last = try last(fixture, listed: 1000, left: 20, protected: 4)
    #expect(fixture.refusal(request) == nil)
    Disk.removeTree(request.output)
    request.last = try last(fixture, listed: 1000, left: 21, protected: 4)
    try expectRefusal(fixture, request, "has left 21", .shorterList)
    request.last = try last(fixture, listed: 1000, left: 0, protected: 5)
    try expectRefusal(fixture, request, "the protected lists have 2 entries", .shorterList)
    // One that was never submitted has left everything.
    request.last = try last(fixture, listed: 21, left: 0, protected: 1)
    try FileManager.default.removeItem(atPath: CampaignDirectory(fixture.path("last")).residual)
    try expectRefusal(fixture, request, "has left 21", .shorterList)
    request.last = try last(fixture, listed: 1, left: 0, protected: 1, rse: "T2_XX_Other")
    #expect((fixture.refusal(request) as? CampaignError)?.status == .usage)
  }

  @Test("protected lists are compared to those of the RSE's newest campaign beside this one")
  func beside() throws {
    let fixture = try PlanFixture(
      list: ["/store/unmerged/a/1"], protected: (1...5).map { "/store/unmerged/k/\($0)" })
    func plan(_ name: String, entries: Int, rse: String = "T2_XX_Test", _ accepted: Set<Acceptance> = [])
      -> (any Error)?
    {
      fixture.write("protected", (1...entries).map { "/store/unmerged/k/\($0)\n" }.joined())
      var request = fixture.request
      (request.output, request.rse, request.accepted) = (fixture.path(name), rse, accepted)
      return fixture.refusal(request)
    }
    #expect(plan("first", entries: 5) == nil)
    let error = plan("second", entries: 2) as? CampaignError
    #expect(error?.status == .badInput, "\(String(describing: error))")
    #expect(error?.description.contains("are they whole?; use --accept shorter-list") == true)
    #expect(fixture.leftBehind == ["first"])
    #expect(
      plan("elsewhere/second", entries: 2) != nil && plan("other", entries: 2, rse: "T2_XX_Other") == nil)
    #expect(plan("third", entries: 3) == nil)
    // The newest one counts, and no wreck of one.
    try Data().write(to: URL(filePath: fixture.path("first/campaign.json")))
    #expect(plan("fourth", entries: 1) != nil && plan("fourth", entries: 1, [.shorterList]) == nil)
  }

  @Test("a copy of an old list is as old as the list")
  func age() throws {
    let fixture = try PlanFixture()
    var request = fixture.request
    for (name, bytes) in [
      ("T2_XX_Test_2026_01_02_03_04_files.list", Array("/store/unmerged/a/1\n".utf8)),
      ("plain.gz", Self.gzipped(at: 1_767_322_800)),
    ] {
      Disk.write(fixture.path(name), bytes: bytes)
      request.from = fixture.path(name)
      let error = "\(try #require(fixture.refusal(request)))"
      #expect(error.contains("made at 2026-01-02T03:0"), "\(error)")
    }
    #expect(ListAge.scanTime("x_2026_13_02_03_04") == nil && ListAge.scanTime("12026_01_02_03_04") == nil)
    #expect(ListAge.scanTime("2026_01_02_03_04") == Date(timeIntervalSince1970: 1_767_323_040))
    #expect(ListAge.gzipTime(Self.gzipped(at: 0)) == nil)
  }

  /// One member of gzip with this time in its header.
  private static func gzipped(at time: UInt32) -> [UInt8] {
    let text = Array("/store/unmerged/a/1\n".utf8)
    let little = { (number: UInt32) in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
    var crc = UInt32.max
    for byte in text {
      crc ^= UInt32(byte)
      for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    // RFC 1952, 2.3, with one stored block of RFC 1951, 3.2.4.
    let size = UInt8(text.count)
    return [0x1F, 0x8B, 8, 0] + little(time) + [0, 255, 1, size, 0, ~size, 255] + text + little(~crc)
      + little(UInt32(text.count))
  }

  @Test("for a file, the scan's own time and count can be given")
  func stats() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    var request = fixture.request
    request.stats = fixture.path("stats.json")
    func write(hours: Double, files: Int, status: String = "done") {
      let start = fixture.now.timeIntervalSince1970 - hours * 3600
      fixture.write(
        "stats.json",
        #"{"T2_XX_Test": {"run": "r", "status": "\#(status)", "start_time": \#(start), "files": \#(files)}}"#)
    }
    write(hours: 5, files: 1)
    let plan = try fixture.plan(request)
    #expect(plan.campaign.source.run == "r")
    #expect(plan.campaign.source.made == fixture.now.addingTimeInterval(-5 * 3600).formatted(.iso8601))
    Disk.removeTree(request.output)
    write(hours: 73, files: 1)
    #expect("\(try #require(fixture.refusal(request)))".contains("73 hours ago"))
    write(hours: 5, files: 1, status: "started")
    #expect("\(try #require(fixture.refusal(request)))".contains("the scan is started"))
    write(hours: 5, files: 2)
    try expectRefusal(fixture, request, "the scan counted 2 files", .scanCount)
    write(hours: 5, files: 2, status: #"started", "status": "done"#)
    let twice = try #require(fixture.refusal(request))
    #expect(
      (twice as? CampaignError)?.status == .badInput
        && "\(twice)".contains("stats.json: it is not valid JSON: "))
    #expect("\(twice)".hasSuffix("an object has the key \"status\" twice"))
  }

  @Test("nothing waits for a pipe that nobody writes to")
  func pipe() throws {
    let fixture = try PlanFixture()
    #expect(mkfifo(fixture.path("pipe"), 0o600) == 0)
    var request = fixture.request
    request.from = fixture.path("pipe")
    #expect("\(try #require(fixture.refusal(request)))".contains("only a regular file has an age"))
    request = fixture.request
    request.stats = fixture.path("pipe")
    #expect("\(try #require(fixture.refusal(request)))".contains("not a regular file"))
  }

  @Test("what only its owner may read stays so, whatever the umask")
  func modes() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    fixture.write("config.ini", "[job]\nenvironment.TOKEN = hunter2\n")
    var request = fixture.request
    request.configuration = fixture.path("config.ini")
    _ = try fixture.plan(request)
    var status = stat()
    #expect(stat(fixture.campaign.configuration, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    #expect(stat(fixture.campaign.path, &status) == 0 && status.st_mode & 0o022 == 0)
  }

  @Test("what a killed plan has left behind goes, and nothing that somebody is at work in")
  func leftBehind() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    let names = ["campaign.partial-1", "campaign.partial-2", "campaign.partial-3-4", "campaign2.partial-1"]
    for name in names {
      Disk.makeDirectory(fixture.path(name))
      Disk.write(fixture.path(name + "/x"))
      if name == "campaign.partial-2" { continue }
      // Long ago.
      var times = [timeval(tv_sec: 1_000_000, tv_usec: 0), timeval(tv_sec: 1_000_000, tv_usec: 0)]
      #expect(utimes(fixture.path(name), &times) == 0)
    }
    let lock = open(fixture.path("campaign.partial-3-4"), O_RDONLY | O_CLOEXEC)
    #expect(flock(lock, LOCK_EX) == 0)
    defer { close(lock) }
    _ = try fixture.plan()
    #expect(
      Set(fixture.leftBehind) == [
        "campaign", "campaign.partial-2", "campaign.partial-3-4", "campaign2.partial-1",
      ])
  }

  @Test("a secret in the environment is told of; where one is, is none")
  func secrets() throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1"])
    fixture.write(
      "config.ini",
      "[job]\nenvironment.MY_TOKEN = hunter2\nenvironment.BEARER_TOKEN_FILE = /x\nenvironment.A = eyJhbGciOi\n"
    )
    var request = fixture.request
    request.configuration = fixture.path("config.ini")
    let warnings = try fixture.plan(request).warnings
    #expect(warnings.count == 2 && !warnings.joined().contains("hunter2"), "\(warnings)")
  }
}
