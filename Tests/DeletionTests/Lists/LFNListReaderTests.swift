import ByteStreams
import DeletionModel
import ListReading
import Testing

@Suite struct LFNListReaderTests {
  /// What is in a list, and the names that are read from it.
  static let forms: [(String, [ListedLFN])] = [
    ("", []), ("\n\n", []), (" \r\n\t\n", []), ("\u{FEFF}", []), ("\u{FEFF}\n/a\n", listed(["/a"])),
    ("/a", listed(["/a"])), ("/a\n", listed(["/a"])), ("\n/a\n\n/b", listed(["/a", "/b"])),
    ("/a\r\n/b\r\n", listed(["/a\r", "/b\r"])), (" /a \n", listed([" /a "])),
    ("/a\0b\n/é\n", listed(["/a\0b", "/é"])),
    ("[]", []), (" \n[ ]\n", []), ("\u{FEFF}[\"/a\"]", listed(["/a"])),
    (#"["/a" , "/b"]"#, listed(["/a", "/b"])),
    (#"["","é🦫"]"#, listed(["", "é🦫"])),
    (#"["\"\\\/\b\f\n\r\t\u0041\u00e9\u20AC\ud83e\uddab"]"#, listed(["\"\\/\u{8}\u{c}\n\r\tAé€🦫"])),
    (
      #"["a\ud83e", "\udDab", "\ud83e\ud83e\uddab", "\ud83ex", "\ud83e\n"]"#,
      ["a\u{FFFD}", "\u{FFFD}", "\u{FFFD}🦫", "\u{FFFD}x", "\u{FFFD}\n"].map {
        ListedLFN(text: $0, isValidUTF8: false)
      }
    ),
    (#"["\u0000"]"#, listed(["\0"])),
    (#"{"lfn":"/a"}"#, listed(["/a"])), ("{\"lfn\":\"/a\"}\n\n{\"lfn\":\"/b\"}", listed(["/a", "/b"])),
    (#"{"lfn":"/a"}{"lfn":"/b"} "#, listed(["/a", "/b"])), (#"{"l\u0066n":"/a"}"#, listed(["/a"])),
    (
      #"{"x":{"lfn":"no","y":[1,{"lfn":"no"},[],{}]},"n":null,"t":true,"f":false,"d":-1.5e+3,"s":"}\"]\\","lfn":"/a","z":[]}"#,
      listed(["/a"])
    ),
    ("{\n \"size\" : 1 ,\n \"lfn\" : \"/a\"\n}\n", listed(["/a"])),
    (
      #"{"v":"# + String(repeating: "[", count: 64) + String(repeating: "]", count: 64) + #","lfn":"/a"}"#,
      listed(["/a"])
    ),
  ]

  @Test(arguments: forms)
  func form(text: String, expected: [ListedLFN]) throws {
    for size in [1, 2, 3, 7, 4096, .max] {
      for limit in [1, 2, 100] {
        #expect(
          try readList(text, chunkSize: size, limit: limit) == expected, "chunks of \(size), \(limit) a batch"
        )
      }
    }
  }

  @Test func invalidUTF8() throws {
    let bytes: [UInt8] =
      Array("/store/unmerged/a\n/b".utf8) + [0xff, 0x0a, 0x2f, 0xc3, 0xa9, 0x0a, 0xed, 0xa0, 0x80]
    for size in [1, 2, 3, 7, .max] {
      let names = try readList(bytes, chunkSize: size)
      #expect(names.map(\.isValidUTF8) == [true, false, true, false])
      #expect(names[1].text == "/b\u{FFFD}")
      #expect(names[2].text == "/é")
    }
    let json = try readList(
      Array("[\"/b".utf8) + [0xff] + Array("\", \"\\n".utf8) + [0xfe] + Array("\"]".utf8))
    #expect(json.map(\.isValidUTF8) == [false, false])
  }

  /// What is wrong with a list, where, and how that is said.
  static let wrong: [(String, Int?, String)] = [
    ("[", 1, "the JSON text ends too early"), (#"["/a""#, 1, "the JSON text ends too early"),
    ("[\n\"/a\",\n", 3, "the JSON text ends too early"), ("[\"/a", 1, "the JSON text ends too early"),
    (#"["/a\"#, 1, "the JSON text ends too early"), (#"["/a\u00"#, 1, "the JSON text ends too early"),
    ("{", 1, "the JSON text ends too early"), ("{\"lfn\":\"/a\"", 1, "the JSON text ends too early"),
    (#"{"x":tr"#, 1, "the JSON text ends too early"), (#"{"x":[1,"#, 1, "the JSON text ends too early"),
    ("[1]", 1, "unexpected \"1\" where a name should begin"),
    ("[\"/a\",\n{}]", 2, "unexpected \"{\" where a name should begin"),
    ("[null]", 1, "unexpected \"n\" where a name should begin"),
    (#"["/a",]"#, 1, "unexpected \"]\" where a name should begin"),
    (#"["/a" "/b"]"#, 1, "unexpected \"\"\" after a name"),
    (#"["/a"] x"#, 1, "unexpected \"x\" after the end of the list"),
    (#"["/a"]["/b"]"#, 1, "unexpected \"[\" after the end of the list"),
    ("[\"/a\nb\"]", 1, "a JSON string holds a control character or does not end on its line"),
    (#"["\x"]"#, 1, "unexpected \"x\" after a backslash"),
    (#"["\u00g0"]"#, 1, "unexpected \"g\" in a \\u escape"),
    ("{}", 1, "a JSON object has no key \"lfn\""),
    ("{\"lfn\":\"/a\"}\n{\"LFN\":\"/b\"}\n", 2, "a JSON object has no key \"lfn\""),
    (#"{"result":["/a"]}"#, 1, "a JSON object has no key \"lfn\""),
    (#"{"lfn":1}"#, 1, "the value of \"lfn\" is not a string"),
    (#"{"lfn":"/a","lfn":"/b"}"#, 1, "an object has the key \"lfn\" twice"),
    (#"{"lfn":"/a"},{"lfn":"/b"}"#, 1, "unexpected \",\" where an object should begin"),
    (#"{lfn:"/a"}"#, 1, "unexpected \"l\" where a key should begin"),
    (#"{"lfn" "/a"}"#, 1, "unexpected \"\"\" after a key"),
    (#"{"x":[1}"#, 1, "unexpected \"}\" inside of a value"),
    (#"{"x":yes}"#, 1, "unexpected \"y\" where a value should begin"),
    (#"{"x":1 "y":2}"#, 1, "unexpected \"\"\" inside of an object"),
    ("{\"v\":" + String(repeating: "[", count: 66), 1, "values are nested more than 64 levels deep"),
    ("{\"v\":" + String(repeating: "{\"x\":", count: 66), 1, "values are nested more than 64 levels deep"),
  ]

  @Test(arguments: wrong)
  func error(text: String, line: Int?, what: String) throws {
    for size in [1, 2, 3, 7, .max] {
      let error = #expect(throws: ListError.self) { try readList(text, chunkSize: size) }
      #expect(error?.line == line)
      #expect(
        error?.description.hasPrefix("list:\(line ?? 0): \(what); ") == true, "\(String(describing: error))")
    }
  }

  @Test func longLines() throws {
    let limit = TextCursor.textLimit
    let longest = "/" + String(repeating: "a", count: limit - 1)
    for size in [1000, 65536, .max] {
      #expect(try readList("/x\n" + longest + "\n/y", chunkSize: size) == listed(["/x", longest, "/y"]))
      #expect(try readList("[\"" + longest + "\"]", chunkSize: size) == listed([longest]))
      for text in ["/x\n" + longest + "a", "/x\n" + longest + "a\n", "[\n\"" + longest + "a\"]"] {
        #expect(throws: ListError(source: "list", line: 2, problem: .text(.tooLong(TextCursor.textLimit)))) {
          try readList(text, chunkSize: size)
        }
      }
    }
  }

  @Test(arguments: ["/a\n/", "[\n\"/", "[\n\"\\n", "\n{\"", "\n{\"lfn\":\""])
  func endlessLinesFailAtOnce(prefix: String) {
    let source = RepeatingSource(prefix: prefix, byte: "a", length: 200 << 20)
    var reader = LFNListReader(source, name: "list")
    #expect(throws: ListError(source: "list", line: 2, problem: .text(.tooLong(TextCursor.textLimit)))) {
      while try reader.nextBatch(limit: 10) != nil {}
    }
  }

  @Test(arguments: ["plain.txt", "plain.txt.gz", "array.json", "lines.jsonl"])
  func fixtures(name: String) throws {
    let expected = try fixture("plain.txt").split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
    #expect(expected.count == 24)
    for size in [1, 7, 4096] { #expect(try readList(fixture(name), chunkSize: size) == listed(expected)) }
  }

  @Test func carriageReturnsAreKept() throws {
    let names = try readList(fixture("bom-crlf.txt"))
    #expect(names.count == 24)
    #expect(names.allSatisfy { $0.text.hasPrefix("/store/") && $0.text.utf8.last == 0x0D })
  }

  @Test func brokenFixtures() throws {
    func problem(_ name: String) throws -> ListError? {
      let bytes = try fixture(name)
      return #expect(throws: ListError.self) { try readList(bytes) }
    }
    #expect(try problem("truncated.txt.gz")?.problem == .text(.gzip(.truncated)))
    #expect(try problem("truncated.json")?.problem == .text(.truncatedJSON))
    #expect(try problem("truncated.json")?.line == 12)
    #expect(try problem("binary.dat")?.problem == .binary)
  }

  @Test func binaryContent() throws {
    let utf16 = "/store/unmerged/a\n".utf16.flatMap { [UInt8(truncatingIfNeeded: $0), UInt8($0 >> 8)] }
    #expect(throws: ListError(source: "list", problem: .binary)) { try readList([0xff, 0xfe] + utf16) }
    // A list with a few odd names in it is a list.
    let odd = String(repeating: "/store/unmerged/a\0b\u{1b}c\n", count: 500)
    #expect(try readList(odd).count == 500)
    // And so is one whose 8192nd byte is in the middle of a character.
    #expect(try readList("/x" + String(repeating: "é", count: 5000)).allSatisfy(\.isValidUTF8))
  }
}
