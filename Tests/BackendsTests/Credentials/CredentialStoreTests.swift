import DeletionModel
import ListReading
import FoundationEssentials
import Synchronization
import SystemPackage
import Testing
@testable import Credentials
@testable import BackendTools

/// A clock that a test sets.
private final class SetTime: TimeSource {
  let moment = Mutex(Duration.zero)
  func now() -> Moment { Moment(sinceStart: moment.withLock { $0 }) }
  func sleep(for duration: Duration) async throws {}
}

/// Files that a test replaces while they are in use.
private final class ChangingFiles: Sendable {
  private let files = Mutex<[FilePath: CredentialFile]>([:])

  func put(_ path: FilePath, _ text: String) {
    files.withLock { $0[path] = CredentialFile(bytes: Array(text.utf8), permissions: .ownerReadWrite) }
  }

  func remove(_ path: FilePath) { files.withLock { $0[path] = nil } }

  var reader: CredentialFile.Reader {
    { path throws(Errno) in
      guard let file = self.files.withLock({ $0[path] }) else { throw .noSuchFileOrDirectory }
      return file
    }
  }
}

@Suite("The credential of an endpoint") struct CredentialStoreTests {
  static let noon = Date(timeIntervalSince1970: 1_700_000_000)
  private let files = ChangingFiles()
  private let time = SetTime()

  private func store(_ environment: [String: String]) -> CredentialStore {
    CredentialStore(environment: environment, euid: 7, read: files.reader, now: { Self.noon }, time: time)
  }

  private func later(_ seconds: Double) { time.moment.withLock { $0 += .seconds(seconds) } }

  @Test("a token is never shown to an endpoint that is not encrypted", arguments: ["http://h", "dav://h:80"])
  func plainEndpoint(endpoint: String) {
    files.put("/t", jwt("{}"))
    #expect(store(["BEARER_TOKEN_FILE": "/t"]).credential(for: endpoint) == .none)
  }

  @Test(
    "what cannot delete, or not for long enough, is not shown",
    arguments: [
      (#"{"exp":1700000061}"#, true), (#"{"exp":1700000060}"#, false), (#"{"exp":1600000000}"#, false),
      (#"{"nbf":1700009999}"#, false), (#"{"scope":"storage.modify:/store"}"#, true),
      (#"{"scope":"openid storage.read:/"}"#, false), (#"{"scope":"storage.create:/store"}"#, false),
      (#"{"scope":"openid profile"}"#, true), (#"{"scp":["write:/x"]}"#, true),
    ])
  func usableTokens(claims: String, isShown: Bool) {
    let token = jwt(claims)
    files.put("/t", token)
    let credential = store(["BEARER_TOKEN_FILE": "/t"]).credential(for: "davs://h")
    #expect(credential == (isShown ? .token(Secret(token)) : .none))
  }

  @Test("a token that is renewed in place is picked up within a second")
  func renewal() {
    let (first, second) = (jwt(#"{"sub":"1"}"#), jwt(#"{"sub":"2"}"#))
    files.put("/t", first)
    let store = store(["BEARER_TOKEN_FILE": "/t"])
    files.put("/t", second)
    later(0.5)
    #expect(store.credential(for: "davs://h") == .token(Secret(first)))
    later(0.6)
    #expect(store.credential(for: "davs://h") == .token(Secret(second)))
  }

  @Test("a refused token is replaced only by another one, and at once")
  func replacement() {
    let (first, second) = (jwt(#"{"sub":"1"}"#), jwt(#"{"sub":"2"}"#))
    files.put("/t", first)
    let store = store(["BEARER_TOKEN_FILE": "/t"])
    #expect(store.replacement(for: .token(Secret(first)), at: "davs://h") == nil)
    files.put("/t", second)
    #expect(store.replacement(for: .token(Secret(first)), at: "davs://h") == .token(Secret(second)))
    files.remove("/t")
    #expect(store.replacement(for: .token(Secret(second)), at: "davs://h") == nil)
    #expect(store.replacement(for: .none, at: "davs://h") == nil)
  }

  @Test("with credentials that are all useless the reason is said; with none there is nothing to say")
  func problem() {
    files.put("/t", jwt(#"{"exp":1600000000}"#))
    #expect(store(["BEARER_TOKEN_FILE": "/t"]).problem?.contains("BEARER_TOKEN_FILE=/t") == true)
    #expect(store(["X509_USER_PROXY": "/nowhere"]).problem?.contains("/nowhere") == true)
    #expect(store([:]).problem == nil)
    files.put("/t", jwt("{}"))
    #expect(store(["BEARER_TOKEN_FILE": "/t"]).problem == nil)
  }

  @Test("a proxy is used where there is no token, and a token where both are")
  func order() async throws {
    let pki = try await TestPKI.shared.value
    let proxy = try String(decoding: pki.joined("proxy.pem", "proxy.key", "user.pem"), as: UTF8.self)
    files.put("/p", proxy)
    let shown = EndpointCredential.x509(certificate: "/p", key: "/p")
    let current = CredentialStore(
      environment: ["X509_USER_PROXY": "/p"], euid: 7, read: files.reader, time: time)
    #expect(current.credential(for: "davs://h") == shown)
    files.put("/t", jwt("{}"))
    let both = ["X509_USER_PROXY": "/p", "BEARER_TOKEN_FILE": "/t"]
    #expect(
      CredentialStore(environment: both, euid: 7, read: files.reader, time: time).credential(for: "davs://h")
        == .token(Secret(jwt("{}"))))
    files.put("/t", jwt(#"{"exp":1600000000}"#))
    #expect(
      CredentialStore(environment: both, euid: 7, read: files.reader, time: time).credential(for: "davs://h")
        == shown)
  }

  @Test("a run that may outlast its token is said so", arguments: [(3600.0, false), (7200.0, true)])
  func shortfall(seconds: Double, isSaid: Bool) {
    files.put("/t", jwt(#"{"exp":1700003660}"#))
    let store = store(["BEARER_TOKEN_FILE": "/t"])
    #expect(
      store.shortfall(of: seconds)?.contains("ask for one that is good for 7200 s") == (isSaid ? true : nil))
    files.put("/t", jwt("{}"))
    #expect(store.shortfall(of: seconds) == nil)
  }

  @Test("a certificate is shown where the token does not cover the files, and only there")
  func coverage() async throws {
    let pki = try await TestPKI.shared.value
    files.put("/p", try String(decoding: pki.joined("proxy.pem", "proxy.key", "user.pem"), as: UTF8.self))
    let token = jwt(#"{"scope":"storage.modify:/store/user"}"#)
    files.put("/t", token)
    let both = ["X509_USER_PROXY": "/p", "BEARER_TOKEN_FILE": "/t"]
    let store = CredentialStore(environment: both, euid: 7, read: files.reader, time: time)
    #expect(store.isRestricted && store.warnings.isEmpty)
    store.expect([
      .init(endpoint: "davs://a", lfn: "/store/unmerged/f", storagePath: "/cms/store/unmerged/f"),
      .init(endpoint: "davs://b", lfn: "/store/user/f", storagePath: "/cms/store/user/f"),
    ])
    #expect(store.credential(for: "davs://a") == .x509(certificate: "/p", key: "/p"))
    #expect(store.credential(for: "davs://b") == .token(Secret(token)))
    #expect(store.warnings.count == 1 && store.warnings[0].hasPrefix("davs://a: the token's scopes"))
  }

  @Test(
    "paths in scopes may begin anywhere at the site",
    arguments: [
      (["storage.modify:/store"], "/cms/store/unmerged/f", true),
      (["storage.modify:/unmerged"], "/cms/store/unmerged/f", true),
      (["storage.modify:/cms/store/unmerged"], "/cms/store/unmerged/f", true),
      (["storage.modify:/merged"], "/cms/store/unmerged/f", false),
      (["storage.modify:/store/unmerged/f"], "/elsewhere/f", false), (["openid"], "/cms/f", true),
      ([], "/f", true),
      (["storage.read:/"], "/cms/store/unmerged/f", false),
    ])
  func position(scopes: [String], path: String, isCovered: Bool) {
    let position = TokenScopes.Location(endpoint: "davs://h", lfn: "/store/unmerged/f", storagePath: path)
    #expect(TokenScopes.mayCover(position, by: scopes) == isCovered)
  }

  @Test(
    "a scope covers by component",
    arguments: [
      ("storage.modify:/foo/bar", "/foo/bar/qux", true), ("storage.modify:/foo/bar", "/foo/bargain", false),
      ("storage.modify:/", "/x", true), ("storage.create:/foo", "/foo/x", false),
      ("write:/foo", "/foo/x", true),
    ])
  func scopes(scope: String, path: String, isCovered: Bool) {
    #expect(TokenScopes.allowDeletion(of: path, by: [scope]) == isCovered)
  }
}
