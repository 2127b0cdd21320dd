import Deletion
import Testing

@testable import Backends

/// The pure parts of the WebDAV backend: names, tables, dates, readers.
@Suite struct WebDAVTableTests {
  static let pfns: [(pfn: String, url: String?)] = [
    ("davs://h:1094//store/a b+%41#", "https://h:1094//store/a%20b%2B%2541%23"),
    ("dav://h/store/f", "http://h/store/f"), ("http://h/store/ü", "http://h/store/%C3%BC"),
    ("https://[::1]:8443/store/f?x=1", "https://[::1]:8443/store/f?x=1"),
    ("https://h/store/f%3Fx", "https://h/store/f%253Fx"), ("https://h/store/f?authz=x", nil),
    ("https://h/store/f/", nil), ("https://h/store/../f", nil), ("https://h/./f", nil),
    ("https://u@h/f", nil), ("https://u:p@h/f", nil), ("https://h/store/a\u{1}", nil),
    ("https://h/store/a\n", nil), ("root://h//f", nil), ("/store/f", nil), ("https://h:x/f", nil),
    ("https://h/store/f?x", nil),
  ]

  @Test(arguments: pfns.indices) func `names as URLs`(_ index: Int) throws {
    let row = Self.pfns[index]
    let target = DeletionTarget(lfn: "/store/f", pfn: try #require(PFN(row.pfn)))
    #expect((try? WebDAVName.of(target))?.url == row.url, "\(row.pfn)")
  }

  @Test func `a question mark in a name is never sent`() throws {
    let target = DeletionTarget(lfn: "/store/f?x", pfn: try #require(PFN("https://h/store/f?x=1")))
    #expect(throws: InexactName.self) { try WebDAVName.of(target) }
  }

  static let statuses: [(status: Int, body: String, word: String, isAmbiguous: Bool)] = [
    (200, "", "deleted", false), (202, "", "deleted", false), (204, "", "deleted", false),
    (201, "", "unknown", true), (206, "", "unknown", true), (404, "", "absent", false),
    (410, "", "absent", false), (401, "", "auth", false), (403, "", "auth", false),
    (400, "", "permanent", false), (405, "", "permanent", false), (409, "", "permanent", false),
    (423, "", "transient", false), (424, "", "transient", false), (408, "", "overload", false),
    (425, "", "overload", false), (429, "", "overload", false), (503, "", "overload", false),
    (500, "", "transient", true), (502, "", "transient", true), (504, "", "transient", true),
    (507, "", "transient", true), (500, "Unable to remove /d; directory not empty", "permanent", false),
    (501, "", "permanent", false), (303, "", "permanent", false), (100, "", "unknown", true),
    (999, "", "unknown", true),
  ]

  @Test(arguments: statuses.indices) func `what a status says`(_ index: Int) {
    let row = Self.statuses[index]
    let answer = Answer(
      HTTPAnswers.answer(HTTPAnswers.Reply(status: row.status, body: Array(row.body.utf8))).asSettled)
    #expect(answer.word == row.word, "\(row.status)")
    #expect((answer.error?.isAmbiguous ?? false) == row.isAmbiguous, "\(row.status)")
    if let error = answer.error { #expect(error.code == "HTTP \(row.status)") }
  }

  @Test func `words of an error page`() {
    let page =
      "<html><head><title>403 Forbidden</title></head>\n<h1>No &lt;way&gt; &amp; no Bearer abc.def</h1>"
    #expect(BodyText.words(Array(page.utf8)).contains("No <way> & no Bearer (redacted)"))
    #expect(!BodyText.words(Array(page.utf8)).contains("<html>"))
    #expect(BodyText.words(Array("a & b &unknown; < c".utf8)) == "a & b &unknown;")
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

  private static func members(_ text: String, pieces: Int = 7) -> [MultistatusReader.Member]? {
    let reader = MultistatusReader()
    feed(text, in: pieces) { reader.feed($0) }
    return reader.finish()
  }

  private static func feed(_ text: String, in pieces: Int, _ take: (UnsafeRawBufferPointer) -> Bool) {
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: pieces) {
      let piece = bytes[start..<min(start + pieces, bytes.count)]
      if !piece.withUnsafeBytes({ take($0) }) { break }
    }
  }

  @Test(arguments: [1, 7, 10_000]) func `a multistatus in pieces`(_ pieces: Int) {
    let text = """
      <?xml version="1.0"?><x:multistatus xmlns:x="DAV:" xmlns:o="other:"><x:response><x:href>
      /d/a%20b&amp;c</x:href><x:propstat><x:prop><x:resourcetype/><o:collection/></x:prop>
      <x:status>HTTP/1.1 200 OK</x:status></x:propstat></x:response><x:response><x:href>/d/s/</x:href>
      <x:propstat><x:prop><y:resourcetype xmlns:y="DAV:"><y:collection/></y:resourcetype></x:prop></x:propstat>
      <x:status>HTTP/1.1 404 X</x:status></x:response></x:multistatus>
      """
    let members = Self.members(text, pieces: pieces)
    #expect(members?.map { String(decoding: $0.href, as: UTF8.self) } == ["/d/a%20b&c", "/d/s/"])
    #expect(members?.map(\.isCollection) == [false, true])
    #expect(members?.map(\.status) == [200, 404])
  }

  /// As XRootD writes it.
  private static func listing(_ hrefs: String..., layout: String = "") -> String {
    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<D:multistatus xmlns:D=\"DAV:\" xmlns:ns0=\"DAV:\">\n"
      + hrefs.map { href in
        "<D:response xmlns:lp1=\"DAV:\" xmlns:lp3=\"LCGDM:\">\n<D:href>\(href)</D:href>\(layout)\n<D:propstat>\n<D:prop>\n"
          + (href.hasSuffix("/") ? "<lp1:resourcetype><D:collection/></lp1:resourcetype>\n" : "")
          + "<lp3:size>3</lp3:size>\n</D:prop>\n<D:status>HTTP/1.1 200 OK</D:status>\n</D:propstat>\n</D:response>\n"
      }.joined() + "</D:multistatus>\n"
  }

  static let shapes: [(text: String, isPlain: Bool, members: [MultistatusReader.Member]?)] = [
    (
      listing("/d/", "/d/f", "/d/g h%41"), true,
      [
        .init(href: Array("/d/".utf8), status: 200, isCollection: true),
        .init(href: Array("/d/f".utf8), status: 200), .init(href: Array("/d/g h%41".utf8), status: 200),
      ]
    ),
    (
      listing("/d/f", "/d/&lt;", "/d/\u{fc}"), false,
      ["/d/f", "/d/<", "/d/\u{fc}"].map { .init(href: Array($0.utf8), status: 200) }
    ),
    (
      listing("/d/f", layout: "<!-- a -->") + "<!-- b -->\n", false,
      [.init(href: Array("/d/f".utf8), status: 200)]
    ),
    (listing("/d/f", "/d/a]]>"), false, nil), (listing("/d/f", layout: "</D:x>"), false, nil),
    (listing("/d/f", layout: "<y:collection/>"), false, [.init(href: Array("/d/f".utf8), status: 200)]),
    (listing("/d/f") + "x", false, nil),
    (String(listing("/d/f", "/d/g").dropLast(20)), false, nil),
    (
      listing("/d/f", layout: "<D:x><lp3:resourcetype><D:collection/></lp3:resourcetype></D:x>"), true,
      [.init(href: Array("/d/f".utf8), status: 200)]
    ),
    (
      "<multistatus xmlns='DAV:'><response><href>/f</href></response></multistatus>", false,
      [.init(href: Array("/f".utf8))]
    ),
    (
      #"<multistatus xmlns="DAV:"><response><href>/f</href><href>/g</href><status/></response></multistatus>"#,
      true,
      [.init(href: Array("/f".utf8))]
    ),
    (#"<multistatus xmlns="DAV:"/>"#, false, []), (#"<multistatus xmlns="DAV:"></multistatus>"#, true, []),
    (#"<D:multistatus xmlns="DAV:"></D:multistatus>"#, false, nil),
  ]

  @Test(arguments: shapes.indices, [1, 50, 10_000]) func `plain or not, it is read alike`(
    _ index: Int, _ pieces: Int
  ) {
    let row = Self.shapes[index]
    var plain = PlainMultistatus()
    Self.feed(row.text, in: pieces) { plain.feed($0) }
    #expect(plain.isComplete == row.isPlain, "\(row.text)")
    let xml = MultistatusXML()
    Self.feed(row.text, in: pieces) { xml.feed($0) }
    #expect(xml.finish() == row.members, "\(row.text)")
    #expect(Self.members(row.text, pieces: pieces) == row.members, "\(row.text)")
  }

  static let broken = [
    "", "x", "<a/>", "<multistatus/>", "<multistatus xmlns=\"DAV:\"><response></multistatus>",
    "<multistatus xmlns=\"DAV:\"><response>",
    "<!DOCTYPE a [<!ENTITY b \"c\">]><multistatus xmlns=\"DAV:\">&b;</multistatus>",
  ]

  @Test(arguments: broken) func `what is no multistatus`(_ text: String) {
    #expect(Self.members(text) == nil)
    #expect(Answer(Multistatus.answer(Array(text.utf8))).word == "unknown")
  }

  static let multi: [(statuses: [Int], word: String)] = [
    ([], "unknown"), ([200], "deleted"), ([404], "absent"), ([204, 404], "deleted"), ([403], "auth"),
    ([204, 423], "transient"), ([204, 503], "overload"),
  ]

  @Test(arguments: multi.indices) func `a multistatus about a deletion`(_ index: Int) {
    let row = Self.multi[index]
    let body =
      "<multistatus xmlns='DAV:'>"
      + row.statuses.map {
        "<response><href>/f</href><status>HTTP/1.1 \($0) X</status></response>"
      }.joined() + "</multistatus>"
    #expect(Answer(Multistatus.answer(Array(body.utf8))).word == row.word)
  }

  @Test func `a listing says what is certainly a file`() {
    var listing = FolderListing([
      .init(href: Array("/d/".utf8), isCollection: true), .init(href: Array("/d/f".utf8)),
      .init(href: Array("http://h/d/g".utf8), status: 200),
      .init(href: Array("/d/s".utf8), isCollection: true),
      .init(href: Array("/d/t/".utf8)), .init(href: Array("/d/p%41".utf8)), .init(href: Array("/d/d".utf8)),
      .init(href: Array("/d/e".utf8), status: 403),
    ])
    let known = ["f", "g", "s", "t", "p%41", "pA", "d", "e", "none"].map { listing.take(ExactName($0)) }
    #expect(
      known == [.file, .file, .folder, .folder, .unclear, .unclear, .unclear, .unclear, .unclear])
    #expect(listing.take(ExactName("f")) == .unclear)
  }

  static let modules = "GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS,LOCK,UNLOCK"
  static let fs = ["1,2", "<http://apache.org/dav/propset/fs/1>"]
  static let servers: [(signs: ServerKind.Signs, kind: ServerKind)] = [
    (.init(status: 200, server: "nginx/1.22.1", dav: ["1"], allow: modules), .refusesFolders),
    (.init(status: 405, server: "nginx", body: "<hr><center>nginx</center>"), .refusesFolders),
    // Others behind an nginx.
    (.init(status: 200, server: "nginx/1.22.1", dav: fs, allow: "GET", msAuthorVia: "DAV"), .mustLook),
    (
      .init(status: 200, server: "nginx/1.22.1", dav: ["1"], allow: "HEAD,GET,PUT,PROPFIND,DELETE"), .mustLook
    ),
    (.init(status: 405, server: "nginx", body: "no"), .mustLook),
    (.init(status: 200, server: "nginx-like", dav: ["1"], allow: modules), .mustLook),
    (.init(status: 200, server: "Apache/2.4", dav: fs, msAuthorVia: "DAV"), .refusesFolders),
    (.init(status: 200, server: "Apache/2.4", dav: ["1"], msAuthorVia: "DAV"), .mustLook),
    (.init(status: 200, server: "Apache-Coyote/1.1", dav: fs, msAuthorVia: "DAV"), .mustLook),
    (.init(status: 200, server: "XrootD/v5.5.3", dav: fs, allow: "HEAD,GET"), .mustLook),
    (
      .init(status: 200, server: "XrootD/v5.5.3", dav: fs, allow: "HEAD,GET,PUT,PROPFIND,DELETE,OPTIONS"),
      .removesOnlyEmptyFolders
    ),
    (.init(status: 200, server: "nginx", dav: fs, allow: "HEAD,GET,PUT,PROPFIND,DELETE,OPTIONS"), .mustLook),
    (.init(status: 403, server: "XrootD/v5.5.3"), .mustLook),
    (.init(status: 404), .mustLook),
  ]

  @Test(arguments: servers.indices) func `which servers refuse directories`(_ index: Int) {
    #expect(ServerKind(Self.servers[index].signs) == Self.servers[index].kind)
  }

  static let redirects: [(location: String?, followed: Int, text: String?)] = [
    ("https://pool:1/store/f?authz=x", 0, "https://pool:1/store/f?authz=x"),
    ("/other/f", 0, "https://h/other/f"), ("f", 1, "https://h/store/f"), ("http://h/store/f", 0, nil),
    ("https://h/store/f/", 0, nil), ("https://h/store/g", 0, nil),
    ("https://h/store/%66", 0, "https://h/store/%66"),
    ("file:///store/f", 0, nil), (nil, 0, nil), ("https://h/store/f", 5, nil),
    ("https://u:p@h/store/f", 0, nil),
  ]

  @Test(arguments: redirects.indices) func `where a redirect leads`(_ index: Int) {
    let row = Self.redirects[index]
    let next = try? Redirects.next(
      row.location, from: "https://h/store/f", status: 307, followed: row.followed)
    #expect(next?.text == row.text, "\(row.location ?? "")")
  }

  @Test func `the folder of authorities`() {
    #expect(CAFolder.find(named: "/x") { _ in true } == "/x")
    #expect(CAFolder.find(named: "") { _ in true } == CAFolder.grid)
    #expect(CAFolder.find(named: nil) { _ in false } == CAFolder.system)
  }
}
