import DeletionModel
import TestSupport
import Testing
@testable import BackendDCacheBulk

/// What dCache's bulk service is asked, and what its words mean.
@Suite struct BulkTableTests {
  static let states: [(state: String, type: String?, message: String?, word: String)] = [
    ("COMPLETED", nil, nil, "deleted"), ("SKIPPED", nil, nil, "directory"),
    ("FAILED", "diskCacheV111.util.FileNotFoundCacheException", "No such file", "absent"),
    ("FAILED", "diskCacheV111.util.PermissionDeniedCacheException", "Access denied", "auth"),
    ("FAILED", "diskCacheV111.util.TimeoutCacheException", "no reply", "transient, ambiguous"),
    ("FAILED", "diskCacheV111.util.CacheException", "Directory not empty", "permanent"),
    ("FAILED", "java.lang.NullPointerException", nil, "unknown, ambiguous"),
    ("FAILED", nil, nil, "unknown, ambiguous"), ("CREATED", nil, nil, "open"), ("READY", nil, nil, "open"),
    ("RUNNING", nil, nil, "open, ambiguous"), ("CANCELLED", nil, nil, "open"),
    ("", nil, nil, "open, ambiguous"),
    ("DONE", nil, nil, "open, ambiguous"),
  ]

  private func word(_ target: BulkTarget) -> String {
    switch BulkOutcome(target) {
    case .deleted: "deleted"
    case .absent: "absent"
    case .directory: "directory"
    case .failed(let error): error.errorClass.rawValue + (error.isAmbiguous ? ", ambiguous" : "")
    case .open(let mayBeGone): mayBeGone ? "open, ambiguous" : "open"
    }
  }

  @Test(arguments: states.indices) func `a state says what became of the file`(_ index: Int) {
    let row = Self.states[index]
    #expect(
      word(BulkTarget(target: "/f", state: row.state, errorType: row.type, errorMessage: row.message))
        == row.word)
  }

  @Test func `what was begun before it was cancelled may be gone`() {
    #expect(word(BulkTarget(target: "/f", state: "CANCELLED", startedAt: 1)) == "open, ambiguous")
  }

  @Test func `a page is read, and what is none is not`() {
    let page = BulkStatus.read(
      Array(
        #"{"nextId":-1,"uid":"u","arrivedAt":1,"startedAt":null,"lastModified":3,"status":"QUEUED","targetPrefix":"/","targets":[{"target":"/a","state":"CREATED","submittedAt":1,"startedAt":null,"finishedAt":null,"errorType":null,"errorMessage":null,"id":7}]}"#
          .utf8))
    #expect(
      page == BulkStatus(status: "QUEUED", nextId: -1, targets: [BulkTarget(target: "/a", state: "CREATED")]))
    for text in ["", "null", "[]", "{}", "{\"status\":1}", "<html>"] {
      #expect(BulkStatus.read(Array(text.utf8)) == nil, "\(text)")
    }
  }

  @Test func `a request names the paths, and expands and removes no directory`() {
    #expect(
      BulkJSON.deletion(of: ["/a\"b", "/c"])
        == #"{"activity":"DELETE","expandDirectories":"NONE","clearOnSuccess":false,"clearOnFailure":false,"cancelOnFailure":false,"arguments":{"skipDirs":"true"},"target":["/a\"b","/c"]}"#
    )
  }

  static let names: [(lfn: String, prefix: String, path: String?, isForAnother: Bool)] = [
    ("/store/unmerged/f", "davs://h:2880/pnfs", "/pnfs/store/unmerged/f", false),
    ("/store/unmerged/f", "davs://h:2880//pnfs/", "/pnfs/store/unmerged/f", false),
    ("/store/unmerged/f ", "davs://h:2880", "/store/unmerged/f ", true),
    ("/store/unmerged/f\u{2003}", "davs://h:2880", "/store/unmerged/f\u{2003}", true),
    ("/store/unmerged/" + String(repeating: "x", count: 240), "davs://h:2880", nil, true),
    ("/store/../f", "davs://h:2880", nil, false),
  ]

  @Test(arguments: names.indices) func `a name is sent as it is or not at all`(_ index: Int) throws {
    let row = Self.names[index]
    let target = try target(row.prefix, row.lfn)
    do throws(InexactName) {
      let name = try BulkName(target)
      if let path = row.path { #expect(name.path == path) }
      #expect((name.hindrance != nil) == row.isForAnother)
    } catch {
      #expect(row.path == nil && !row.isForAnother)
    }
  }

  static let frontends: [(text: String, url: String?)] = [
    ("https://h.org:3880", "https://h.org:3880/api/v1/bulk-requests"),
    ("https://h.org:3880/", "https://h.org:3880/api/v1/bulk-requests"),
    ("https://h.org/api/v2", "https://h.org/api/v2/bulk-requests"),
    ("https://h.org/api/v1/bulk-requests/", "https://h.org/api/v1/bulk-requests"),
    ("http://127.0.0.1:8", "http://127.0.0.1:8/api/v1/bulk-requests"), ("h.org:3880", nil),
    ("root://h/", nil),
    ("https://user@h.org", nil), ("https://h.org/a?b=c", nil), ("https://h.org/a b", nil), ("", nil),
  ]

  @Test(arguments: frontends.indices) func `a frontend is named by its URL`(_ index: Int) {
    let row = Self.frontends[index]
    let frontend = try? DCacheFrontend(row.text)
    #expect(frontend.map { $0.origin.text + $0.path } == row.url)
  }

  @Test func `a frontend serves the doors of its domain`() throws {
    let frontends = DCacheFrontends()
    frontends.use(try DCacheFrontend("https://frontend.site.org:3880"))
    #expect(
      frontends[door: "davs://door.site.org:2880"] != nil && frontends[door: "davs://door.other.org"] == nil)
  }

  @Test func `what is written down of a request is read again, whatever the order of its paths`() {
    let marker = BulkMarker(["/b", "/a"])
    #expect(
      marker == BulkMarker(["/a", "/b"]) && marker != BulkMarker(["/a", "/c"]) && marker != BulkMarker(["/a"])
    )
    for id in [nil, "0a1b2c3d-0000-4000-8000-000000000000"] {
      let note = BulkNote(frontend: "https://h:3880", marker: marker, id: id)
      #expect(BulkNote(note.text) == note)
    }
    for text in ["", "x", "https://h 1 2 ../../x", "https://h a b -"] { #expect(BulkNote(text) == nil) }
  }
}
