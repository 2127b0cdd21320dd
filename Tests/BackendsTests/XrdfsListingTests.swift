import Deletion
import TestSupport
import Testing

@testable import Backends

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Looks by listing folders: what is believed of a listing, and that no directory is ever removed by it.
@Suite(.serialized) struct XrdfsListingTests {
  static let folder = ExactName("/store/a")

  func read(_ lines: String, _ names: [String]) -> [String: XrdfsOutput.Entry] {
    let paths = names.map { ExactName("/store/a/\($0)") }
    let found = XrdfsListing.read(Array(lines.utf8), of: paths, in: [Self.folder])
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

  @Test func `folders that are worth a listing`() {
    let many = (0..<XrdfsListing.leastNames).map { ExactName("/store/a/f\($0)") }
    let few = (1..<XrdfsListing.leastNames).map { ExactName("/store/b/f\($0)") }
    let opaque = (0..<20).map { ExactName("/store/c/f\($0)?x=y") }
    let odd = (0..<20).map { ExactName("/store/\u{fc}/f\($0)") }
    let top = (0..<20).map { ExactName("/f\($0)") }
    let paths = many + few + opaque + odd + top
    #expect(XrdfsListing.folders(of: paths) { _ in false } == [Self.folder])
    #expect(XrdfsListing.folders(of: paths) { _ in true }.isEmpty)
    #expect(
      String(decoding: XrdfsListing.script([ExactName("/a \"b")]), as: UTF8.self)
        == "ls -l \"/a \"'\"'\"b\"\nexit\n")
  }

  @Test func `a folder with many others in it is not listed again`() async throws {
    let server = try StorageServer.xrootd()
    let (place, calls) = try counted(server)
    for number in 0..<400 { place.make("/store/unmerged/big/f\(number)") }
    for start in [0, 10, 20] {
      let lfns = (start..<start + 10).map { "/store/unmerged/big/f\($0)" }
      #expect(try await place.delete(lfns).allSatisfy { $0.kind == .deleted })
    }
    // Each call has a session; the first is the listing.
    #expect(calls.note("scripts").split(separator: "\n").filter { $0.hasPrefix("ls") }.count == 1)
  }

  @Test func `a thousand files of a folder take two processes`() async throws {
    let server = try StorageServer.xrootd()
    let (place, calls) = try counted(server)
    let lfns = (0..<1000).map { "/store/unmerged/two/\($0 % 5)/f\($0)" }
    for lfn in lfns { place.make(lfn) }
    #expect(try await place.delete(lfns).allSatisfy { $0.kind == .deleted })
    #expect(calls.note("calls").split(separator: "\n").count == 2)
  }

  @Test func `what a listing leaves out is looked at by its name`() async throws {
    let server = try StorageServer.xrootd()
    // Every third line is lost on the way, those of directories too.
    let (place, _) = try counted(server, filter: "awk '/^[d-]/ && NR % 3 == 0 { next } { print }'")
    var lfns: [String] = []
    var expected: [String] = []
    for number in 0..<60 {
      let lfn = "/store/unmerged/holes/n\(number)"
      lfns.append(lfn)
      switch number % 4 {
      case 0: place.makeFolder(lfn)
      case 1: break
      default: place.make(lfn)
      }
      expected.append(["permanent", "absent", "deleted", "deleted"][number % 4])
    }
    place.makeFolder("/store/unmerged/holes")
    let answers = try await place.delete(lfns)
    #expect(answers.map(\.word) == expected, "\(answers)")
  }

  @Test func `a symbolic link to a folder is no file`() async throws {
    let server = try StorageServer.xrootd()
    let (place, _) = try counted(server)
    place.makeFolder("/store/unmerged/links/real")
    symlink("real", place.data + "/store/unmerged/links/link")
    let files = (0..<10).map { "/store/unmerged/links/f\($0)" }
    for lfn in files { place.make(lfn) }
    let answers = try await place.delete(["/store/unmerged/links/link"] + files)
    #expect(answers.map(\.word) == ["permanent"] + files.map { _ in "deleted" }, "\(answers)")
  }

  /// The real tool behind a script that notes each call, and what it is given on standard input.
  private func counted(_ server: StorageServer, filter: String = "cat") throws -> (Place, FakeTool) {
    let tool = try FakeTool(
      """
      echo "call $2" >> $HERE/calls
      if [ $# -gt 1 ]; then exec xrdfs "$@"; fi
      tee -a $HERE/scripts | xrdfs "$@" | \(filter)
      """)
    let backend = XrdfsBackend(
      runner: testRunner(), environment: testEnvironment(), time: testTime, tool: tool.path)
    let place = Place(
      name: "counted", backend: backend, prefix: server.prefix("root"), data: server.data, user: server.user,
      holder: [server, tool] as [any Sendable])
    return (place, tool)
  }
}
