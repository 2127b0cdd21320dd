import DeletionModel
import TestSupport
import Testing
@testable import BackendTools

/// What is believed of a listing, and what is listed.
@Suite struct XrdfsListingTests {
  static let directory = ExactName("/store/a")

  func read(_ lines: String, _ names: [String]) -> [String: XrdfsOutput.Entry] {
    let paths = names.map { ExactName("/store/a/\($0)") }
    let found = XrdfsListing.read(Array(lines.utf8), of: paths, in: [Self.directory])
    return Dictionary(
      uniqueKeysWithValues: found.entries.map { (String($0.key.text.dropFirst("/store/a/".count)), $0.value) }
    )
  }

  static let lines: [(text: String, name: String, entry: XrdfsOutput.Entry?)] = [
    ("-rw-r--r-- xrootd root  0 2026-11-21 15:09:51 /store/a/f1\n", "f1", .other),
    ("drwxr-xr-x xrootd root 40 2026-11-21 15:09:51 /store/a/d1\n", "d1", .directory),
    ("-rw- 2026-11-21 15:09:51          40 /store/a/f1\n", "f1", .other),
    ("drwx 2026-11-21 15:09:51          40 /store/a/d1\n", "d1", .directory),
    ("-0644 xrootd root  0 2026-11-21 15:09:51 /store/a/f1\n", "f1", .other),
    ("-rw- 2026-11-21 15:09:51          40 /store/a/two  words : [x\n", "two  words : [x", .other),
    // The server gave no flags.
    ("---- 0000-00-00 00:00:00            ? /store/a/f1\n", "f1", nil),
    // Cut off: it may be the beginning of another name.
    ("-rw- 2026-11-21 15:09:51          40 /store/a/f1", "f1", nil),
    ("-rw- 2026-11-21 15:09:51          40 /store/a/f12\n", "f1", nil),
    ("-rw- 2026-11-21 15:09:51          40 /store/b/f1\n", "f1", nil),
    ("-rw- 2026-11-21 15:09:51          40 //store/a/f1\n", "f1", nil),
    ("[h:1094] / > -rw- 2026-11-21 15:09:51          40 /store/a/f1\n", "f1", nil),
    ("lrwx 2026-11-21 15:09:51          40 /store/a/f1\n", "f1", nil),
    ("/store/a/f1\n", "f1", nil), ("- /store/a/f1\n", "f1", nil), ("-\n\n \nd\nd \n", "f1", nil),
    // Servers behind a redirector that do not agree.
    ("-rw- 2026-11-21 15:09:51 0 /store/a/x\ndrwx 2026-11-21 15:09:51 0 /store/a/x\n", "x", nil),
    ("-rw- 2026-11-21 15:09:51 0 /store/a/x\n---- 0000-00-00 00:00:00 ? /store/a/x\n", "x", nil),
  ]

  @Test(arguments: lines.indices) func `what a line says`(_ index: Int) {
    let row = Self.lines[index]
    #expect(read(row.text, [row.name])[row.name] == row.entry, "\(row.text)")
  }

  @Test func `directories that are worth a listing`() {
    let many = (0..<XrdfsListing.leastNames).map { ExactName("/store/a/f\($0)") }
    let few = (1..<XrdfsListing.leastNames).map { ExactName("/store/b/f\($0)") }
    let opaque = (0..<20).map { ExactName("/store/c/f\($0)?x=y") }
    let odd = (0..<20).map { ExactName("/store/\u{fc}/f\($0)") }
    let top = (0..<20).map { ExactName("/f\($0)") }
    let paths = many + few + opaque + odd + top
    #expect(XrdfsListing.directories(of: paths) { _ in false } == [Self.directory])
    #expect(XrdfsListing.directories(of: paths) { _ in true }.isEmpty)
    #expect(
      String(decoding: XrdfsListing.script([ExactName("/a \"b")]), as: UTF8.self)
        == "ls -l \"/a \"'\"'\"b\"\nexit\n")
  }
}
