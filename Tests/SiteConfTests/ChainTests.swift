import SiteConf
import Testing

/// Protocols that build on each other.
struct ChainTests {
  static let rules = [
    #"protocol="base" path-match="/store/unmerged/(.*)" result="/data/unmerged/$1""#,
    #"protocol="whole" chain="base" path-match="(/.*)" result="davs://h$1""#,
    #"protocol="middle" chain="base" path-match="unmerged/(.*)" result="root://h/$1""#,
    #"protocol="before" chain="base" path-match="/store/(.*)" result="root://h/$1""#,
    #"protocol="fall" chain="base" path-match="(/.*)" result="davs://h$1""#,
    #"protocol="fall" path-match="(/.*)" result="davs://fall$1""#,
    #"protocol="third" chain="whole" path-match="davs://h/(.*)" result="x:$1""#,
    #"protocol="none" chain="" path-match="(.*)" result="n:$1""#,
    #"protocol="ghost" chain="missing" path-match="(.*)" result="g:$1""#,
    #"protocol="self" chain="self" path-match="(.*)" result="s:$1""#,
    #"protocol="one" chain="two" path-match="(.*)" result="1:$1""#,
    #"protocol="two" chain="one" path-match="(.*)" result="2:$1""#,
    #"protocol="broken" path-match="(.*)" result="$2""#,
    #"protocol="onBroken" chain="broken" path-match="(.*)" result="$1""#,
    #"protocol="onBroken" path-match="(.*)" result="next:$1""#,
    #"protocol="for" destination-match="T1_.*" path-match="(.*)" result="t1:$1""#,
    #"protocol="for" destination-match="an" path-match="(.*)" result="an:$1""#,
    #"protocol="for" destination-match="" path-match="(.*)" result="any:$1""#,
    #"protocol="twice" path-match="/a/(.*)" result="1:$1""#,
    #"protocol="other" path-match="/(.*)" result="o:$1""#,
    #"protocol="twice" path-match="/(.*)" result="2:$1""#,
  ]

  @Test(arguments: [
    ("whole", "/store/unmerged/a", MappingResult.pfn("davs://h/data/unmerged/a")),
    ("whole", "/store/temp/a", .noPFN(.noMatch)),
    ("middle", "/store/unmerged/a", .noPFN(.noMatch)),  // B2
    ("before", "/store/unmerged/a", .noPFN(.noMatch)),
    ("fall", "/store/unmerged/a", .pfn("davs://h/data/unmerged/a")),
    ("fall", "/store/temp/a", .pfn("davs://fall/store/temp/a")),  // B7
    ("third", "/store/unmerged/a", .pfn("x:data/unmerged/a")),
    ("none", "/a", .pfn("n:/a")),
    ("ghost", "/a", .noPFN(.noMatch)),
    ("self", "/a", .noPFN(.loop)),  // B9
    ("one", "/a", .noPFN(.loop)),
    ("two", "/a", .noPFN(.loop)),
    ("onBroken", "/a", .noPFN(.unresolved)),
    ("for", "/a", .pfn("any:/a")),  // B10
    ("twice", "/a/b", .pfn("1:b")),
    ("twice", "/b", .pfn("2:b")),
    ("Twice", "/b", .noPFN(.noMatch)),
  ])
  func chain(_ protocolName: String, _ lfn: String, _ expected: MappingResult) throws {
    #expect(try Catalogs.xml(Self.rules, protocolName: protocolName).map(lfn) == expected)
  }

  @Test func limitEndsChainsThatFanOut() throws {
    let rules = (0..<40).flatMap { level in
      [0, 1].map { _ in #"protocol="p\#(level)" chain="p\#(level + 1)" path-match="x" result="y""# }
    }
    let end = #"protocol="p40" path-match="(.*)" result="$1""#
    #expect(try Catalogs.xml(rules + [end], protocolName: "p0").map("/a") == .noPFN(.limit))
  }
}
