import DeletionModel
import Testing
@testable import BackendXRootD
@testable import Networking
@testable import BackendWebDAV
@testable import Credentials

/// What proves that a name is a file, where a redirect leads, and who is shown what: the rules that keep everything that
/// is not listed.
@Suite struct WebDAVEvidenceTests {
  static func propstat(_ properties: String, status: Int = 200) -> String {
    "<D:propstat><D:prop>\(properties)</D:prop><D:status>HTTP/1.1 \(status) X</D:status></D:propstat>"
  }

  static func response(_ href: String, _ content: String) -> String {
    "<D:response><D:href>\(href)</D:href>\(content)</D:response>"
  }

  static let type = "<D:resourcetype/>"
  static let collection = "<D:resourcetype><D:collection/></D:resourcetype>"

  /// What a server says of `/store/d/f`, and what that proves.
  static let answers: [(body: String, finding: String)] = [
    // By the rules: RFC 4918, XRootD before 6.
    (response("/store/d/f", propstat(type)), "file"),
    (response("/store/d/f", propstat("<D:resourcetype>\n </D:resourcetype>")), "file"),
    (response("/store/d/f", propstat(type + "<D:iscollection>0</D:iscollection>")), "file"),
    (response("/store/d/f", propstat("<D:iscollection>0</D:iscollection>")), "file"),
    // With the x bit, as XRootD 5.5.3 and 6 say it.
    (
      response(
        "/store/d/f",
        propstat(
          "<D:iscollection>0</D:iscollection><D:executable>T</D:executable><D:iscollection>1</D:iscollection>"
        )), "file"
    ),
    (
      response(
        "/store/d/f", propstat(type + "<D:iscollection>0</D:iscollection><D:iscollection>1</D:iscollection>")),
      "file"
    ),
    (
      response(
        "/store/d/f", propstat("<D:iscollection>0</D:iscollection><D:iscollection>1</D:iscollection>")),
      "unknown"
    ),
    (
      response(
        "/store/d/f",
        propstat(
          "<D:iscollection>1</D:iscollection><D:executable>T</D:executable><D:iscollection>0</D:iscollection>"
        )), "unknown"
    ),
    (
      response(
        "/store/d/f",
        propstat(collection + "<D:iscollection>1</D:iscollection><D:iscollection>1</D:iscollection>")),
      "directory"
    ),
    (response("/store/d/f", propstat("<D:getetag/>", status: 404) + propstat(type)), "file"),
    (response("https://other:1/store/d/f", propstat(type)), "file"),
    (response("//store/d//f", propstat(type)), "file"), (response("/store/%64/f", propstat(type)), "unknown"),
    // A proxy in between adds a prefix, or takes one away.
    (response("/web/dav/store/d/f", propstat(type)), "file"),
    // Directories.
    (response("/store/d/f/", propstat(collection)), "directory"),
    (response("/store/d/f", propstat(collection)), "directory"),
    (response("/store/d/f", propstat("<D:iscollection>1</D:iscollection>")), "directory"),
    (response("/store/d/f", propstat(type + "<D:iscollection>TRUE</D:iscollection>")), "directory"),
    (response("/store/d/f", propstat(type)) + response("/store/d/f/g", propstat(type)), "directory"),
    // Nothing is proved.
    ("", "unknown"), (response("/store/d/f", propstat("<D:displayname>x</D:displayname>")), "unknown"),
    (response("/store/d/f", propstat("<D:resourcetype>collection</D:resourcetype>")), "unknown"),
    (response("/store/d/f", propstat("<D:resourcetype><collection/></D:resourcetype>")), "unknown"),
    (
      response("/store/d/f", propstat("<D:resourcetype><x:collection xmlns:x='y:'/></D:resourcetype>")),
      "unknown"
    ),
    (response("/store/d/f", propstat("<x:resourcetype xmlns:x='y:'/>")), "unknown"),
    (response("/store/d/f", propstat(type, status: 404)), "unknown"),
    (response("/store/d/f", propstat(type, status: 403)), "unknown"),
    (response("/store/d/f", "<D:propstat><D:prop>\(type)</D:prop></D:propstat>"), "unknown"),
    (response("/store/d/f", "<D:prop>\(type)</D:prop><D:status>HTTP/1.1 200 OK</D:status>"), "unknown"),
    (response("/store/d/f", propstat(type + type)), "unknown"),
    (response("/store/d/f", propstat(type) + propstat(type)), "unknown"),
    (response("/store/d/f/", propstat(type)), "unknown"),
    (response("/store/d/f", propstat(type) + propstat(collection)), "unknown"),
    (response("/store/d/f", propstat("<D:iscollection>no</D:iscollection>")), "unknown"),
    (
      response(
        "/store/d/f", propstat("<D:iscollection>0</D:iscollection><D:iscollection>0</D:iscollection>")),
      "unknown"
    ),
    (
      response(
        "/store/d/f", propstat("<D:iscollection>0</D:iscollection><D:resourcetype>x</D:resourcetype>")),
      "unknown"
    ),
    (response("/store/d/f</D:href><D:href>/store/d/f", propstat(type)), "unknown"),
    (response("/store/d/f<D:x/>", propstat(type)), "unknown"),
    // Of another name.
    (response("/store/d/g", propstat(type)), "unknown"), (response("/store/e/f", propstat(type)), "unknown"),
    (response("/d/f", propstat(type)), "unknown"), (response("f", propstat(type)), "unknown"),
    (response("/store/d", propstat(type)), "unknown"), (response("/store/d/F", propstat(type)), "unknown"),
    (response("/store/d/f", propstat(type)) + response("/store/d/g", propstat(type)), "unknown"),
    (response("/store/d/f", propstat(type)) + response("/store/d/f", propstat(type)), "unknown"),
    // The status of the resource itself, and of a property only.
    (response("/store/d/f", "<D:status>HTTP/1.1 404 X</D:status>"), "absent"),
    (
      response(
        "/store/d/f", propstat("<D:resourcetype/>", status: 404) + "<D:status>HTTP/1.1 404 X</D:status>"),
      "404"
    ),
    (response("/store/d/f", "<D:status>HTTP/1.1 403 X</D:status>"), "403"),
    (response("/store/d/f", propstat(type) + "<D:status>HTTP/1.1 500 X</D:status>"), "500"),
    (response("/store/d/f", propstat(type) + "<D:status>200</D:status>"), "unknown"),
  ]

  static func word(_ finding: FileEvidence.Finding) -> String {
    switch finding {
    case .file: "file"
    case .directory: "directory"
    case .absent: "absent"
    case .status(let status): "\(status)"
    case .unknown: "unknown"
    }
  }

  static func name(_ path: String, lfn: String = "/store/d/f") -> RequestedName {
    RequestedName(path: Array(path.utf8), lfn: Array(lfn.utf8))
  }

  @Test(arguments: answers.indices) func `what an answer proves`(_ index: Int) throws {
    let row = Self.answers[index]
    let body = "<?xml version='1.0'?><D:multistatus xmlns:D='DAV:'>\(row.body)</D:multistatus>"
    let responses = try #require(MultistatusReader.read(Array(body.utf8)))
    #expect(
      Self.word(FileEvidence.finding(responses, of: Self.name("/store/d/f"))) == row.finding, "\(row.body)")
  }

  @Test func `every rule of the table says where it was seen`() {
    for rule in FileEvidence.rules { #expect(!rule.evidence.isEmpty && rule.seenAt.contains("XRootD")) }
  }

  static let hrefs: [(path: String, href: String, relation: RequestedName.Relation)] = [
    ("/s/a b", "/s/a b", .same), ("/s/a b", "/s/a%20b", .same), ("/s/a%20b", "/s/a%20b", .same),
    ("/s/a%20b", "/s/a%2520b", .same), ("/s/d%41r", "/s/d%41r", .same), ("/s/dAr", "/s/d%41r", .ambiguous),
    ("/s/d%41r", "/s/dAr", .other), ("/s/per%", "/s/per%", .same), ("/s/per%", "/s/per%25", .same),
    ("/s/ü", "/s/%c3%bc", .same), ("/s/f", "/s/f/g", .below), ("/s/f", "/s/f/g/h/", .below),
    ("/s/f", "/s/fg", .other),
    ("/s/f", "", .other), ("/s/f", "http:/s/f", .other), ("/s/f", "https://h", .other),
  ]

  @Test(arguments: hrefs.indices) func `whose an href is`(_ index: Int) {
    let row = Self.hrefs[index]
    #expect(Self.name(row.path, lfn: "/x").relation(toHref: Array(row.href.utf8)) == row.relation, "\(row)")
  }

  @Test func `a prefix is a proxy's only where the whole LFN follows`() {
    func relation(_ path: String, _ href: String) -> RequestedName.Relation {
      Self.name(path).relation(toHref: Array(href.utf8))
    }
    #expect(relation("/web/dav/store/d/f", "/store/d/f") == .same)
    #expect(relation("/store/d/f", "/data/store/d/f") == .same)
    #expect(relation("/web/store/d/f", "/data/store/d/f") == .other)
    #expect(relation("/web/store/d/f", "/d/f") == .other)
    #expect(relation("/web/dav/other/f", "/other/f") == .other)
  }

  // MARK: Redirects

  /// Of `/store/d%41r/a b`, or of the path that is given.
  static let redirects: [(location: String?, path: String, next: String?)] = [
    ("https://pool:1/store/f?authz=x%20y&z", "/store/f", "https://pool:1 authz=x%20y&z"),
    ("/store/f", "/store/f", "https://h "),
    ("f", "/store/f", "https://h "), ("https://pool/store/%66", "/store/f", "https://pool "),
    ("https://pool//store//f", "/store/f", "https://pool "),
    ("HTTPS://Pool/store/f", "/store/f", "https://pool "),
    ("davs://pool/store/f", "/store/f", "https://pool "),
    // A `%` that is left as it is, and one that is encoded.
    ("https://pool/store/d%41r/f", "/store/d%41r/f", "https://pool "),
    ("https://pool/store/d%2541r/f", "/store/d%41r/f", "https://pool "),
    ("https://pool/store/d%41r/f", "/store/dBr/f", nil),
    ("https://pool/store/d%41r/f", "/store/dAr/f", "https://pool "),
    ("https://pool/store/a b#c", "/store/a b#c", "https://pool "),
    ("https://pool/store/a%20b%23c", "/store/a b#c", "https://pool "),
    ("https://pool/store/a%20b%41", "/store/a b%41", nil),
    // Another name.
    ("https://pool/store/g", "/store/f", nil), ("https://pool/other/f", "/store/f", nil),
    ("https://pool/f", "/store/f", nil),
    ("https://pool/store/f/", "/store/f", nil), ("https://pool/store/", "/store/f", nil),
    ("g", "/store/f", nil),
    ("https://pool/store/f/../g", "/store/f", nil),
    // No place.
    (nil, "/store/f", nil), ("", "/store/f", nil), ("//pool/store/f", "/store/f", nil),
    ("https://u:p@pool/store/f", "/store/f", nil),
    ("file:///store/f", "/store/f", nil), ("root://pool//store/f", "/store/f", nil),
    ("https:///store/f", "/store/f", nil),
    ("https://pool/store/f?a b", "/store/f", nil), ("https://pool:x/store/f", "/store/f", nil),
    // From https to http only with a right of its own.
    ("http://pool/store/f", "/store/f", nil), ("http://pool/store/f?x=1", "/store/f", nil),
    (
      "http://pool/store/f?xrdhttptk=ab%2F&xrdhttptime=1", "/store/f",
      "http://pool xrdhttptk=ab%2F&xrdhttptime=1"
    ),
    ("http://pool/store/f?a=b&authz=x", "/store/f", "http://pool a=b&authz=x"),
    // For a directory.
    ("https://pool/store/d/", "/store/d/", "https://pool "), ("https://pool/store/d", "/store/d/", nil),
  ]

  @Test(arguments: redirects.indices) func `where a redirect leads`(_ index: Int) throws {
    let row = Self.redirects[index]
    let home = try #require(WebOrigin(endpoint: "davs://h"))
    do throws(DeletionError) {
      let next = try WebDAVRedirect.next(
        row.location, for: Array(row.path.utf8), from: home, isSecure: true, status: 307, followed: 0)
      #expect("\(next.origin.text) \(next.query ?? "")" == row.next, "\(row)")
      #expect(next.isSecure == next.origin.isSecure)
    } catch {
      #expect(
        row.next == nil && error.errorClass == .endpoint && error.code == "HTTP 307", "\(row): \(error)")
    }
  }

  @Test func `which redirects are followed, and how many`() throws {
    let home = try #require(WebOrigin(endpoint: "http://h"))
    for (status, followed, isFollowed) in [
      (301, 0, true), (302, 4, true), (307, 5, false), (308, 0, true), (303, 0, false), (300, 0, false),
      (304, 0, false),
    ] {
      let next = try? WebDAVRedirect.next(
        "/f", for: Array("/f".utf8), from: home, isSecure: false, status: status, followed: followed)
      #expect((next != nil) == isFollowed, "\(status) \(followed)")
    }
  }

  // MARK: Credentials

  static let domains: [(left: String, right: String, isSame: Bool)] = [
    ("eosuser.cern.ch", "p06636710.cern.ch", true), ("cern.ch", "eos.cern.ch", true),
    ("a.cern.ch", "a.fnal.gov", false),
    ("se.ic.ac.uk", "pool.ic.ac.uk", true), ("se.ic.ac.uk", "se.rl.ac.uk", false),
    ("ac.uk", "x.ac.uk", false),
    ("a.edu.cn", "b.edu.cn", false), ("x.a.edu.cn", "y.a.edu.cn", true), ("a.com", "b.com", false),
    ("a.example.com", "b.example.com", true), ("SE.Example.com.", "x.example.com", true),
    ("localhost", "localhost", true),
    ("a", "b", false), ("127.0.0.1", "127.0.0.1", true), ("127.0.0.1", "127.0.1.1", false),
    ("::1", "::1", true),
    ("", "", false), ("a..com", "b.com", false), ("com", "x.com", false),
  ]

  @Test(arguments: domains.indices) func `which hosts are of one storage`(_ index: Int) {
    let row = Self.domains[index]
    #expect(StorageDomain.isSame(row.left, row.right) == row.isSame, "\(row)")
    #expect(StorageDomain.isSame(row.right, row.left) == row.isSame, "\(row)")
  }

  struct Provider: CredentialProvider {
    let fresh: EndpointCredential?
    func credential(for endpoint: String) -> EndpointCredential { .none }
    func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? { fresh }
  }

  static let old = EndpointCredential.token(Secret("old"))
  static let new = EndpointCredential.token(Secret("new"))
  static let proxy = EndpointCredential.x509(certificate: "c", key: "k")

  static func credentials(
    _ credential: EndpointCredential, fresh: EndpointCredential? = nil,
    at endpoint: String = "https://door.site.org",
    onShown: @escaping @Sendable (CredentialUse) -> Void = { _ in }
  ) throws -> WebDAVCredentials {
    let hosts = StorageHosts()
    hosts.add(endpoint: "davs://Friend.net:2880")
    let credentials = WebDAVCredentials(
      Provider(fresh: fresh), endpoint: endpoint, home: try #require(WebOrigin(endpoint: endpoint)),
      storageHosts: hosts, onShown: onShown)
    credentials.use(credential)
    return credentials
  }

  static func location(_ url: String, isSecure: Bool = true, query: String? = nil) throws -> WebLocation {
    let origin = try #require(WebOrigin(endpoint: url))
    return WebLocation(origin: origin, query: query, isSecure: isSecure && origin.isSecure)
  }

  static let shown: [(url: String, isSecure: Bool, query: String?, token: Bool, x509: Bool)] = [
    ("https://pool.site.org:1094", true, nil, true, true), ("https://friend.net", true, nil, true, true),
    ("https://stranger.com", true, nil, false, true), ("http://pool.site.org", true, nil, false, false),
    // http has been in between: whoever listened there may have named the next one.
    ("https://pool.site.org", false, nil, false, false),
    ("https://pool.site.org", true, "authz=x", false, true),
    ("https://pool.site.org", true, "x=1", true, true), ("https://site.org.evil.com", true, nil, false, true),
  ]

  @Test(arguments: shown.indices) func `who is shown what behind a redirect`(_ index: Int) throws {
    let row = Self.shown[index]
    let position = try Self.location(row.url, isSecure: row.isSecure, query: row.query)
    #expect((try Self.credentials(Self.old).shown(at: position).token != nil) == row.token)
    #expect((try Self.credentials(Self.proxy).shown(at: position).identity != nil) == row.x509)
    #expect(try Self.credentials(.none).shown(at: position).isNothing)
  }

  @Test func `the endpoint is shown a token over https only`() throws {
    #expect(try Self.credentials(Self.old).shown(at: nil).token == Secret("old"))
    #expect(try Self.credentials(Self.old, at: "http://h").shown(at: nil).token == nil)
    #expect(try Self.credentials(Self.old, at: "http://h").shown(at: Self.location("https://h")).token == nil)
    #expect(
      try Self.credentials(Self.proxy).shown(at: nil).identity == ClientIdentity(certificate: "c", key: "k"))
  }

  private func file(at location: WebLocation? = nil) throws -> WebDAVFile {
    let pfn = try #require(PFN("https://door.site.org/d/f"))
    let name = try WebDAVName.of(DeletionTarget(lfn: "/d/f", pfn: pfn))
    let order = WebDAVBatch.Order(
      id: 1, names: [name], credential: .none, deadline: nil, observer: BatchAnswers(count: 1), finished: {})
    let file = WebDAVBatch(order).files()[0]
    file.location = location
    return file
  }

  @Test func `another credential is tried once a file`() throws {
    let credentials = try Self.credentials(Self.old, fresh: Self.new)
    let (first, second) = (try file(), try file())
    let used = credentials.shown(at: nil)
    #expect(credentials.renew(first, after: used))
    #expect(credentials.current == Self.new)
    #expect(!credentials.renew(first, after: credentials.shown(at: nil)))
    // Sent before the change: the new one is there already.
    #expect(credentials.renew(second, after: used))
    // Another server has said no to what it was not even shown.
    #expect(!credentials.renew(try file(), after: ShownCredential()))
    for fresh in [nil, Self.old] {
      let credentials = try Self.credentials(Self.old, fresh: fresh)
      #expect(!credentials.renew(try file(), after: credentials.shown(at: nil)))
    }
  }
}
