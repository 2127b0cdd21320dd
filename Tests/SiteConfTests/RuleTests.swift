import SiteConf
import Testing

/// What one rule makes of one name; the tags are those of Deviations.md.
struct RuleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let tag: String
    let pattern: String
    let result: String
    let lfn: String
    let expected: MappingResult

    var testDescription: String { "\(tag) \(pattern) \(lfn)" }

    init(_ tag: String, _ pattern: String, _ result: String, _ lfn: String, _ expected: MappingResult) {
      self.tag = tag
      self.pattern = pattern
      self.result = result
      self.lfn = lfn
      self.expected = expected
    }

    init(_ tag: String, _ pattern: String, _ result: String, _ lfn: String, _ pfn: String) {
      self.init(tag, pattern, result, lfn, .pfn(pfn))
    }
  }

  static let cases: [Case] = [
    Case("plain", "/+store/(.*)", "/data/$1", "/store/unmerged/a.root", "/data/unmerged/a.root"),
    Case("plain", "/+store/(.*)", "/data/$1", "//store/a//b", "/data/a//b"),
    Case("plain", "/+store/(.*)", "/data/$1", "/user/a", .noPFN(.noMatch)),
    Case("plain", "^/+store/(.*)$", "/data/$1", "/store/a", "/data/a"),
    Case("plain", "/store/(.*)", "/data/$1", "/STORE/a", .noPFN(.noMatch)),
    Case("plain", "/store/(.*)", "/data/$1", "/store/é/日本", "/data/é/日本"),
    Case("plain", "/store/(.)(.*)", "/data/$1-$2", "/store/éa", "/data/é-a"),
    Case("plain", "(.*)", "$1", "", ""),
    Case("plain", "(*NO_JIT)/store/(.*)", "/data/$1", "/store/a", "/data/a"),
    Case("B1", "/+store/(.*1[.]root)", "/data/$1", "/store/a_1.root.tmp", .noPFN(.noMatch)),
    Case("B1", "/+store/(unmerged|temp)/", "/data/$1/", "/store/temp/a", .noPFN(.noMatch)),
    Case("B1", "/+store/(.*)", "/data/$1", "/store/a\nb.root", .noPFN(.noMatch)),
    Case("B1", "/+store/(.*)$", "/data/$1", "/store/a\n", .noPFN(.noMatch)),
    Case("B1", "/+store/(.*)", "/data/$1", "/store/a\rb", "/data/a\rb"),
    Case("B1", "/store/([^/]*)", "/data/$1", "/store/a\nb", "/data/a\nb"),
    Case("B1", "/store/a|/store/ab", "/x", "/store/ab", "/x"),
    Case("B3", "/+store/(user/)?([^/]+)/(.*)", "/$1$2/_/$3", "/store/unmerged/a/b", "/unmerged/_/a/b"),
    Case("B3", "/+store/(?:unmerged/(.*)|temp/(.*))", "/u=$1/t=$2", "/store/temp/x", "/u=/t=x"),
    Case("B4", "/+store/(.*)", "/data/$1", "/store/", "/data/"),
    Case("B5", "/(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "$10$1", "/abcdefghij", "ja"),
    Case("B5", "/(.*)", "$10", "/a", .noPFN(.unresolved)),
    Case("B6", "/store/(f.*)/(.*)", "/$1/$2", "/store/f$2/a", "/f$2/a"),
    Case("UNRESOLVED", "/store/(.*)", "/$1/$2", "/store/a", .noPFN(.unresolved)),
    Case("UNRESOLVED", "/store/(.*)", "/$1/$2", "/user/a", .noPFN(.noMatch)),
    Case("UNRESOLVED", "/(.*)", "$99999999999999999999", "/a", .noPFN(.unresolved)),
    Case("dollar", "/store/(.*)", "/$0/$$1/$x/$01/$", "/store/a", "/$0/$a/$x/$01/$"),
    Case("B23", "/store/.*", "/data/directory", "/store/a", "/data/directory"),
    Case("B24", "(.*)", "/data$1", "store/a", "/datastore/a"),
    Case("B25", "/store/(.*)", "/data/$1", "/store/../a", "/data/../a"),
  ]

  @Test(arguments: cases)
  func oneRule(_ each: Case) throws {
    let catalog = try Catalogs.xml(pattern: each.pattern, result: each.result)
    #expect(catalog.map(each.lfn) == each.expected)
    #expect(catalog.warnings.isEmpty)
  }

  @Test func unresolvedDoesNotFallToTheNextRule() throws {
    let catalog = try Catalogs.xml([
      #"protocol="p" path-match="/store/(.*)" result="/first/$2""#,
      #"protocol="p" path-match="/store/(.*)" result="/second/$1""#,
    ])
    #expect(catalog.map("/store/a") == .noPFN(.unresolved))
  }

  @Test(arguments: [
    "/((a|aa)+)+[xy]", "/(([^/]+)+)+[/x]", "(*NO_JIT)/((a|aa)+)+[xy]", "/(.*)(.*)(.*)(.*)(.*)(.*)[xy]",
  ])
  func limitEndsAHostilePattern(_ pattern: String) throws {
    let catalog = try Catalogs.xml([
      #"protocol="p" path-match="\#(pattern)" result="/first/$1""#,
      #"protocol="p" path-match="(.*)" result="/second$1""#,
    ])
    // Without a limit it would take longer than the world lasts.
    #expect(catalog.map("/" + String(repeating: "a", count: 300)) == .noPFN(.limit))
  }

  @Test func badRuleIsLeftOutWithItsLine() throws {
    let catalog = try Catalogs.xml([
      #"protocol="p" path-match="/store/(.*" result="/bad/$1""#,
      #"protocol="p" path-match="/store/(.*)" result="/good/$1" destination-match="[""#,
      #"protocol="p" path-match="/store/(.*)" result="/good/$1""#,
    ])
    #expect(catalog.map("/store/a") == .pfn("/good/a"))
    #expect(catalog.warnings.map(\.line) == [2, 3])
    #expect(catalog.warnings.allSatisfy { $0.file == "storage.xml" })
  }

  @Test func b11RuleThatLacksAPart() throws {
    let catalog = try Catalogs.xml([
      #"path-match="(.*)" result="/none$1""#,
      #"protocol="p" result="/none$1""#,
      #"protocol="p" path-match="(.*)""#,
      #"protocol="p" path-match="(.*)" result="""#,
      #"protocol="p" path-match="(.*)" result="/some$1""#,
    ])
    #expect(catalog.map("/a") == .pfn("/some/a"))
    #expect(catalog.warnings.map(\.line) == [2, 3, 4, 5])
  }

  @Test func aMapperIsSharedByTasks() async throws {
    let catalog = try Catalogs.xml(pattern: "/store/(.*)/(.*)", result: "/$2/$1")
    await withTaskGroup(of: Bool.self) { group in
      for task in 0..<8 {
        group.addTask {
          (0..<2_000).allSatisfy { catalog.map("/store/\(task)/\($0)") == .pfn("/\($0)/\(task)") }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
