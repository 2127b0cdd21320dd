import FoundationEssentials
import Testing
import TestSupport

import Glibc

/// Runs that can't begin: one clear line, the documented exit code, nothing deleted, and a report that says so.
@Suite("Bad input")
struct BadInputTests {
  /// Runs `swab delete` with a report at a site with one file, which has to survive.
  private func expectFailure(
    _ code: Int32, _ message: String, _ site: Site, _ arguments: [String],
    environment: [String: String?] = [:], input: Program.Input = .nothing, user: uid_t? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    let victim = site.put("victim.root")
    let report = site.path("report.json")
    let result = try await site.swab(
      ["delete", "--report", report] + arguments, environment: environment, input: input, user: user)
    #expect(result.code == code, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errorLines.count == 1, "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.hasPrefix("swab: "), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.contains(message), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.output.isEmpty, sourceLocation: sourceLocation)
    #expect(site.has(victim), sourceLocation: sourceLocation)
    let written = try Report(report)
    #expect(written.status == "incomplete", sourceLocation: sourceLocation)
    #expect(written.exit.code == code, sourceLocation: sourceLocation)
    #expect(written.exit.reason.contains(message), "\(written.exit.reason)", sourceLocation: sourceLocation)
    #expect(written.summary.requested == 0, sourceLocation: sourceLocation)
    #expect(Disk.names(site.root).allSatisfy { !$0.hasSuffix(".tmp") }, sourceLocation: sourceLocation)
  }

  /// Lists, each with the LFN of a file that is there.
  static let lists: [(name: String, bytes: [UInt8], code: Int32, message: String)] = [
    ("empty", [], 65, "the list is empty"),
    ("only line feeds", Array("\n\n\n".utf8), 65, "the list is empty"),
    ("empty array", Array("[]".utf8), 65, "the list is empty"),
    ("binary", (0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) }, 65, "looks binary"),
    ("cut array", Array(#"["/store/unmerged/victim.root","#.utf8), 65, "ends too early"),
    ("cut string", Array(#"["/store/unmerged/victim.ro"#.utf8), 65, "ends too early"),
    ("array of numbers", Array("[1,2]".utf8), 65, "where a name should begin"),
    ("array of arrays", Array(#"[["/store/unmerged/victim.root"]]"#.utf8), 65, "where a name should begin"),
    ("array and more", Array(#"["/store/unmerged/victim.root"] x"#.utf8), 65, "after the end of the list"),
    ("object without lfn", Array(#"{"file":"/store/unmerged/victim.root"}"#.utf8), 65, "has no key \"lfn\""),
    ("lfn twice", Array(#"{"lfn":"/store/unmerged/victim.root","lfn":"/a"}"#.utf8), 65, "twice"),
    (
      "another key twice", Array(#"{"lfn":"/store/unmerged/victim.root","s":{"a":1,"b":2,"a":3}}"#.utf8), 65,
      "\"a\" twice"
    ),
    ("lfn is a number", Array(#"{"lfn":7}"#.utf8), 65, "is not a string"),
    (
      "one bad object after a good one",
      Array("{\"lfn\":\"/store/unmerged/victim.root\"}\n{\"lfn\":null}\n".utf8), 65, "is not a string"
    ),
    (
      "report as a list", Array(#"{"schema":"swab.job-report/1","files":[]}"#.utf8), 65, "has no key \"lfn\""
    ),
  ]

  @Test("Lists", arguments: lists, [false, true])
  func list(row: (name: String, bytes: [UInt8], code: Int32, message: String), isPiped: Bool) async throws {
    let site = try Site()
    let list = site.write("list", bytes: row.bytes)
    try await expectFailure(
      row.code, row.message, site, ["--from", isPiped ? "-" : list],
      input: isPiped ? .bytes(row.bytes) : .nothing)
  }

  @Test(
    "A list that is cut in its gzip data", arguments: ["truncated.txt.gz", "truncated.json", "binary.dat"])
  func damagedFixture(name: String) async throws {
    let site = try Site()
    let list = Repository.root + "/Fixtures/lists/" + name
    try await expectFailure(65, name, site, ["--from", list])
  }

  @Test("A good list does not help when another one is bad")
  func oneOfTwo() async throws {
    let site = try Site()
    let good = site.write("good", "/store/unmerged/victim.root\n")
    try await expectFailure(66, "nowhere", site, ["--from", good, "--from", site.path("nowhere")])
    let bad = site.write("bad", #"["/store/unmerged/a""#)
    try await expectFailure(65, "bad", site, ["--from", good, "--from", bad])
  }

  @Test("A list that can't be read")
  func unreadable() async throws {
    let site = try Site()
    try await expectFailure(66, "No such file or directory", site, ["--from", site.path("nowhere")])
    try await expectFailure(66, "Is a directory", site, ["--from", site.storage])
    try await expectFailure(66, "Not a directory", site, ["--from", site.write("file", "x") + "/list"])
    try await expectFailure(66, "cannot be read", site, ["--from", ""])
    try await expectFailure(66, "a?b", site, ["--from", site.path("a\nb")])
    let list = site.write("secret", "/store/unmerged/victim.root\n")
    chmod(list, 0)
    chmod(site.root, 0o777)
    try await expectFailure(66, "Permission denied", site, ["--from", list], user: nobody)
  }

  @Test("A line of 200 MB is refused in little memory")
  func endlessLine() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let report = site.path("report.json")
    let program = try site.start(
      ["delete", "--from", "-", "--report", report], input: .repeating(UInt8(ascii: "a"), count: 200_000_000))
    let result = try await program.finish()
    #expect(result.code == 65)
    #expect(result.errorLines.count == 1 && result.errors.contains("longer than"), "\(result.errors)")
    #expect(result.peakMemory < 100 << 20)
    #expect(try Report(report).exit.code == 65)
    #expect(site.has(victim))
  }

  /// A stream is judged while it comes in: what is no list does not fill the disk of temporary files.
  @Test("An endless stream that is no list", arguments: [UInt8(0), UInt8(ascii: "a")])
  func endlessStream(byte: UInt8) async throws {
    let site = try Site()
    let program = try site.start(["delete", "--from", "-"], input: .repeating(byte, count: 2_000_000_000))
    let result = try await program.finish()
    #expect(result.code == 65 && result.errorLines.count == 1, "\(result.errors)")
    let device = try await site.swab(["delete", "--from", "/dev/zero"])
    #expect(device.code == 65 && device.errors.contains("looks binary"), "\(device.errors)")
    let report = try await site.swab(["report", "summary", "/dev/zero"])
    #expect(report.code == 65 && report.errorLines.count == 1, "\(report.errors)")
  }

  @Test("A file of this machine in the place of an LFN")
  func listWithoutItsOption() async throws {
    let site = try Site()
    site.write("list", "/store/unmerged/victim.root\n")
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "list", "--report", report])
    #expect(result.code == 64 && result.errors.contains("--from list"), "\(result.errors)")
    #expect(try Report(report).exit.code == 64)
  }

  /// Protected lists that are not understood.
  static let protectedLists: [(text: String?, code: Int32, message: String)] = [
    (nil, 66, "No such file"),
    ("", 65, "protects nothing"),
    ("\n\n", 65, "protects nothing"),
    ("[]", 65, "protects nothing"),
    (#"{"result":[]}"#, 65, "protects nothing"),
    ("/store/unmerged/a\nstore/unmerged/b\n", 65, "is not absolute"),
    ("/store/unmerged/a\n/\n", 65, "would protect everything"),
    ("/store/unmerged/a*\n", 65, "patterns are not understood"),
    ("/store/unmerged/a/../b\n", 65, "segment"),
    ("/store/unmerged/a\r\n", 65, "carriage return"),
    (" /store/unmerged/a\n", 65, "begins or ends with a blank"),
    ("# a comment\n/store/unmerged/a\n", 65, "is not absolute"),
    ("/store/unmerged/victim.root 123456\n", 65, "without columns"),
    ("/store/unmerged/victim.root\t123456\n", 65, "without columns"),
    ("/store/unmerged/victim.root,123456\n", 65, "without columns"),
    (#"["/store/unmerged/victim.root 123456"]"#, 65, "without columns"),
    ("\"/store/unmerged/victim.root\"\n", 65, "is not absolute"),
    ("/store/unmerged/a\n/store/unmerged/victim?root\n", 65, "patterns are not understood"),
    ("/store/unmerged/[v]ictim.root\n", 65, "patterns are not understood"),
    ("root://se//store/unmerged/victim.root\n", 65, "is not absolute"),
    ("/pnfs/site/data/store/unmerged/victim.root\n", 65, "storage path"),
    (
      #"{"result":["/store/mc/Era/Primary/AODSIM/v1","/store/data/a"]}"#, 65,
      "protects nothing where files may be"
    ),
    (#"{"result":["/store/unmerged/a"],"more":{"x":1,"x":2}}"#, 65, "twice"),
    (#"{"results":["/store/unmerged/a"]}"#, 65, "lfn"),
    (#"["/store/unmerged/a""#, 65, "ends too early"),
  ]

  @Test("Protected lists", arguments: protectedLists)
  func protected(row: (text: String?, code: Int32, message: String)) async throws {
    let site = try Site()
    if let text = row.text { site.write("protected", text) }
    try await expectFailure(
      row.code, row.message, site, ["/store/unmerged/victim.root", "--protected", site.path("protected")])
  }

  /// The trees of Fixtures/siteconf that can't be used, and words of what is said of them.
  static let trees: [(tree: String, message: String)] = [
    ("T2_XX_TruncatedXML", "site-local-config.xml:4"), ("T2_XX_EntityBomb", "site-local-config.xml:2"),
    ("T2_XX_ReadOnly", "site-ro"), ("T2_XX_MissingVolume", "no volume Gone_Disk"),
    ("T2_XX_Local", "can't be read"), ("T2_XX_UnknownCommand", "unknown stage-out command"),
    ("T2_XX_NotThere", "is not there"),
  ]

  @Test("Broken site configurations", arguments: trees)
  func siteConfig(row: (tree: String, message: String)) async throws {
    let site = try Site()
    let directory = Repository.root + "/Fixtures/siteconf/" + row.tree
    try await expectFailure(
      78, row.message, site, ["/store/unmerged/victim.root"], environment: ["SITECONFIG_PATH": directory])
    let result = try await site.swab(
      ["resolve", "/store/unmerged/a"], environment: ["SITECONFIG_PATH": directory])
    #expect(result.code == 78 && result.errorLines.count == 1, "\(result.errors)")
  }

  @Test("A broken entry beside one that works is a warning")
  func oneBadEntry() async throws {
    let site = try Site()
    let result = try await site.swab(
      ["delete", "/store/unmerged/a", "--dry-run", "--report", site.path("r.json")],
      environment: ["SITECONFIG_PATH": Repository.root + "/Fixtures/siteconf/T2_XX_TruncatedJSON"])
    #expect(result.code == 0, "\(result.errors)")
    let report = try Report(site.path("r.json"))
    #expect(report.warnings.contains { $0.contains("not valid JSON") }, "\(report.warnings)")
  }

  @Test("No site configuration at all")
  func noEnvironment() async throws {
    let site = try Site()
    let nothing: [String: String?] = [
      "SITECONFIG_PATH": nil, "CMS_PATH": site.path("nowhere"),
    ]
    guard !Disk.exists("/cvmfs/cms.cern.ch/SITECONF/local/JobConfig/site-local-config.xml") else { return }
    try await expectFailure(
      78, "$SITECONFIG_PATH is not set", site, ["/store/unmerged/victim.root"], environment: nothing)
    try await expectFailure(
      78, "nowhere.xml", site, ["/store/unmerged/victim.root", "--site-config", site.path("nowhere.xml")])
    try await expectFailure(
      78, "Is a directory", site, ["/store/unmerged/victim.root", "--site-config", site.root])
  }

  @Test("Names that a site does not have")
  func unknownNames() async throws {
    let site = try Site()
    let lfn = "/store/unmerged/victim.root"
    try await expectFailure(78, "no RSE T2_YY_Other; it has T2_XX_Test", site, [lfn, "--rse", "T2_YY_Other"])
    try await expectFailure(
      64, "there are rm, webdav, dcache-bulk, xrdfs, xroot, gfal", site, [lfn, "--backend", "magic"])
    for override in [
      "command=cp", "lfn-prefix=/x", "command=cp,lfn-prefix=/x,command=cp", "command=cp,lfn-prefix=/x,what=1",
      "nonsense", "", "command=,lfn-prefix=/x,phedex-node=N",
    ] {
      try await expectFailure(64, "", site, [lfn, "--override", override])
    }
    try await expectFailure(
      78, "unknown stage-out command", site, [lfn, "--override", "command=magic,lfn-prefix=/x,phedex-node=N"])
    for root in ["store", "/", "", "/store/../etc", "/store//unmerged", "/a\nb"] {
      try await expectFailure(64, "--allow takes", site, [lfn, "--allow", root])
    }
  }
}
