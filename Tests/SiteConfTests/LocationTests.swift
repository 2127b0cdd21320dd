import SiteConf
import Testing

/// Which site-local-config.xml is found, and from where storage.json is sought.
struct LocationTests {
  typealias Rule = SiteConfigLocation.Rule

  static let end = "JobConfig/site-local-config.xml"

  private func find(
    _ files: [String], given: String? = nil, _ environment: [String: String]
  ) throws -> SiteConfigLocation {
    let files = MemoryFiles(Dictionary(uniqueKeysWithValues: files.map { ($0, "") }))
    return try SiteConfigLocation.find(given: given, environment: environment, files: files)
  }

  private static let everywhere = [
    "/g/\(end)", "/o/x.xml", "/s/\(end)", "/c/SITECONF/local/\(end)",
    "/cvmfs/cms.cern.ch/SITECONF/local/\(end)",
  ]
  private static let allVariables = [
    "WMAGENT_SITE_CONFIG_OVERRIDE": "/o/x.xml", "SITECONFIG_PATH": "/s", "CMS_PATH": "/c",
  ]

  @Test func theOrderOfTheRules() throws {
    var environment = Self.allVariables
    let given = try find(Self.everywhere, given: "/g/\(Self.end)", environment)
    #expect(given.foundBy == .given && given.path == "/g/\(Self.end)" && given.directory == "/g")
    var found = try find(Self.everywhere, environment)
    #expect(found.foundBy == .override && found.path == "/o/x.xml" && found.directory == "/s")
    environment["WMAGENT_SITE_CONFIG_OVERRIDE"] = "/o/none.xml"
    found = try find(Self.everywhere, environment)
    #expect(found.foundBy == .siteConfigPath && found.path == "/s/\(Self.end)" && found.directory == "/s")
    environment["SITECONFIG_PATH"] = ""
    found = try find(Self.everywhere, environment)
    #expect(found.foundBy == .cmsPath && found.directory == "/c/SITECONF/local")
    environment["CMS_PATH"] = "/nowhere"
    found = try find(Self.everywhere, environment)
    #expect(found.foundBy == .cvmfs && found.directory == "/cvmfs/cms.cern.ch/SITECONF/local")
  }

  @Test func aWrongPathThatWasGivenIsAnError() {
    #expect(throws: SiteConfProblem.self) { try find(Self.everywhere, given: "/no", Self.allVariables) }
    #expect(throws: SiteConfProblem.self) { try find(Self.everywhere, ["SITECONFIG_PATH": "/no"]) }
    #expect(throws: SiteConfProblem.self) { try find([], Self.allVariables) }
  }

  @Test(
    arguments: [
      ("/g/JobConfig/x.xml", [:], "/g"),
      ("/g/JobConfig/x.xml", ["SITECONFIG_PATH": "/s"], "/g"),
      ("JobConfig/x.xml", [:], "."),
      ("/g/x.xml", ["SITECONFIG_PATH": "/s"], "/s"),
      ("/g/x.xml", [:], "/g"),
      ("x.xml", [:], "."),
      ("/x.xml", [:], "/"),
      ("//g//JobConfig//x.xml", [:], "//g"),
      ("/\u{301}g/JobConfig/x.xml", [:], "/\u{301}g"),
    ] as [(String, [String: String], String)])
  func theDirectoryOfAGivenFile(_ path: String, _ environment: [String: String], _ directory: String) throws {
    #expect(try find([path], given: path, environment).directory == directory)
  }

  @Test(arguments: ["", ".", "..", "../T2_XX_Other", "/etc", "a/b", "a\nb"])
  func escapeFromSITECONF(_ storageSite: String) {
    #expect(throws: SiteConfProblem.self) {
      try StorageDescriptionPath.path(
        storageSite: storageSite, siteName: "T2_XX_Example", subSiteName: nil, directory: "/s",
        environment: [:], files: MemoryFiles())
    }
  }
}
