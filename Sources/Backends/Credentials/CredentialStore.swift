import Deletion
import FoundationEssentials
import Synchronization
import SystemPackage

/// The credentials of this process: inspected once before any traffic, then handed to each endpoint.
///
/// A token goes first where it can delete, else an X.509 proxy or certificate, else nothing. What has expired, or
/// can't be read, is never presented. The token's file is read again when it is asked for, at most once a second,
/// as HTCondor renews it in place.
public final class CredentialStore: CredentialProvider {
  /// What was found when the store was made.
  public let findings: [CredentialFinding]

  private struct State {
    var token: Secret?
    var lookedAt: Moment
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
    let token = Self.usableToken(environment, euid, read, now())
    state = Mutex(State(token: token, lookedAt: time.now()))
  }

  /// Token, certificate or nothing; over plain HTTP always nothing, as anyone could read it there.
  public func credential(for endpoint: String) -> EndpointCredential {
    let scheme = endpoint.prefix { $0 != ":" }
    if scheme == "http" || scheme == "dav" { return .none }
    if let token = currentToken(atOnce: false) { return .token(token) }
    if let files = x509() { return .x509(certificate: files.certificate, key: files.key) }
    return .none
  }

  /// The token of the file as it is now, where that is another one than was refused.
  public func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    guard case .token(let old) = rejected, let new = currentToken(atOnce: true), new != old else {
      return nil
    }
    return .token(new)
  }

  /// Why nothing can be presented although credentials are there: all have expired or can't be read. Nil where
  /// something is usable, and where nothing is there at all.
  public var problem: String? {
    guard !findings.isEmpty, credential(for: "https://") == .none else { return nil }
    return findings.compactMap { finding in finding.problem.map { "\(finding.source): \($0)" } }
      .joined(separator: "; ")
  }

  private func currentToken(atOnce: Bool) -> Secret? {
    let moment = time.now()
    let known = state.withLock { state -> Secret?? in
      if !atOnce, moment - state.lookedAt < .seconds(1) { return state.token }
      state.lookedAt = moment
      return nil
    }
    if let known { return known }
    let token = Self.usableToken(environment, euid, read, now())
    state.withLock { $0.token = token }
    return token
  }

  private static func usableToken(
    _ environment: [String: String], _ euid: UInt32, _ read: CredentialFile.Reader, _ now: Date
  ) -> Secret? {
    guard let token = BearerTokenDiscovery(environment: environment, euid: euid, read: read).token else {
      return nil
    }
    switch TokenClaims.read(token) {
    case .opaque: return token
    case .malformed: return nil
    case .claims(let claims):
      if let expires = claims.expires, expires <= now.addingTimeInterval(skew) { return nil }
      if let notBefore = claims.notBefore, notBefore > now.addingTimeInterval(skew) { return nil }
      return TokenScopes.allowDeletion(claims.scopes) ? token : nil
    }
  }

  /// The files of the first X.509 credential that can be used. Looked at anew each time: a renewed proxy reaches a
  /// running job under the same name.
  private func x509() -> (certificate: String, key: String)? {
    let inspection = X509Inspection(read: read, now: now())
    for place in X509Discovery(environment: environment, euid: euid).places {
      guard inspection.finding(at: place)?.state.isUsable == true else { continue }
      switch place {
      case .proxy(let source):
        if let path = source.path?.string { return (path, path) }
      case .certificate(let certificate, let key):
        if let path = certificate?.path?.string { return (path, key?.path?.string ?? path) }
      }
    }
    return nil
  }
}
