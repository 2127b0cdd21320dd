import SiteConf
import Testing

/// storage.xml and storage.json as files.
struct CatalogFileTests {
  private let rule = #"<lfn-to-pfn protocol="p" path-match="/(.*)" result="/data/$1"/>"#

  @Test(arguments: [
    "<storage-mapping>RULE</storage-mapping>",
    "\u{FEFF}<storage-mapping>RULE</storage-mapping>",
    " \n<storage-mapping>RULE</storage-mapping>",
    #"<phedex when="1"><storage-mapping>RULE</storage-mapping></phedex>"#,
    #"<?xml version="1.0" encoding="ISO-8859-1"?><storage-mapping>RULE</storage-mapping>"#,
    "<!DOCTYPE storage-mapping><storage-mapping><!-- no -->RULE</storage-mapping>",
  ])
  func storageXML(_ text: String) throws {
    let text = text.replacing("RULE", with: rule)
    let catalog = try Catalog.load(Array(text.utf8), file: "f", protocolName: "p")
    #expect(catalog.map("/a") == .pfn("/data/a"))
  }

  @Test(arguments: [
    ("<storage-mapping>\n<lfn-to-pfn protocol=", 2, "not well-formed"),
    ("<storage-mapping>\n<a></b></storage-mapping>", 2, "not well-formed"),
    ("<a result='<'/>", 1, "not well-formed"),
    ("<a x='1' x='2'/>", 1, "not well-formed"),
    ("<other/>", 1, "no <storage-mapping>"),
    ("<phedex/>", 1, "no <storage-mapping>"),
    ("<a>\n&what;</a>", 2, "&what;"),
    ("<a>\n<b c='&what;'/></a>", 2, "&what;"),
    ("<!DOCTYPE a SYSTEM 'a.dtd'>\n<a b='&what;'/>", 2, "&what;"),
    ("<!DOCTYPE a [\n<!ENTITY x 'y'>]><a b='&x;'/>", 2, "entity"),
    ("<!DOCTYPE a [\n<!ENTITY % x 'y'>]><a/>", 2, "entity"),
    ("<!DOCTYPE a [\n<!ENTITY x SYSTEM '/etc/passwd'>]><a>&x;</a>", 2, "entity"),
  ])
  func brokenXML(_ text: String, _ line: Int, _ what: String) throws {
    let problem = try #require(throws: SiteConfProblem.self) {
      try Catalog.load(Array(text.utf8), file: "f", protocolName: "p")
    }
    #expect(problem.file == "f" && problem.line == line && problem.what.contains(what), "\(problem)")
  }

  @Test func limitsOfXML() throws {
    let deep = String(repeating: "<a>", count: 10_000)
    #expect(throws: SiteConfProblem.self) { try TrivialFileCatalog(bytes: Array(deep.utf8), file: "f") }
    let long = [UInt8](repeating: 0x20, count: 9 << 20)
    #expect(throws: SiteConfProblem.self) { try TrivialFileCatalog(bytes: long, file: "f") }
    #expect(throws: SiteConfProblem.self) { try StorageDescription(bytes: long, file: "f") }
    let latin = Array("<?xml version='1.0' encoding='UTF-8'?><a b='".utf8) + [0xE9] + Array("'/>".utf8)
    #expect(throws: SiteConfProblem.self) { try TrivialFileCatalog(bytes: latin, file: "f") }
  }

  @Test(arguments: [
    (#"{"protocol": "p", "prefix": "root://h/"}"#, "/a", MappingResult.pfn("root://h//a")),
    (#"{"protocol": "p", "prefix": "root://h/"}"#, "a", .noPFN(.noMatch)),
    (#"{"protocol": "p", "prefix": "root://$1/"}"#, "/a", .pfn("root://$1//a")),  // B13
    (#"{"protocol": "p", "prefix": "x:", "rules": [{"lfn": "(.*)", "pfn": "y:$1"}]}"#, "/a", .pfn("x:/a")),
    (#"{"protocol": "p", "prefix": "", "rules": [{"lfn": "(.*)", "pfn": "y:$1"}]}"#, "/a", .pfn("y:/a")),
    (#"{"protocol": "p", "prefix": ""}"#, "/a", .noPFN(.noMatch)),
    (#"{"protocol": "p", "prefix": null, "rules": [{"lfn": "(.*)", "pfn": "y:$1"}]}"#, "/a", .pfn("y:/a")),
    (#"{"protocol": "p", "rules": [{"lfn": "(.*)", "pfn": "y:$1", "chain": ""}]}"#, "/a", .pfn("y:/a")),
    (
      #"{"protocol": "q", "prefix": "/q"}, {"protocol": "p", "rules": [{"lfn": "(.*)", "pfn": "y:$1", "chain": "q"}]}"#,
      "/a", .pfn("y:/q/a")
    ),
    (
      #"{"protocol": "p", "rules": [{"lfn": "/b", "pfn": "b"}]}, {"protocol": "p", "prefix": "x:"}"#,
      "/a", .pfn("x:/a")
    ),
    (#"{"protocol": "p", "prefix": "\u00e9\ud83d\ude00\/\n\\"}"#, "/a", .pfn("é😀/\n\\/a")),
    (#"{"protocol": "P", "prefix": "x:"}"#, "/a", .noPFN(.noMatch)),
  ])
  func storageJSON(_ protocols: String, _ lfn: String, _ expected: MappingResult) throws {
    #expect(try Catalogs.json(protocols).map(lfn) == expected)
  }

  @Test(arguments: [
    (#"{"protocol": "p", "rules": [{"lfn": "/(", "pfn": "x"}]}"#, "regular expression"),
    (#"{"protocol": "p", "rules": [{"pfn": "x"}]}"#, "no pattern"),
    (#"{"protocol": "p", "rules": [{"lfn": "x"}]}"#, "no result"),
    (#"{"protocol": "p", "rules": [7]}"#, "no pattern"),
    (#"{"protocol": "p", "rules": [{"lfn": "x", "pfn": "y", "chain": 1}]}"#, "chain"),
    (#"{"protocol": "p", "rules": {}}"#, "not a list"),
    (#"{"protocol": "p", "prefix": 1}"#, "not a string"),
    (#"{"protocol": "p"}"#, "neither"),
    (#"{"prefix": "x"}"#, "no name"),
    (#"{"protocol": "p", "prefix": "x", "access": 1}"#, "access"),
  ])
  func warningsOfStorageJSON(_ protocols: String, _ what: String) throws {
    let warnings = try Catalogs.json("\n" + protocols).warnings
    #expect(warnings.count == 1 && warnings[0].what.contains(what), "\(warnings)")
    #expect(warnings.first?.line == 2)
  }

  @Test(arguments: [
    ("[\n// no\n]", 2), ("[\n{\"a\": }]", 2), ("[{}\n", 2), ("[1,]", 1), ("[01]", 1), ("[1.]", 1),
    ("[1e]", 1),
    ("[tru]", 1), ("[\"\\x\"]", 1), ("[\"\\ud800\"]", 1), ("[\"\\ud800\\u0041\"]", 1), ("[\"a\nb\"]", 1),
    ("[] []", 1), ("", 1), ("{\"a\" 1}", 1), ("{1: 2}", 1), ("{}", 1), ("\n3", 2), ("[\"abc", 1),
  ])
  func brokenJSON(_ text: String, _ line: Int) throws {
    let problem = try #require(throws: SiteConfProblem.self) {
      try StorageDescription(bytes: Array(text.utf8), file: "f")
    }
    #expect(problem.file == "f" && problem.line == line, "\(problem)")
  }

  @Test func limitsOfJSON() {
    let deep = String(repeating: "[", count: 100_000)
    #expect(throws: SiteConfProblem.self) { try StorageDescription(bytes: Array(deep.utf8), file: "f") }
    #expect(throws: SiteConfProblem.self) {
      try StorageDescription(bytes: Array("[\"".utf8) + [0xFF] + Array("\"]".utf8), file: "f")
    }
  }

  /// A key that is there twice spoils its entry, wherever it is in it, and no other.
  @Test(arguments: [
    #""access": "site-rw", "prefix": "a:", "prefix": "b:""#,
    #""access": "site-ro", "access": "site-rw", "prefix": "a:""#,
    #""rules": [{"lfn": "/a", "pfn": "/b", "pfn": "/c"}]"#, #""prefix": "a:", "pref\u0069x": "b:""#,
  ]) func aKeyTwice(members: String) throws {
    let text = """
      [{"site": "S", "volume": "Good", "protocols": [{"protocol": "p", "prefix": "x:"}]},
       {"site": "S", "volume": "Bad",
        "protocols": [{"protocol": "p", \(members)}]}]
      """
    let description = try StorageDescription(bytes: Array(text.utf8), file: "f")
    #expect(description.warnings.map(\.line) == [3])
    let problem = #expect(throws: SiteConfProblem.self) { try description.volume("Bad", of: "S") }
    #expect(problem?.description.contains("twice") == true)
    #expect(try description.volume("Good", of: "S") != nil)
  }

  @Test func b14B15OneBadEntryAndTheSameVolumeTwice() throws {
    let text = """
      [
        {"site": "S", "protocols": []},
        7,
        {"site": "S", "volume": "Bad", "protocols": 3},
        {"site": "S", "volume": "Bad", "protocols": []},
        {"site": "S", "volume": "V", "protocols": [{"protocol": "p", "prefix": "first:"}]},
        {"site": "S", "volume": "V", "rse": "R", "protocols": [{"protocol": "q", "prefix": "second:"}]}
      ]
      """
    let bytes = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
    let description = try StorageDescription(bytes: bytes, file: "f")
    #expect(description.warnings.map(\.line) == [2, 3, 4])
    #expect(throws: SiteConfProblem.self) { try description.volume("Bad", of: "S") }
    #expect(try description.volume("V", of: "T") == nil)
    let volume = try #require(try description.volume("V", of: "S"))
    #expect(volume.rse == nil && volume.access.keys.sorted() == ["p"])
  }

  @Test(
    arguments: [
      ([nil], nil), (["global-rw"], nil), (["site-ro"], "site-ro"), (["global-ro"], "global-ro"),
      (["virtual"], "virtual"), (["site-rw", "site-ro"], "site-ro"), ([nil, "virtual"], "virtual"),
    ] as [([String?], String?)])
  func access(_ values: [String?], _ forbids: String?) throws {
    let protocols = values.map { value in
      #"{"protocol": "p", "prefix": "x:", "access": \#(value.map { "\"\($0)\"" } ?? "null")}"#
    }
    let text = #"[{"site": "S", "volume": "V", "protocols": [\#(protocols.joined(separator: ","))]}]"#
    let volume = try StorageDescription(bytes: Array(text.utf8), file: "f").volume("V", of: "S")
    #expect(volume?.accessThatForbidsDeletion(by: "p") == forbids)
  }

  @Test func whatACatalogNeeds() {
    let text = Array(#"[{"site": "S", "volume": "V", "protocols": []}]"#.utf8)
    #expect(throws: SiteConfProblem.self) { try Catalog.load(text, file: "f", protocolName: "p") }
    // What is no catalog at all is told apart from that.
    let empty = #expect(throws: SiteConfProblem.self) {
      try Catalog.load([], file: "f", protocolName: "p")
    }
    #expect(empty?.line == 1)
    #expect(throws: SiteConfProblem.self) {
      try Catalog.load(text, file: "f", protocolName: "p", volume: "W", storageSite: "S")
    }
  }
}
