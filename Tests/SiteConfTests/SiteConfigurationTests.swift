import SiteConf
import Testing

/// The odd cases of site-local-config.xml, by the tags of Deviations.md.
struct SiteConfigurationTests {
  private static let storage = """
    [
      {"site": "S", "volume": "V", "rse": "R", "protocols": [
        {"protocol": "p", "access": "site-rw", "prefix": "root://h"},
        {"protocol": "ro", "access": "global-ro", "prefix": "root://h"},
        {"protocol": "empty", "rules": []}]},
      {"site": "S", "volume": "NoRSE", "protocols": [{"protocol": "p", "prefix": "root://h"}]}
    ]
    """

  private func load(
    _ body: String, name: String = "S", extra: [String: String] = [:], ignoreAccess: Bool = false,
    environment: [String: String] = [:]
  ) throws -> SiteConfiguration {
    let text = "<site-local-config>\n<site name=\"\(name)\">\n\(body)\n</site></site-local-config>"
    var files = MemoryFiles([
      "/c/S/JobConfig/site-local-config.xml": text, "/c/S/storage.json": Self.storage,
    ])
    files.contents.merge(extra) { $1 }
    return try SiteConfiguration.load(
      environment: environment.merging(["SITECONFIG_PATH": "/c/S"]) { $1 }, files: files,
      ignoreAccess: ignoreAccess)
  }

  private let good = #"<method volume="V" protocol="p"/>"#

  @Test func defaultsOfAMethod() throws {
    let methods =
      #"<method volume="V" protocol="p"/><method volume="V" protocol="p" command="" option="-x"/>"#
    let entries = try load("<stage-out>\(methods)</stage-out>").stageOuts
    #expect(entries.map(\.command) == ["gfal2", ""])
    #expect(entries.map(\.option) == [nil, "-x"])
    #expect(entries.map(\.storageSite) == ["S", "S"])
    #expect(entries.map(\.rse) == ["R", "R"])
    #expect(entries.map(\.catalogFile) == ["/c/S/storage.json", "/c/S/storage.json"])
    #expect(entries.map(\.line) == [3, 3])
    #expect(entries.allSatisfy { $0.problem == nil && $0.map("/a") == .pfn("root://h/a") })
  }

  @Test(arguments: [
    (#"<method protocol="p"/>"#, "no volume"),
    (#"<method volume="" protocol="p"/>"#, "no volume"),
    (#"<method volume="V"/>"#, "no protocol"),
    (#"<method volume="W" protocol="p"/>"#, "no volume W"),  // B16
    (#"<method volume="V" protocol="q"/>"#, "no protocol q"),  // B16
    (#"<method volume="V" protocol="empty"/>"#, "no usable rule"),
    (#"<method volume="NoRSE" protocol="p"/>"#, "no rse"),  // B15
    (#"<method volume="V" protocol="ro"/>"#, "global-ro"),  // ACCESS
    (#"<method site="T" volume="V" protocol="p"/>"#, "can't be read"),  // B18
    (#"<method site="../S" volume="V" protocol="p"/>"#, "no name"),  // ESCAPE
  ])
  func b18AMethodsProblemIsItsOwn(_ method: String, _ what: String) throws {
    let entries = try load("<stage-out>\(method)\(good)</stage-out>").stageOuts
    try #require(entries.count == 2)
    #expect(entries[0].problem?.what.contains(what) == true, "\(String(describing: entries[0].problem))")
    #expect(entries[0].map("/a") == .noPFN(.catalogue))
    #expect(entries[1].problem == nil)
  }

  @Test func accessCanBeIgnored() throws {
    let body = #"<stage-out><method volume="V" protocol="ro"/></stage-out>"#
    #expect(try load(body, ignoreAccess: true).stageOuts.map { $0.map("/a") } == [.pfn("root://h/a")])
  }

  @Test func b17SubsiteMayComeLast() throws {
    let site = try load(
      "<stage-out>\(good)</stage-out><subsite name='Annex'/>", extra: ["/c/storage.json": Self.storage])
    #expect(site.subSiteName == "Annex")
    #expect(site.stageOuts.map(\.catalogFile) == ["/c/storage.json"])
  }

  @Test func b19AllStageOutBlocksCount() throws {
    let second = #"<stage-out><method volume="V" protocol="p" command="xrdcp"/></stage-out>"#
    #expect(
      try load("<stage-out>\(good)</stage-out>\(second)").stageOuts.map(\.command) == ["gfal2", "xrdcp"])
  }

  @Test func b20NothingElseIsNeeded() throws {
    #expect(try load("").stageOuts.isEmpty)
    #expect(try load("<stage-out>\(good)</stage-out>").stageOuts.count == 1)
  }

  @Test func b21OnlyMethodsAreMethods() throws {
    let site = try load("<stage-out>\n<other volume='V' protocol='p'/>\(good)</stage-out>")
    #expect(site.stageOuts.count == 1)
    #expect(site.warnings.map(\.line) == [4])
  }

  @Test func b27TheOverrideServesEverySite() throws {
    let site = try load(
      #"<stage-out><method site="T" volume="V" protocol="p"/>\#(good)</stage-out>"#,
      extra: ["/o.json": Self.storage], environment: ["WMAGENT_RUCIO_CATALOG_OVERRIDE": "/o.json"])
    #expect(site.stageOuts.map(\.catalogFile) == ["/o.json", "/o.json"])
    #expect(site.stageOuts.map { $0.problem == nil } == [false, true])
  }

  private let tfc = [
    "/tfc.xml": """
    <storage-mapping>
    <lfn-to-pfn protocol="a" path-match="/a/(.*)" result="srm://a/$1"/>
    <lfn-to-pfn protocol="b" path-match="/(.*)" result="srm://b/$1"/>
    <lfn-to-pfn protocol="c" destination-match="D" path-match="/(.*)" result="srm://c/$1"/>
    </storage-mapping>
    """
  ]

  private func local(_ url: String) -> String {
    "<local-stage-out><command value='cp'/><catalog url='trivialcatalog_file:\(url)'/></local-stage-out>"
  }

  @Test func theOlderForms() throws {
    let event = "<event-data><catalog url='trivialcatalog_file:/tfc.xml?protocol=b'/></event-data>"
    let own = local("/tfc.xml?protocol=a,b")
    let plain = "<local-stage-out><command value='x'/><phedex-node value='N'/></local-stage-out>"
    let fallback = """
      <fallback-stage-out><command value='f'/><option value='-o'/><phedex-node value='F'/>
      <lfn-prefix value='davs://f'/></fallback-stage-out>
      """
    let entries = try load(fallback + own + plain + event, extra: tfc).stageOuts
    #expect(entries.map(\.kind) == [.localStageOut, .localStageOut, .fallbackStageOut])
    #expect(entries.map(\.rse) == [nil, "N", "F"])
    #expect(entries.map(\.command) == ["cp", "x", "f"])
    #expect(entries.map(\.protocolName) == ["a,b", "b", nil])
    #expect(entries.map { $0.map("/a/x") } == [.pfn("srm://a/x"), .pfn("srm://b/a/x"), .pfn("davs://f/a/x")])
    #expect(entries[0].map("/x") == .pfn("srm://b/x"))
    #expect(entries.allSatisfy { $0.problem == nil })
    // Where there is a method, the local form is not used, and the fall-back still is.
    let both = try load(fallback + own + "<stage-out>\(good)</stage-out>", extra: tfc).stageOuts
    #expect(both.map(\.kind) == [.method, .fallbackStageOut])
  }

  @Test func theDestinationOfAContactString() throws {
    let entries = try load(
      local("/tfc.xml?protocol=c&amp;destination=D") + local("/tfc.xml?protocol=c"), extra: tfc
    ).stageOuts
    #expect(entries.map { $0.map("/x") } == [.pfn("srm://c/x"), .noPFN(.catalogue)])
  }

  @Test(arguments: [
    ("<local-stage-out><command value='cp'/></local-stage-out>", "no catalog"),
    (
      "<local-stage-out><command value='cp'/><catalog url='trivialcatalog_file:/no.xml?protocol=a'/></local-stage-out>",
      "can't be read"
    ),
    (
      "<local-stage-out><command value='cp'/><catalog url='trivialcatalog_file:/tfc.xml?protocol=z'/></local-stage-out>",
      "no usable rule"
    ),
    (
      "<local-stage-out><catalog url='trivialcatalog_file:/tfc.xml?protocol=a'/></local-stage-out>",
      "no command"
    ),
    ("<local-stage-out><command value='cp'/><catalog url='x'/></local-stage-out>", "catalog url"),
    ("<fallback-stage-out><command value='cp'/></fallback-stage-out>", "no lfn-prefix"),
    (
      "<fallback-stage-out><command value='cp'/><lfn-prefix value=''/></fallback-stage-out>",
      "no lfn-prefix"
    ),
    ("<fallback-stage-out><lfn-prefix value='x:'/></fallback-stage-out>", "no command"),
  ])
  func problemsOfTheOlderForms(_ body: String, _ what: String) throws {
    let entries = try load(body, extra: tfc).stageOuts
    #expect(entries.count == 1)
    #expect(entries.first?.problem?.what.contains(what) == true)
    #expect(entries.first?.map("/a/x") == .noPFN(.catalogue))
  }

  @Test func whatStopsEverything() {
    #expect(throws: SiteConfProblem.self) { try load("", name: "") }
    #expect(throws: SiteConfProblem.self) { try load("<site>") }
    for text in ["<other/>", "<site-local-config/>", "<site-local-config><site/></site-local-config>"] {
      #expect(throws: SiteConfProblem.self) {
        try SiteLocalConfig(bytes: Array(text.utf8), file: "f")
      }
    }
  }

  @Test func theLastOfSeveralSites() throws {
    let text = "<site-local-config><site name='A'/>\n<site name='B'/></site-local-config>"
    let config = try SiteLocalConfig(bytes: Array(text.utf8), file: "f")
    #expect(config.siteName == "B" && config.warnings.map(\.line) == [2])
  }

  @Test func override() {
    let entry = StageOutEntry.override(command: "cp", lfnPrefix: "/data", phedexNode: "N")
    #expect(entry.map("/a") == .pfn("/data/a"))
    #expect(entry.kind == .override && entry.rse == "N" && entry.problem == nil)
    #expect(StageOutEntry.override(command: "cp", lfnPrefix: "", phedexNode: "N").problem != nil)
  }
}
