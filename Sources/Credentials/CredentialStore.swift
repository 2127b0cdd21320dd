import DeletionModel
import FoundationEssentials
import Synchronization
import SystemPackage

/// The credentials of this process: inspected once before any traffic, then handed to each endpoint.
///
/// A token goes first where it can delete, else an X.509 proxy or certificate, else nothing. What has expired,
/// can't be read, or is a private key that others may read, is never presented. The token's file is read again
/// when it is asked for, at most once a second, as HTCondor renews it in place.
package final class CredentialStore: CredentialProvider {
  /// What was found when the store was made.
  package let findings: [CredentialFinding]

  private struct State {
    var token: TokenInspection.Usable?
    var checkedAt: Moment
    var locations: [TokenScopes.Location] = []
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
  package static let skew: Double = 60

  /// Inspects what is there.
  ///
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - euid: its effective user id.
  ///   - read: how files are read.
  ///   - now: what time it is.
  ///   - time: the clock by which the token's file is looked at again.
  package init(
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
    state = Mutex(State(token: token, checkedAt: time.now()))
  }

  /// Token, certificate or nothing; over plain HTTP always nothing, as anyone could read it there.
  ///
  /// A token that certainly does not fit what is deleted at this endpoint comes after a certificate.
  package func credential(for endpoint: String) -> EndpointCredential {
    let scheme = endpoint.prefix { $0 != ":" }
    if scheme == "http" || scheme == "dav" { return .none }
    guard let token = currentToken(atOnce: false) else { return x509() ?? .none }
    if let location = location(at: endpoint),
      TokenFit.misfits(token.grant, at: location).contains(where: \.isCertain), let x509 = x509()
    {
      return x509
    }
    return .token(token.secret)
  }

  /// The first proxy or certificate that can be used.
  package func x509(for endpoint: String) -> EndpointCredential? { x509() }

  /// The token of the file as it is now, where that is another one than was refused.
  package func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    guard case .token(let old) = rejected else { return nil }
    if let new = currentToken(atOnce: true)?.secret, new != old { return .token(new) }
    state.withLock { $0.refused = (old, endpoint) }
    return nil
  }

  /// Says where the files of this run lie, before any traffic, so that a token can be held against that.
  package func expect(_ locations: [TokenScopes.Location]) { state.withLock { $0.locations = locations } }

  /// Whether there is a token that says what it is good for: only then does it matter which files of a site it is.
  package var isRestricted: Bool { state.withLock { $0.token.map { $0.grant != .silent } ?? false } }

  /// What is there now.
  package var currentFindings: [CredentialFinding] {
    CredentialInspection.inspect(environment: environment, euid: euid, read: read, now: now())
  }

  /// The environment for tools. A proxy that others may read is hidden from them, as not every tool refuses it (`xrdfs` 5.5
  /// does not): they get another proxy, or `/dev/null`.
  package var variablesForTools: [String: String] {
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
  package var warnings: [String] {
    if let problem { return ["no credential can be used: \(problem)"] }
    let now = now()
    var lines = findings.compactMap { finding -> String? in
      if let hindrance = finding.hindrance(at: now) { return "\(finding.source) is not used: \(hindrance)" }
      return finding.problem.map { "\(finding.source) is used although \($0)" }
    }
    lines += misfits.map(\.text)
    return lines
  }

  /// Where a token is shown, or would be, that does not fit, and what to ask for instead; `isFinal` where it is shown
  /// although it certainly does not.
  package var misfits: [(endpoint: String, text: String, isFinal: Bool)] {
    let (token, locations) = state.withLock { ($0.token, $0.locations) }
    guard let token else { return [] }
    return locations.flatMap { location -> [(endpoint: String, text: String, isFinal: Bool)] in
      // Over plain HTTP it is not shown at all.
      let shown = credential(for: location.endpoint)
      if shown == .none { return [] }
      let end = shown == .token(token.secret) ? "" : "; a certificate is shown instead"
      return TokenFit.misfits(token.grant, at: location).map { misfit in
        (location.endpoint, "\(location.endpoint): \(misfit.text)\(end)", misfit.isCertain && end.isEmpty)
      }
    }
  }

  /// That the token ends before a run that may take so many seconds does, and what to do; nil where it does not.
  package func shortfall(of seconds: Double) -> String? {
    let now = now()
    let inUse = currentFindings.first { $0.kind.isBearer && $0.hindrance(at: now) == nil }
    guard let inUse, let end = inUse.expires, end < now.addingTimeInterval(seconds) else { return nil }
    return
      "\(inUse.source) ends at \(end.formatted(.iso8601)), before the deadline of this run: ask for one that is good for "
      + "\(Int(seconds)) s, or renew the file, which is read again"
  }

  /// The endpoints that will hardly let us in: what they are shown does not fit, or nothing of what is there can be shown.
  package var doubtfulEndpoints: Set<String> {
    guard problem != nil else { return Set(misfits.map(\.endpoint)) }
    return Set(state.withLock { $0.locations.map(\.endpoint) })
  }

  /// Why nothing can be presented now although credentials are there: all have ended or can't be read. Nil where
  /// something is usable, and where nothing is there at all.
  package var problem: String? {
    let now = now()
    let hindrances = currentFindings.map { finding in
      finding.hindrance(at: now).map { "\(finding.source): \($0)" }
    }
    guard !hindrances.isEmpty, !hindrances.contains(nil) else { return nil }
    return hindrances.compactMap { $0 }.joined(separator: "; ")
  }

  /// What stands in the way at the end of a run: ``problem``, or that the token we have was refused.
  package var lastProblem: String? {
    if let problem { return problem }
    let current = currentToken(atOnce: true)?.secret
    return state.withLock { state in
      state.refused.flatMap { $0.token == current ? "\($0.endpoint) does not accept the token" : nil }
    }
  }

  private func location(at endpoint: String) -> TokenScopes.Location? {
    state.withLock { $0.locations.first { $0.endpoint == endpoint } }
  }

  private func currentToken(atOnce: Bool) -> TokenInspection.Usable? {
    let moment = time.now()
    let known = state.withLock { state -> TokenInspection.Usable?? in
      if !atOnce, moment - state.checkedAt < .seconds(1) { return state.token }
      state.checkedAt = moment
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
