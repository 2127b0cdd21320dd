import Deletion
import FoundationEssentials

/// Makes findings of the places where a bearer token was looked for.
enum TokenInspection {
  static func findings(of discovery: BearerTokenDiscovery, now: Date) -> [CredentialFinding] {
    discovery.steps.compactMap { step in finding(of: step, now: now) }
  }

  /// A token that may be shown to a server.
  struct Usable: Sendable {
    let secret: Secret
    let scopes: [String]
  }

  /// The token that the discovery ends at; nil where there is none or it is of no use.
  static func usable(
    environment: [String: String], euid: UInt32, read: CredentialFile.Reader, now: Date
  ) -> Usable? {
    let discovery = BearerTokenDiscovery(environment: environment, euid: euid, read: read)
    guard let secret = discovery.token, let finding = findings(of: discovery, now: now).last,
      finding.hindrance(at: now) == nil
    else { return nil }
    return Usable(secret: secret, scopes: finding.scopes)
  }

  private static func finding(of step: BearerTokenDiscovery.Step, now: Date) -> CredentialFinding? {
    var finding = CredentialFinding(.token, source: step.source.description, state: .valid)
    switch step.result {
    case .missing:
      // A default place where nothing is says nothing; a file that was named should be there.
      guard step.source.variable != nil else { return nil }
      (finding.state, finding.problem) = (.unreadable, "no such file")
    case .unreadable(let error):
      (finding.state, finding.problem) = (.unreadable, CredentialInspection.text(of: error))
    case .empty:
      (finding.state, finding.problem) = (.empty, "there is no token in it")
    case .malformed:
      (finding.state, finding.problem) = (.malformed, "not a bearer token (RFC 6750 section 2.1)")
    case .token(let token, let permissions):
      switch TokenClaims.read(token) {
      case .malformed(let problem):
        (finding.state, finding.problem) = (.malformed, problem)
      case .opaque:
        (finding.state, finding.problem) = CredentialValidity.judge(
          notBefore: nil, expires: nil, permissions: permissions, now: now)
      case .claims(let claims):
        finding.subject = claims.subject
        finding.issuer = claims.issuer
        finding.scopes = claims.scopes
        finding.audiences = claims.audiences
        finding.expires = claims.expires
        (finding.state, finding.problem) = CredentialValidity.judge(
          notBefore: claims.notBefore, expires: claims.expires, permissions: permissions, now: now)
        if finding.problem == nil || finding.state == .worldReadable,
          !TokenScopes.allowDeletion(claims.scopes)
        {
          finding.problem =
            "its scopes allow no deletion: "
            + MessageText.oneLine(claims.scopes.joined(separator: " "), limit: 200)
        }
      }
    }
    return finding
  }
}
