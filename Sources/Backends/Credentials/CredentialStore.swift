import Deletion
import FoundationEssentials
import Synchronization
import SystemPackage

/// The credentials of this process: inspected once before any traffic, then handed to each endpoint.
///
/// A token goes first where it can delete, else an X.509 proxy or certificate, else nothing. What has expired,
/// can't be read, or is a private key that others may read, is never presented. The token's file is read again
/// when it is asked for, at most once a second, as HTCondor renews it in place.
public final class CredentialStore: CredentialProvider {
  /// What was found when the store was made.
  public let findings: [CredentialFinding]

  private struct State {
    var token: TokenInspection.Usable?
    var lookedAt: Moment
    var places: [TokenScopes.Place] = []
    /// The last token that was not accepted, and where.
    var refused: (token: Secret, endpoint: String)?
  }

  private let environment: [String: String]
  private let euid: UInt32
  private let read: CredentialFile.Reader
  private let now: @Sendable () -> Date
  private let time: any TimeSource
  private let state: Mutex<State>

  /// A token that ends sooner than this is treated as if it had ended, in seconds: it could do so on the way.
  public static let skew: Double = 60

  /// Inspects what is there.
  ///
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - euid: its effective user id.
  ///   - read: how files are read.
  ///   - now: what time it is.
  ///   - time: the clock by which the token's file is looked at again.
  public init(
    environment: [String: String], euid: UInt32, read: @escaping CredentialFile.Reader = CredentialFile.read,
    now: @escaping @Sendable () -> Date = { Date() }, time: any TimeSource
  ) {
    self.environment = environment
    self.euid = euid
    self.read = read
    self.now = now
    self.time = time
    findings = CredentialInspection.inspect(environment: environment, euid: euid, read: read, now: now())
    let token = TokenInspection.usable(environment: environment, euid: euid, read: read, now: now())
    state = Mutex(State(token: token, lookedAt: time.now()))
  }

  /// Token, certificate or nothing; over plain HTTP always nothing, as anyone could read it there.
  ///
  /// A token whose scopes don't cover what is deleted at this endpoint comes after a certificate.
  public func credential(for endpoint: String) -> EndpointCredential {
    let scheme = endpoint.prefix { $0 != ":" }
    if scheme == "http" || scheme == "dav" { return .none }
    guard let token = currentToken(atOnce: false) else { return x509() ?? .none }
    if let place = place(at: endpoint), !TokenScopes.mayCover(place, by: token.scopes), let x509 = x509() {
      return x509
    }
    return .token(token.secret)
  }

  /// The token of the file as it is now, where that is another one than was refused.
  public func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    guard case .token(let old) = rejected else { return nil }
    if let new = currentToken(atOnce: true)?.secret, new != old { return .token(new) }
    state.withLock { $0.refused = (old, endpoint) }
    return nil
  }

  /// Says where the files of this run lie, before any traffic, so that the scopes of a token can be held against
  /// that.
  public func expect(_ places: [TokenScopes.Place]) { state.withLock { $0.places = places } }

  /// Whether there is a token whose scopes name paths: only then is ``expect(_:)`` of any use.
  public var hasScopes: Bool { state.withLock { $0.token?.scopes.contains { $0.contains(":/") } ?? false } }

  /// The environment for tools. Not every tool looks who may read a proxy (`xrdfs` 5.5 does not), so that one which
  /// others may read is kept from them: they are given another one, or a place where none is.
  public var variablesForTools: [String: String] {
    func isShut(_ kind: CredentialKind) -> Bool {
      findings.contains { $0.kind == kind && $0.state == .worldReadable }
    }
    var variables = environment
    if isShut(.certificate) {
      for name in ["X509_USER_CERT", "X509_USER_KEY"] { variables[name] = nil }
    }
    if isShut(.proxy) {
      variables["X509_USER_PROXY"] = "/dev/null"
      if case .x509(let certificate, let key)? = x509(), certificate == key {
        variables["X509_USER_PROXY"] = certificate
      }
    }
    return variables
  }

  /// What a person should know before the run, a line each.
  public var warnings: [String] {
    if let problem { return ["no credential can be used: \(problem)"] }
    let now = now()
    var lines = findings.compactMap { finding -> String? in
      if let hindrance = finding.hindrance(at: now) { return "\(finding.source) is not used: \(hindrance)" }
      return finding.problem.map { "\(finding.source) is used although \($0)" }
    }
    let (token, places) = state.withLock { ($0.token, $0.places) }
    guard let token else { return lines }
    for place in places where !TokenScopes.mayCover(place, by: token.scopes) {
      // Over plain HTTP it is not shown at all.
      let shown = credential(for: place.endpoint)
      if shown == .none { continue }
      let scopes = MessageText.oneLine(token.scopes.joined(separator: " "), limit: 200)
      lines.append(
        "\(place.endpoint): the token's scopes do not cover \(place.lfn): \(scopes)"
          + (shown == .token(token.secret) ? "" : "; a certificate is shown instead"))
    }
    return lines
  }

  /// Why nothing can be presented now although credentials are there: all have ended or can't be read. Nil where
  /// something is usable, and where nothing is there at all.
  public var problem: String? {
    let now = now()
    let found = CredentialInspection.inspect(environment: environment, euid: euid, read: read, now: now)
    let hindrances = found.map { finding in
      finding.hindrance(at: now).map { "\(finding.source): \($0)" }
    }
    guard !hindrances.isEmpty, !hindrances.contains(nil) else { return nil }
    return hindrances.compactMap { $0 }.joined(separator: "; ")
  }

  /// What stands in the way at the end of a run: ``problem``, or that the token we have was refused.
  public var lastProblem: String? {
    if let problem { return problem }
    let current = currentToken(atOnce: true)?.secret
    return state.withLock { state in
      state.refused.flatMap { $0.token == current ? "\($0.endpoint) does not accept the token" : nil }
    }
  }

  private func place(at endpoint: String) -> TokenScopes.Place? {
    state.withLock { $0.places.first { $0.endpoint == endpoint } }
  }

  private func currentToken(atOnce: Bool) -> TokenInspection.Usable? {
    let moment = time.now()
    let known = state.withLock { state -> TokenInspection.Usable?? in
      if !atOnce, moment - state.lookedAt < .seconds(1) { return state.token }
      state.lookedAt = moment
      return nil
    }
    if let known { return known }
    let token = TokenInspection.usable(environment: environment, euid: euid, read: read, now: now())
    state.withLock { $0.token = token }
    return token
  }

  /// The files of the first X.509 credential that can be used. Looked at anew each time: a renewed proxy reaches a
  /// running job under the same name.
  private func x509() -> EndpointCredential? {
    X509Discovery(environment: environment, euid: euid).usable(read: read, now: now())
  }
}
