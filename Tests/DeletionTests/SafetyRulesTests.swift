import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite("What is never deleted") struct SafetyRulesTests {
  static func rules(allow: [String] = [], protected: [String] = []) throws -> SafetyRules {
    var tree = PathTree()
    for entry in protected { tree.insert(entry) }
    return SafetyRules(allowed: try #require(AllowedRoots(allow)), protected: tree)
  }

  static let refusedNames: [(String, Refusal.Rule)] = [
    ("", .notAbsolute),
    ("store/unmerged/a.root", .notAbsolute),
    (" /store/unmerged/a.root", .notAbsolute),
    ("/store/unmerged/a/", .trailingSlash),
    ("/store/unmerged//a.root", .emptySegment),
    ("//store/unmerged/a.root", .emptySegment),
    ("/store/unmerged/./a.root", .dotSegment),
    ("/store/unmerged/../user/a.root", .dotSegment),
    ("/store/unmerged/a/..", .dotSegment),
    ("/store/unmerged/%2e%2E/user/a.root", .dotSegment),
    ("/store/unmerged/.%2e/user/a.root", .dotSegment),
    ("/store/unmerged/a\nb.root", .controlCharacter),
    ("/store/unmerged/a\0b.root", .controlCharacter),
    ("/store/unmerged/a\tb.root", .controlCharacter),
    ("/store/unmerged/a\r", .controlCharacter),
    ("/store/unmerged/a\u{7F}b", .controlCharacter),
    ("/store/unmerged/a\u{85}b", .controlCharacter),
    ("/store/unmerged/a\u{2028}b", .controlCharacter),
    ("/store/unmerged/*", .wildcard),
    ("/store/unmerged/*.root", .wildcard),
    ("/store/unmerged/a*/b.root", .wildcard),
    ("/store/unmerged/a?b.root", .wildcard),
    ("/store/unmerged/a[0].root", .wildcard),
    ("/store/unmerged/a]", .wildcard),
    ("/store/unmerged/a#AND#b", .wildcard),
    ("/store/unmerged/d/.(access)(000012345678)", .wildcard),
    ("/store/unmerged/a.root 123456", .columns),
    ("/store/unmerged/a.root,123456", .columns),
    ("/store/unmerged/a.root ; T2_XX_Site", .columns),
    ("/store/unmerged/a.root|x", .columns),
    ("/store/unmerged/a.root ", .columns),
    ("/store/unmerged/a.root:123456", .columns),
    ("/store/unmerged/a.root\u{A0}123456", .columns),
    ("/store/unmerged/a.tar\u{3000}123456", .columns),
    ("/store/unmerged/a.root\u{FEFF}", .columns),
    ("/store/unmerged/a.tar.gz 1.5e9 adler32:0a1b2c3d 2026-11-27T14:09:35", .columns),
    ("/store/unmerged/a /store/unmerged/b", .columns),
    ("/store/unmerged", .outsideAllowedRoots),
    ("/store/user/a.root", .outsideAllowedRoots),
    ("/store/unmergedX/a.root", .outsideAllowedRoots),
    ("/store", .outsideAllowedRoots),
    ("/", .trailingSlash),
  ]

  @Test("a refused name and its rule", arguments: refusedNames)
  func refuses(name: String, rule: Refusal.Rule) throws {
    #expect(try Self.rules().refusal(ofLFN: name)?.rule == rule)
  }

  @Test(
    "an odd name that is nobody's danger",
    arguments: [
      "/store/unmerged/a.root", "/store/unmerged/a b.root", "/store/unmerged/..a", "/store/unmerged/...",
      "/store/unmerged/-rf", "/store/unmerged/a+b%20c#d&e'f\"g", "/store/unmerged/größe/Ж.root",
      "/store/unmerged/%2e%2e%2e", "/store/unmerged/a ", "/store/unmerged/a b 7", "/store/unmerged/a, b",
      "/store/unmerged/#a#and#b", "/store/unmerged/a.(b)", "/store/unmerged/{a,b}",
      "/store/unmerged/a:12.root", "/store/unmerged/\u{A0}a", "/store/unmerged/a\u{200B}b.root",
    ])
  func accepts(name: String) throws {
    #expect(try Self.rules().refusal(ofLFN: name) == nil)
  }

  /// What a list in another form is told, and not just that a name is odd.
  @Test(
    "a line of a list in another form is told what it is",
    arguments: [
      (" /store/unmerged/a", "has a blank or a tab before it"), ("# made today", "reads as a comment"),
      ("\"/store/unmerged/a\"", "is in quotation marks"),
      ("12 /store/unmerged/a", "something before the LFN"),
      ("root://se//store/unmerged/a", "reads as a PFN"), ("/store/unmerged/a\r", "ends in a carriage return"),
      ("/store/unmerged/a\t12", "has a tab"), ("/store/unmerged/a.root 12", "has \"12\" behind"),
    ])
  func explains(name: String, message: String) throws {
    let refusal = try #require(try Self.rules().refusal(ofLFN: name))
    #expect(refusal.detail.contains(message), "\(refusal.detail)")
  }

  static let protectedCases: [(String, Bool)] = [
    ("/store/unmerged/Era/Primary/AOD/v1", true),
    ("/store/unmerged/Era/Primary/AOD/v1/0000/f.root", true),
    ("/store/unmerged/Era/Primary/AOD", true),
    ("/store/unmerged/Era", true),
    ("/store/unmerged/Era/Primary/AOD/v10/f.root", false),
    ("/store/unmerged/Era/Primary/AOD/v", false),
    ("/store/unmerged/Er", false),
    ("/store/unmerged/era/Primary/AOD/v1/f.root", false),
  ]

  @Test("at, above and below a protected entry, by component", arguments: protectedCases)
  func protects(name: String, isProtected: Bool) throws {
    let rules = try Self.rules(protected: ["/store/unmerged/Era/Primary/AOD/v1/"])
    #expect((rules.refusal(ofLFN: name)?.rule == .protected) == isProtected)
  }

  @Test("other roots replace the default one")
  func otherRoots() throws {
    let rules = try Self.rules(allow: ["/store/temp/user", "/store/unmerged/logs/"])
    #expect(rules.refusal(ofLFN: "/store/temp/user/f") == nil)
    #expect(rules.refusal(ofLFN: "/store/unmerged/logs/f") == nil)
    #expect(rules.refusal(ofLFN: "/store/temp/username/f")?.rule == .outsideAllowedRoots)
    #expect(rules.refusal(ofLFN: "/store/temp/user")?.rule == .outsideAllowedRoots)
    #expect(rules.refusal(ofLFN: "/store/unmerged/f")?.rule == .outsideAllowedRoots)
  }

  @Test("a root that isn't a clean absolute path is none", arguments: ["", "/", "store", "/a//b", "/a/../b"])
  func badRoot(root: String) {
    #expect(AllowedRoots([root]) == nil)
  }

  static let pfnCases: [(String, String, Refusal.Rule?)] = [
    ("/data/store/unmerged/a/f.root", "/store/unmerged/a/f.root", nil),
    ("root://se:1094//store/unmerged/a/f.root", "/store/unmerged/a/f.root", nil),
    ("davs://se/pnfs/site/cms/unmerged/a/f.root", "/store/unmerged/a/f.root", nil),
    ("srm://se:8443/srm/managerv2?SFN=/pnfs/unmerged/a/f.root", "/store/unmerged/a/f.root", nil),
    ("srm://se:8443/srm/managerv2?SFN=/pnfs/unmerged/a&b.root", "/store/unmerged/a&b.root", nil),
    ("srm://se/srm/v2?SFN=/pnfs/unmerged/b&SFN=/x/b", "/store/unmerged/b&SFN=/x/b", .notAbsolute),
    ("rfio://se/?path=/castor/unmerged/f.root", "/store/unmerged/f.root", nil),
    ("root://se//store/unmerged/g.root?path=/store/unmerged/f.root", "/store/unmerged/f.root", .otherName),
    ("https://se/?path=/store/unmerged/f.root", "/store/unmerged/f.root", .trailingSlash),
    ("root://se//store/unmerged/f.root?svcClass=t1", "/store/unmerged/f.root", nil),
    ("/store//unmerged/f.root", "/store/unmerged/f.root", nil),
    ("/home/store/cms/store/unmerged/f.root", "/store/unmerged/f.root", nil),
    ("root://se//store/unmerged/a?b.root", "/store/unmerged/a?b.root", .otherName),
    ("/data/store/unmerged/a?b.root", "/store/unmerged/a?b.root", .wildcard),
    ("/data/store/unmerged/[old]/f.root", "/store/unmerged/f.root", .wildcard),
    ("davs://se/store/unmerged/a&mgm.option=r", "/store/unmerged/a&mgm.option=r", .wildcard),
    ("https://[::1]:8443/store/unmerged/a.root", "/store/unmerged/a.root", nil),
    ("root://se//store/unmerged/a&b.root", "/store/unmerged/a&b.root", nil),
    ("/data/store/unmerged/f", "/store/unmerged/f.root", .otherName),
    ("/data/constant", "/store/unmerged/f.root", .otherName),
    ("/data/store/unmerged/f.root/", "/store/unmerged/f.root", .trailingSlash),
    ("/data/../etc/f.root", "/store/unmerged/f.root", .dotSegment),
    ("srm://se/srm/v2?SFN=/pnfs/../f.root", "/store/unmerged/f.root", .dotSegment),
    ("srm://se/srm/v2?SFN=pnfs/f.root", "/store/unmerged/f.root", .notAbsolute),
    ("/data/store/user/fred/f.root", "/store/unmerged/f.root", .outsideAllowedRoots),
    ("/data/store/unmerged/Era/v1/f.root", "/store/unmerged/x/f.root", .protected),
  ]

  @Test("a PFN is checked as its LFN was", arguments: pfnCases)
  func checksPFN(text: String, lfn: String, rule: Refusal.Rule?) throws {
    let protected = ProtectedPFNs(["/store/unmerged/Era/v1"]) { .pfn("/data" + $0) }
    let pfn = try #require(PFN(text))
    #expect(try Self.rules().refusal(ofPFN: pfn, for: lfn, protected: protected)?.rule == rule)
  }
}

@Suite("PFN") struct PFNTests {
  static let cases: [(String, String, String, String, String?)] = [
    ("/a/b", "file", "", "/a/b", nil),
    ("/a/b?c", "file", "", "/a/b?c", nil),
    ("file:///a/b", "file", "", "/a/b", nil),
    ("file:/a/b", "file", "", "/a/b", nil),
    ("file://localhost/a/b", "file", "", "/a/b", nil),
    ("ROOT://h:1094//a/b", "root", "h:1094", "//a/b", nil),
    ("davs://h/a/b?x=1?y", "davs", "h", "/a/b", "x=1?y"),
    ("https://[::1]:443/a", "https", "[::1]:443", "/a", nil),
  ]

  @Test("is taken apart as it stands", arguments: cases)
  func parts(text: String, scheme: String, authority: String, path: String, opaque: String?) throws {
    let pfn = try #require(PFN(text))
    #expect(pfn.scheme == scheme)
    #expect(pfn.authority == authority)
    #expect(pfn.path == path)
    #expect(pfn.opaque == opaque)
  }

  @Test(
    "what is no absolute path and no URL is no PFN",
    arguments: [
      "", "a/b", "root:", "root://", "root://h", "root:///a", "1x://h/a", "file://other/a", "file:a",
    ])
  func rejects(text: String) {
    #expect(PFN(text) == nil)
  }
}
