import ByteStreams
import DeletionModel
import ListReading
import FoundationEssentials
import Testing

@Suite struct LFNListsTests {
  func all(_ lists: inout LFNLists, limit: Int = 5) throws -> [String] {
    var names: [String] = []
    while let batch = try lists.nextBatch(limit: limit) {
      #expect(batch.count <= limit)
      names += batch.map(\.text)
    }
    return names
  }

  @Test func severalSources() throws {
    let file = listFixtures + "/array.json"
    var lists = try LFNLists(
      [.arguments(["/a", "/b\u{FFFD}"]), .file(file), .standardInput, .arguments([])],
      spoolDirectory: SpoolFile.directory(environment: [:]), standardInput: OpenFile(reading: "/dev/null"))
    let survey = try lists.survey()
    #expect(survey.count == 26)
    #expect(survey.lists.map(\.name) == ["command line", file, "standard input", "command line"])
    #expect(survey.lists.map(\.count) == [2, 24, 0, 0])
    let names = try all(&lists)
    #expect(names.count == 26)
    #expect(names.prefix(2) == ["/a", "/b\u{FFFD}"])
    #expect(try lists.survey() == survey)
    #expect(try lists.nextBatch(limit: 1) == nil)
  }

  @Test func repairedArgumentsAreTold() throws {
    var lists = try LFNLists([.arguments(["/a", "/b\u{FFFD}"])], spoolDirectory: "/nowhere")
    #expect(try lists.nextBatch(limit: 9)?.map(\.isValidUTF8) == [true, false])
  }

  @Test func missingIsNotDamaged() throws {
    let missing = #expect(throws: FileError.self) {
      try LFNLists([.file("/nowhere/list")], spoolDirectory: "/tmp")
    }
    #expect(missing?.description == "/nowhere/list: cannot be read: No such file or directory")
    #expect(throws: FileError(path: listFixtures, operation: .read, errno: .isDirectory)) {
      try LFNLists([.file(listFixtures)], spoolDirectory: "/tmp")
    }
    let noSpool = #expect(throws: FileError.self) {
      try LFNLists([.file("/dev/null")], spoolDirectory: "/nowhere")
    }
    #expect(noSpool?.path == "/nowhere: temporary copy of /dev/null")
    let damaged = try LFNLists(
      [.arguments(["/a"]), .file(listFixtures + "/truncated.txt.gz")], spoolDirectory: "/tmp")
    let error = #expect(throws: ListError.self) { try damaged.survey() }
    #expect(error?.source == listFixtures + "/truncated.txt.gz")
  }

  @Test func aChangedListIsNotRead() throws {
    let path = try temporaryFile(Array("/a\n".utf8))
    defer { try? FileManager.default.removeItem(atPath: path) }
    var lists = try LFNLists([.file(path)], spoolDirectory: "/tmp")
    #expect(try lists.survey().count == 1)
    // Another file of that name does not matter, only what happens to the one that was opened.
    try AtomicFile.replace(path) { try $0.write(Array("/c\n/d\n".utf8)) }
    #expect(try lists.survey().count == 1)
    lists = try LFNLists([.file(path)], spoolDirectory: "/tmp")
    var begun = lists
    #expect(try begun.nextBatch(limit: 1) == [ListedLFN(text: "/c")])
    var sink = try FileSink(appendingTo: path)
    try sink.write(Array("/e\n".utf8))
    try sink.finish()
    #expect(throws: ListError(source: path, problem: .changed)) {
      while try begun.nextBatch(limit: 1) != nil {}
    }
    #expect(throws: ListError(source: path, problem: .changed)) { try lists.survey() }
    #expect(throws: ListError(source: path, problem: .changed)) { try lists.nextBatch(limit: 1) }
  }

  @Test func options() {
    #expect(ListSource(option: "-") == .standardInput)
    #expect(ListSource(option: "./-") == .file("./-"))
  }
}

@Suite struct ProtectedListReaderTests {
  func read(_ text: String) throws -> [String] {
    var entries: [String] = []
    try ProtectedListReader.read(MemorySource(Array(text.utf8), chunkSize: 3), name: "kept") {
      entries.append($0)
    }
    return entries
  }

  @Test(arguments: [
    "/s/a\n\n/s/b/\n", #"["/s/a","/s/b/"]"#, "{\"lfn\":\"/s/a\"}\n{\"lfn\":\"/s/b\",\"result\":[]}",
    #"{"result":["/s/a","/s/b"]}"#,
    #" { "x" : {"result":["/no"]}, "result" : [ "/s/a" , "/s/b/" ] , "y" : [1] } "#,
  ])
  func form(text: String) throws {
    #expect(try read(text) == ["/s/a", "/s/b"])
  }

  @Test func fixtures() throws {
    var entries: [String] = []
    let count = try ProtectedListReader.read(listFixtures + "/protected-wmstats.json") { entries.append($0) }
    #expect(count == 3)
    #expect(entries.first == "/store/unmerged/Run2031A/MuonRush/AOD/v1")
    #expect(try ProtectedListReader.read(listFixtures + "/protected.txt") { _ in } == 2)
    #expect(throws: FileError.self) { try ProtectedListReader.read("/nowhere/kept") { _ in } }
  }

  @Test(arguments: [
    ("/s/a\nb", 2, "is not absolute"), ("/s/a\n\n/s//b\n", 3, "has an empty segment"),
    ("/s/a//", 1, "has an empty segment"),
    ("/s/./a", 1, "has a \".\" or \"..\" segment"), ("/s/..", 1, "has a \".\" or \"..\" segment"),
    ("/s/../", 1, "has a \".\" or \"..\" segment"), ("/", 1, "would protect everything"),
    ("//", 1, "has an empty segment"),
    ("/s/a\r\n", 1, "ends in a carriage return (convert the line ends with dos2unix)"),
    ("/s/a \n", 1, "begins or ends with a blank"), ("# comment\n", 1, "is not absolute"),
    ("/s/a*", 1, "has a \"*\", and patterns are not understood"),
    ("[\"/s/a\",\n\"/s/b\\u0001\"]", 2, "has a control character"),
    ("[\"/s/\\ud800\"]", 1, "is not valid UTF-8"),
    ("/s/a.root:12", 1, "has a \":\", as no LFN does: a list has one LFN a line, without columns"),
    ("/s/a.root#kept", 1, "has a \"#\", as no LFN does: a list has one LFN a line, without columns"),
    ("/s/a.root 12", 1, "has a blank, as no LFN does: a list has one LFN a line, without columns"),
    ("/s/a.root\u{A0}12", 1, "has a control or invisible character"),
    ("/s/a.root\u{3000}12", 1, "has a control or invisible character"),
    ("/s/a.root\u{85}", 1, "has a control or invisible character"),
    ("/s/a.root\u{2028}", 1, "has a control or invisible character"),
    ("/s/a.root\u{FEFF}", 1, "has a control or invisible character"),
    ("/s/a\u{AD}.root", 1, "has a control or invisible character"),
  ])
  func notUnderstood(text: String, line: Int, reason: String) throws {
    let error = #expect(throws: ListError.self) { try read(text) }
    #expect(error?.line == line)
    guard case .protectedEntry(_, let found)? = error?.problem else {
      return #expect(Bool(false), "\(String(describing: error))")
    }
    #expect(found == reason)
  }

  @Test(arguments: ["", "\n", "[]", #"{"result":[]}"#])
  func protectsNothing(text: String) {
    #expect(throws: ListError(source: "kept", problem: .protectsNothing)) { try read(text) }
  }

  @Test(arguments: [
    #"{"result":null}"#, #"{"result":["/a"],"result":["/b"]}"#, #"{"result":["/a"]"#,
    #"{"result":["/a"]}{"lfn":"/b"}"#,
    #"{"result":[["/a"]]}"#, #"{"error":"unavailable"}"#,
  ])
  func wrongShape(text: String) {
    #expect(throws: ListError.self) { try read(text) }
  }
}
