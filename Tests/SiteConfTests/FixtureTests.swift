import FoundationEssentials
import SiteConf
import Testing

/// The trees of Fixtures/siteconf.
struct FixtureTests {
  /// The fixtures, which also stand for /srv/siteconf: a contact string has an absolute path.
  private struct Files: SiteConfFiles {
    let disk = DiskFiles()

    func read(_ path: String) throws -> [UInt8] {
      try disk.read(path.replacing("/srv/siteconf", with: FixtureTests.directory, maxReplacements: 1))
    }
    func exists(_ path: String) -> Bool { disk.exists(path) }
    func canonical(_ path: String) -> String? { disk.canonical(path) }
  }

  static let directory: String = {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    return "/\(root)/Fixtures/siteconf"
  }()

  private func load(_ site: String) throws -> SiteConfiguration {
    try SiteConfiguration.load(
      environment: ["SITECONFIG_PATH": "\(Self.directory)/\(site)"], files: Files())
  }

  @Test(arguments: [
    ("T2_XX_Example", ["davs://se.example.org:2880/cms/store/unmerged/a"]),
    (
      "T2_XX_Several",
      [
        "davs://disk.example.org:2880/cms/store/unmerged/a",
        "root://disk.example.org:1094//store/unmerged/a",
        "davs://tape.example.org:2880/cms/store/unmerged/a",
        "davs://se.example.org:2880/cms/store/unmerged/a",
      ]
    ),
    (
      "T2_XX_Subsite/Annex",
      [
        "davs://subsite.example.org:2880/cms/store/unmerged/a",
        "davs://se.example.org:2880/cms/store/unmerged/a",
      ]
    ),
    ("T2_XX_Cross", ["davs://se.example.org:2880/cms/store/unmerged/a"]),
    ("T2_XX_Chained", ["davs://chained.example.org:2880/data/cms/scratch/unmerged/a"]),
    (
      "T3_XX_OldTFC",
      [
        "srm://old.example.org:8443/srm/managerv2?SFN=/data/cms/store/unmerged/a",
        "davs://se.example.org:2880/cms/store/unmerged/a",
      ]
    ),
    ("T2_XX_UnknownCommand", ["davs://unknown.example.org:2880/cms/store/unmerged/a"]),
  ])
  func goodTrees(_ site: String, _ pfns: [String]) throws {
    let configuration = try load(site)
    #expect(configuration.siteName == site.split(separator: "/").first.map(String.init))
    #expect(configuration.warnings.isEmpty)
    #expect(configuration.stageOuts.compactMap(\.problem).isEmpty)
    #expect(configuration.stageOuts.map { $0.map("/store/unmerged/a") } == pfns.map { .pfn($0) })
  }

  @Test(
    arguments: [
      ("T2_XX_ReadOnly", ["site-ro"]),
      ("T2_XX_MissingVolume", ["no volume Gone_Disk"]),
      ("T2_XX_TruncatedJSON", ["not valid JSON", nil]),
      ("T2_XX_Local", ["can't be read"]),
    ] as [(String, [String?])])
  func treesWithAProblem(_ site: String, _ what: [String?]) throws {
    let problems = try load(site).stageOuts.map(\.problem)
    try #require(problems.count == what.count)
    for (problem, what) in zip(problems, what) {
      #expect(what.map { problem?.what.contains($0) == true } ?? (problem == nil))
    }
  }

  @Test(arguments: [("T2_XX_TruncatedXML", 4), ("T2_XX_EntityBomb", 2)])
  func brokenTrees(_ site: String, _ line: Int) throws {
    let problem = try #require(throws: SiteConfProblem.self) { try load(site) }
    #expect(problem.line == line)
    #expect(problem.file.hasSuffix("\(site)/JobConfig/site-local-config.xml"))
  }

  @Test func theLocalTreeOnceFilledIn() throws {
    try inScratchDirectory { root in
      let site = "\(root)/T2_XX_Local"
      try FileManager.default.createDirectory(atPath: site + "/JobConfig", withIntermediateDirectories: true)
      let from = "\(Self.directory)/T2_XX_Local"
      try FileManager.default.copyItem(
        atPath: from + "/JobConfig/site-local-config.xml", toPath: site + "/JobConfig/site-local-config.xml")
      let template = String(decoding: try DiskFiles().read(from + "/storage.json.in"), as: UTF8.self)
      try Data(template.replacing("@STORAGE@", with: "\(root)/data").utf8)
        .write(to: URL(filePath: site + "/storage.json"))
      let configuration = try SiteConfiguration.load(
        given: site + "/JobConfig/site-local-config.xml", environment: [:], files: DiskFiles())
      #expect(configuration.foundBy == .given)
      #expect(configuration.stageOuts.map(\.command) == ["cp"])
      #expect(configuration.stageOuts.map { $0.map("/store/a") } == [.pfn("\(root)/data/store/a")])
    }
  }
}
