import Deletion
import TestSupport
import Testing

@testable import Backends

/// Requests, what comes after their replies, and what a server is shown.
@Suite struct WebDAVStepTests {
  func errand(_ subject: WebDAVSubject = .files, at place: String? = nil) throws -> WebDAVErrand {
    let pfn = try #require(PFN("https://h:1094/d/f"))
    let name = try WebDAVName.of(DeletionTarget(lfn: "/d/f", pfn: pfn))
    let job = WebDAVJob(
      .init(
        id: 1, names: [name], subject: subject, credential: .none, deadline: nil, watch: nil, reply: { _ in }
      ))
    let errand = WebDAVErrand(job: job, index: 0, name: name)
    errand.place = place.flatMap { WebLocation($0) }
    return errand
  }

  func words(_ step: WebDAVStep) -> String {
    switch step {
    case .settle(let kind):
      let answer = Answer(kind.asSettled)
      return answer.word + (answer.error?.isAmbiguous == true ? "?" : "")
    case .ask(.delete): return "delete"
    case .ask(.look): return "look"
    case .ask: return "other"
    }
  }

  static let file = [MultistatusReader.Member(href: Array("/d/f".utf8), status: 200)]
  static let folder = [MultistatusReader.Member(href: Array("/d/f/".utf8), status: 200, isCollection: true)]
  static let trouble = DeletionError(.transient, code: "x", message: "x", isAmbiguous: true)
  static let elsewhere = "https://pool/d/f"

  static let looks: [(subject: WebDAVSubject, reply: WebDAVReply, words: String)] = [
    (.files, .init(trouble: trouble), "transient"), (.files, .init(status: 207, members: file), "delete"),
    (.files, .init(status: 207, members: folder), "permanent"), (.files, .init(status: 404), "absent"),
    (.files, .init(status: 405), "permanent"), (.files, .init(status: 207), "unknown"),
    (.files, .init(status: 500), "transient"), (.files, .init(status: 307, location: elsewhere), "look"),
    (.files, .init(status: 307), "permanent"),
    (.emptyDirectories, .init(status: 207, members: file), "permanent"),
    (.emptyDirectories, .init(status: 207, members: folder), "permanent"),
    (
      .emptyDirectories,
      .init(status: 207, members: folder, signs: .init(status: 207, server: "XrootD/v5.5.3")), "delete"
    ),
    (.emptyDirectories, .init(status: 404), "absent"),
    (.emptyDirectories, .init(status: 307, location: elsewhere), "permanent"),
  ]

  @Test(arguments: looks.indices) func `after a look`(_ index: Int) throws {
    let row = Self.looks[index]
    let errand = try errand(row.subject)
    #expect(words(.afterLook(row.reply, at: errand)) == row.words, "\(row.reply)")
    #expect((errand.knownSince != nil) == (row.subject == .files && row.words == "delete"))
  }

  static let deletions: [(isKnown: Bool, reply: WebDAVReply, words: String)] = [
    (false, .init(status: 204), "deleted"), (false, .init(status: 404), "absent"),
    (false, .init(trouble: trouble), "transient?"), (false, .init(status: 207), "unknown?"),
    // Where nobody looked at it, the next server is asked what it is.
    (false, .init(status: 307, location: elsewhere), "look"),
    (true, .init(status: 307, location: elsewhere), "delete"), (true, .init(status: 302), "permanent"),
  ]

  @Test(arguments: deletions.indices) func `after a deletion`(_ index: Int) throws {
    let row = Self.deletions[index]
    let errand = try errand()
    if row.isKnown { errand.knownSince = .now }
    #expect(words(.afterDeletion(row.reply, of: errand)) == row.words, "\(row.reply)")
    #expect(errand.place?.text == (row.reply.location == nil ? nil : Self.elsewhere))
    #expect(errand.redirects == (row.reply.location == nil ? 0 : 1))
  }

  @Test func `how work is asked for`() throws {
    let root = "https://h:1094/"
    func asked(_ work: WebDAVWork) -> String {
      let request = WebDAVRequest(work, root: root)
      return "\(request.method.rawValue) \(request.url) \(request.target ?? "-") \(request.depth)"
    }
    #expect(asked(.delete(try errand())) == "DELETE \(root) /d/f 0")
    #expect(asked(.delete(try errand(.emptyDirectories))) == "DELETE \(root) /d/f/ 0")
    #expect(asked(.look(try errand(.emptyDirectories))) == "PROPFIND \(root) /d/f 0")
    // Elsewhere the URL is all there is, with what the server that named it has put in.
    #expect(asked(.delete(try errand(at: Self.elsewhere))) == "DELETE \(Self.elsewhere) - 0")
    #expect(asked(.list(folder: root + "d/", wanted: 9)) == "PROPFIND \(root)d/ - 1")
    #expect(asked(.askServer(folder: nil)) == "OPTIONS \(root) - 0")
  }

  // MARK: Credentials

  struct Provider: CredentialProvider {
    let fresh: EndpointCredential?
    func credential(for endpoint: String) -> EndpointCredential { .none }
    func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? { fresh }
  }

  static let old = EndpointCredential.token(Secret("old"))
  static let new = EndpointCredential.token(Secret("new"))
  static let proxy = EndpointCredential.x509(certificate: "c", key: "k")

  func credentials(
    _ credential: EndpointCredential, fresh: EndpointCredential? = nil, root: String = "https://h:1094/"
  ) -> WebDAVCredentials {
    let credentials = WebDAVCredentials(Provider(fresh: fresh), endpoint: "https://h:1094", root: root)
    credentials.use(credential)
    return credentials
  }

  @Test func `who is shown what`() {
    #expect(credentials(Self.old).shown(at: nil).token == Secret("old"))
    #expect(credentials(Self.old, root: "http://h/").shown(at: nil).token == nil)
    #expect(credentials(Self.proxy).shown(at: nil).identity == ClientIdentity(certificate: "c", key: "k"))
    for (place, isShown) in [
      ("https://h:1094/x", true), ("https://h/x", false), ("https://g:1094/x", false),
      ("http://h:1094/x", false),
    ] {
      #expect((credentials(Self.old).shown(at: WebLocation(place)).token != nil) == isShown, "\(place)")
      #expect((credentials(Self.proxy).shown(at: WebLocation(place)).identity != nil) == isShown, "\(place)")
    }
  }

  @Test func `another credential is tried once a file`() throws {
    let credentials = credentials(Self.old, fresh: Self.new)
    let first = try errand()
    let second = try errand()
    #expect(credentials.renewed(.delete(first), after: Self.old) != nil)
    #expect(credentials.current == Self.new)
    #expect(credentials.renewed(.delete(first), after: Self.new) == nil)
    // Sent before the change: the new one is there already.
    #expect(credentials.renewed(.delete(second), after: Self.old) != nil)
    // Another server has said no to what it was not even shown.
    let away = try errand(at: Self.elsewhere)
    #expect(credentials.renewed(.delete(away), after: Self.new) == nil)
  }

  @Test func `no other credential, no other try`() throws {
    for fresh in [nil, Self.old] {
      let credentials = credentials(Self.old, fresh: fresh)
      #expect(credentials.renewed(.delete(try errand()), after: Self.old) == nil)
      #expect(credentials.renewed(.askServer(folder: nil), after: Self.old) == nil)
      #expect(credentials.renewed(.askServer(folder: nil), after: Self.new) != nil)
    }
  }

  static func unavailable(isAmbiguous: Bool) -> WebDAVReply {
    WebDAVReply(
      trouble: DeletionError(
        .transient, code: "x", message: "x", isAmbiguous: isAmbiguous, isUnavailable: true))
  }

  static let ends: [(reply: WebDAVReply, hasAnswered: Bool, isCurrent: Bool, isHopeless: Bool)] = [
    (unavailable(isAmbiguous: false), true, true, true), (unavailable(isAmbiguous: true), true, true, false),
    (unavailable(isAmbiguous: true), false, true, true), (.init(trouble: trouble), false, true, false),
    (.init(trouble: .outOfHandles), true, true, true),
    (.init(trouble: DeletionError(.auth, code: "x", message: "x")), true, true, true),
    (.init(status: 401), true, true, true), (.init(status: 401), true, false, false),
    (.init(status: 403), true, true, false), (.init(status: 500), true, true, false),
  ]

  @Test(arguments: ends.indices) func `when the rest is not sent`(_ index: Int) {
    let row = Self.ends[index]
    let error = HopelessServer.error(
      row.reply, hasAnsweredSince: row.hasAnswered, isCurrentCredential: row.isCurrent)
    #expect((error != nil) == row.isHopeless, "\(row)")
  }
}
