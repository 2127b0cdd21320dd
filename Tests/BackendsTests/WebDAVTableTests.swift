import CLibCurl
import DeletionModel
import Testing
@testable import HTTPTransport
@testable import Networking
@testable import BackendWebDAV
@testable import Credentials

/// The pure parts of the WebDAV backend: names, tables, dates, readers.
@Suite struct WebDAVTableTests {
  static let pfns: [(pfn: String, url: String?)] = [
    ("davs://h:1094//store/a b+%41#", "https://h:1094//store/a%20b%2B%2541%23"),
    ("dav://h/store/f", "http://h/store/f"), ("http://h/store/ü", "http://h/store/%C3%BC"),
    ("https://[::1]:8443/store/f?x=1", "https://[::1]:8443/store/f?x=1"),
    ("https://h/store/f%3Fx", "https://h/store/f%253Fx"),
    ("https://h/store/f?authz=Bearer%20x", "https://h/store/f?authz=Bearer%20x"),
    ("https://h/store/f/", nil), ("https://h/store/../f", nil), ("https://h/./f", nil),
    ("https://u@h/f", nil), ("https://u:p@h/f", nil), ("https://h/store/a\u{1}", nil),
    ("https://h/store/a\n", nil), ("root://h//f", nil), ("/store/f", nil), ("https://h:x/f", nil),
    ("https://h/store/f?x", nil),
  ]

  @Test(arguments: pfns.indices) func `names as URLs`(_ index: Int) throws {
    let row = Self.pfns[index]
    let target = DeletionTarget(lfn: "/store/f", pfn: try #require(PFN(row.pfn)))
    let url = (try? WebDAVName.of(target)).flatMap { name in
      WebOrigin(endpoint: target.pfn.endpoint).map { $0.text + name.target() }
    }
    #expect(url == row.url, "\(row.pfn)")
  }

  @Test func `a question mark in a name is never sent`() throws {
    let target = DeletionTarget(lfn: "/store/f?x", pfn: try #require(PFN("https://h/store/f?x=1")))
    #expect(throws: InexactName.self) { try WebDAVName.of(target) }
  }

  static let statuses: [(status: Int, body: String, word: String, isAmbiguous: Bool)] = [
    (200, "", "deleted", false), (202, "", "deleted", false), (204, "", "deleted", false),
    (201, "", "unknown", true), (206, "", "unknown", true), (404, "", "absent", false),
    (410, "", "absent", false), (401, "", "auth", false), (403, "", "auth", false), (407, "", "auth", false),
    (400, "", "endpoint", false), (400, "<h1>No required SSL certificate was sent</h1>", "auth", false),
    (400, "<h1>The SSL certificate error</h1>", "auth", false),
    (400, "Request Header Or Cookie Too Large", "endpoint", false),
    (405, "", "endpoint", false), (409, "", "transient", false),
    (409, "Directory not empty", "permanent", false),
    (409, "a is a directory", "permanent", false), (412, "", "endpoint", false), (413, "", "endpoint", false),
    (414, "", "endpoint", false), (421, "", "endpoint", false), (426, "", "endpoint", false),
    (431, "", "endpoint", false),
    (495, "", "auth", false), (496, "", "auth", false), (497, "", "endpoint", false),
    (498, "", "auth", false),
    (499, "", "auth", false), (423, "", "transient", false), (424, "", "transient", false),
    (408, "", "overload", false),
    (425, "", "overload", false), (429, "", "overload", false), (503, "", "overload", false),
    (500, "", "transient", true), (502, "", "transient", true), (504, "", "transient", true),
    (507, "", "transient", false),
    (507, "remove existing file - the recycle space is full", "endpoint", false),
    (500, "Unable to remove /d; directory not empty", "permanent", false),
    (500, "Unable to remove /f; file path marked read/only", "endpoint", false),
    (403, "Unable to remove /f; file path marked read/only", "endpoint", false),
    (500, "Unable to remove /f; read-only file system", "endpoint", false),
    (500, "Unable to remove /f; file name too long", "permanent", false),
    (501, "", "endpoint", false), (505, "", "endpoint", false), (303, "", "endpoint", false),
    (100, "", "unknown", true),
    (999, "", "unknown", true),
  ]

  @Test(arguments: statuses.indices) func `what a status says`(_ index: Int) {
    let row = Self.statuses[index]
    let answer = Answer(
      HTTPStatusTable.answer(toDelete: .init(status: row.status, body: Array(row.body.utf8))).asCompleted)
    #expect(answer.word == row.word, "\(row.status)")
    #expect((answer.error?.isAmbiguous ?? false) == row.isAmbiguous, "\(row.status)")
    #expect(answer.error?.rejectsCredential ?? false == (row.status == 401))
    if let error = answer.error {
      #expect(error.code == "HTTP \(row.status)")
      // The server's own words are kept.
      #expect(error.message.contains(HTTPErrorPage.text(Array(row.body.utf8))))
    }
  }

  static let curls: [(code: CURLcode, text: String, word: String)] = [
    (CURLE_UNSUPPORTED_PROTOCOL, "Received HTTP/0.9 when not allowed", "endpoint"),
    (CURLE_WEIRD_SERVER_REPLY, "", "endpoint"),
    (CURLE_URL_MALFORMAT, "", "endpoint"), (CURLE_COULDNT_CONNECT, "", "transient"),
    (CURLE_GOT_NOTHING, "", "transient"),
    (CURLE_SSL_CONNECT_ERROR, "error:0A00010B:SSL routines::wrong version number", "endpoint"),
    (CURLE_SSL_CONNECT_ERROR, "Connection reset by peer", "transient"),
    (CURLE_SSL_CONNECT_ERROR, "sslv3 alert handshake failure", "auth"),
    (CURLE_RECV_ERROR, "tlsv13 alert certificate required", "auth"), (CURLE_RECV_ERROR, "reset", "transient"),
    (CURLE_PEER_FAILED_VERIFICATION, "", "auth"),
  ]

  @Test(arguments: curls.indices) func `what an error of libcurl says`(_ index: Int) {
    let row = Self.curls[index]
    let error = CurlErrors.error(row.code, text: row.text, authorities: "/ca", wasSent: true)
    #expect(error.errorClass.rawValue == row.word, "\(row)")
    #expect(error.message.contains(row.text))
  }

  @Test func `phrases of an error page`() {
    let page =
      "<html><head><title>403 Forbidden</title></head>\n<h1>No &lt;way&gt; &amp; no Bearer abc.def</h1>"
    #expect(HTTPErrorPage.text(Array(page.utf8)).contains("No <way> & no Bearer (redacted)"))
    #expect(!HTTPErrorPage.text(Array(page.utf8)).contains("<html>"))
    #expect(HTTPErrorPage.text(Array("a & b &unknown; < c".utf8)) == "a & b &unknown;")
  }

  static let waits: [(text: String, date: String?, seconds: Int64?)] = [
    ("120", nil, 120), (" 0 ", nil, 0), ("-1", nil, nil), ("1.5", nil, nil), ("", nil, nil), ("x", nil, nil),
    ("99999999999999999999", nil, 366 * 86_400),
    ("Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30),
    ("Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:07 GMT", 30),
    ("Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:07 GMT", 30),
    ("Sun, 06 Nov 1994 08:49:37 GMT", nil, 37), ("Sun, 06 Nov 1994 08:48:00 GMT", nil, 0),
    ("Sun, 06 Foo 1994 08:49:37 GMT", nil, nil), ("Sun, 06 Nov 1994 25:49:37 GMT", nil, nil),
  ]

  @Test(arguments: waits.indices) func `Retry-After`(_ index: Int) {
    let row = Self.waits[index]
    let now: Int64 = 784_111_740  // Sun, 06 Nov 1994 08:49:00 GMT
    #expect(
      RetryAfter.duration(row.text, date: row.date, now: now) == row.seconds.map { .seconds($0) },
      "\(row.text)")
  }

  private static func members(_ text: String, pieces: Int = 7) -> [MultistatusResponse]? {
    let reader = MultistatusReader()
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      let piece = bytes[start..<min(start + pieces, bytes.count)]
      if !piece.withUnsafeBytes({ reader.feed($0) }) { break }
    }
    return reader.finish()
  }

  @Test(arguments: [1, 7, 10_000]) func `a multistatus in pieces`(_ pieces: Int) {
    let text = """
      <?xml version="1.0"?><x:multistatus xmlns:x="DAV:" xmlns:o="other:"><x:response><x:href>
      /d/a%20b&amp;c</x:href><x:propstat><x:prop><x:resourcetype/><o:collection/></x:prop>
      <x:status>HTTP/1.1 200 OK</x:status></x:propstat></x:response><x:response><x:href>/d/s/</x:href>
      <x:propstat><x:prop><y:resourcetype xmlns:y="DAV:"><y:collection/></y:resourcetype></x:prop>
      <x:status>HTTP/1.1 200 OK</x:status></x:propstat></x:response><x:response><x:href>/d/g</x:href>
      <x:status>HTTP/1.1 404 X</x:status></x:response></x:multistatus>
      """
    let members = Self.members(text, pieces: pieces)
    #expect(members?.map { String(decoding: $0.href, as: UTF8.self) } == ["/d/a%20b&c", "/d/s/", "/d/g"])
    #expect(members?.map(\.resourceType) == [.empty, .collection, .missing])
    #expect(members?.map(\.status) == [nil, nil, 404])
    #expect(members.map { FileEvidence.finding($0[0]) } == .file(FileFacts()))
  }

  static let broken = [
    "", "x", "<a/>", "<multistatus/>", "<multistatus xmlns=\"DAV:\"><response></multistatus>",
    "<multistatus xmlns=\"DAV:\"><response>", "<D:multistatus xmlns=\"DAV:\"></D:multistatus>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><multistatus xmlns=\"DAV:\">&b;</multistatus>",
  ]

  @Test(arguments: broken) func `what is no multistatus`(_ text: String) {
    #expect(Self.members(text) == nil)
    #expect(Self.deletion(text) == "unknown")
  }

  private static let file = RequestedName(path: Array("/d/f".utf8), lfn: [])

  private static func deletion(_ body: String) -> String {
    Answer(Answer.Kind(WebDAVResponse(status: 207, body: Array(body.utf8)), toDeletionOf: file)).word
  }

  static let multi: [(statuses: [Int], word: String)] = [
    ([], "unknown"), ([200], "deleted"), ([404], "absent"), ([204, 404], "deleted"), ([403], "auth"),
    ([204, 423], "transient"), ([204, 503], "overload"),
  ]

  @Test(arguments: multi.indices) func `a multistatus about a deletion`(_ index: Int) {
    let row = Self.multi[index]
    func body(_ href: String) -> String {
      "<multistatus xmlns='DAV:'>"
        + row.statuses.map { "<response><href>\(href)</href><status>HTTP/1.1 \($0) X</status></response>" }
        .joined()
        + "</multistatus>"
    }
    #expect(Self.deletion(body("/d/f")) == row.word)
    // Success for another name is none.
    let isGood = ["deleted", "absent"].contains(row.word)
    #expect(Self.deletion(body("/d/g")) == (isGood ? "unknown" : row.word))
  }

  @Test func `a listing says what is certainly a file`() throws {
    func member(_ href: String, _ property: String = "<resourcetype/>", status: Int = 200) -> String {
      "<response><href>\(href)</href><propstat><prop>\(property)</prop><status>HTTP/1.1 \(status) X</status></propstat></response>"
    }
    let collection = "<resourcetype><collection/></resourcetype>"
    let text =
      "<multistatus xmlns='DAV:'>" + member("/d/", collection) + member("/d/f") + member("http://h/d/g")
      + member("/d/s", collection) + member("/d/t/") + member("/d/p%41") + member("/d/d")
      + member("/d/e", status: 403)
      + member("/x/i") + member("/d/k/l") + member("/d/xr", "<iscollection>0</iscollection>")
      + member("/d/xd", "<iscollection>1</iscollection>") + member("/d/twice")
      + member("/d/twice", collection)
      + member("/d/slash/", collection) + "</multistatus>"
    let listing = DirectoryListing(
      try #require(Self.members(text)), of: RequestedName(path: Array("/d/".utf8), lfn: []))
    let file = DirectoryListing.Finding.file(FileFacts())
    for (name, finding) in [
      ("f", file), ("g", file), ("s", .directory), ("t", .unclear), ("p%41", .unclear), ("pA", .unclear),
      ("d", file),
      ("e", .unclear), ("i", .unclear), ("l", .unclear), ("k", .unclear), ("xr", file), ("xd", .directory),
      ("twice", .unclear), ("slash", .directory), ("none", .unclear),
    ] {
      #expect(listing.finding(ExactName(name)) == finding, "\(name)")
    }
  }

  static let lengths: [(properties: String, size: Int?)] = [
    ("<getcontentlength>0</getcontentlength>", 0),
    ("<getcontentlength>\n 4321 </getcontentlength>", 4321),
    ("<getcontentlength>9223372036854775807</getcontentlength>", Int.max),
    ("<getcontentlength>9223372036854775808</getcontentlength>", nil),
    ("<getcontentlength/>", nil), ("<getcontentlength>-1</getcontentlength>", nil),
    ("<getcontentlength>1 2</getcontentlength>", nil), ("<getcontentlength>1e3</getcontentlength>", nil),
    ("<x:getcontentlength xmlns:x='other:'>1</x:getcontentlength>", nil), ("", nil),
    // Nothing is decided by it: the name stays a file.
    ("<getcontentlength><x/>7</getcontentlength>", 7),
  ]

  @Test(arguments: lengths.indices) func `the size of a file`(_ index: Int) throws {
    let row = Self.lengths[index]
    let text =
      "<multistatus xmlns='DAV:'><response><href>/d/f</href><propstat><prop><resourcetype/>\(row.properties)</prop>"
      + "<status>HTTP/1.1 200 OK</status></propstat><propstat><prop><getcontentlength>5</getcontentlength></prop>"
      + "<status>HTTP/1.1 404 X</status></propstat></response></multistatus>"
    let members = try #require(Self.members(text))
    let facts = FileFacts(size: row.size)
    #expect(FileEvidence.finding(members, of: Self.file) == .file(facts), "\(row.properties)")
    let listing = DirectoryListing(members, of: RequestedName(path: Array("/d/".utf8), lfn: []))
    #expect(listing.finding(ExactName("f")) == .file(facts))
  }

  @Test(
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
      ("\n Sun Nov  6 08:49:37 1994 ", 784_111_777), ("yesterday", nil), ("", nil),
    ] as [(String, Int64?)])
  func `when a file was written`(text: String, seconds: Int64?) throws {
    let body =
      "<multistatus xmlns='DAV:'><response><href>/d/f</href><propstat><prop><resourcetype/><getlastmodified>\(text)"
      + "</getlastmodified></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"
    let members = try #require(Self.members(body))
    #expect(members[0].facts.written == seconds.map { StorageTime(seconds: $0) })
  }

  @Test func `the directory of authorities`() {
    #expect(CADirectory.find(named: "/x") { _ in true } == "/x")
    #expect(CADirectory.find(named: "") { _ in true } == CADirectory.grid)
    #expect(CADirectory.find(named: nil) { _ in false } == CADirectory.system)
  }
}
