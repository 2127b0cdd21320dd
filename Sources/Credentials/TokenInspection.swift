import DeletionModel
import FoundationEssentials

/// Makes findings of the places where a bearer token was looked for.
package enum TokenInspection {
  package static func findings(of discovery: BearerTokenDiscovery, now: Date) -> [CredentialFinding] {
    discovery.steps.compactMap { step in finding(of: step, now: now) }
  }

  /// A token that may be shown to a server.
  package struct Usable: Sendable {
    package let secret: Secret
    package let grant: TokenGrant
  }

  /// The token that the discovery ends at; nil where there is none or it is of no use.
  package static func usable(
    environment: [String: String], euid: UInt32, read: CredentialFile.Reader, now: Date
  ) -> Usable? {
    let discovery = BearerTokenDiscovery(environment: environment, euid: euid, read: read)
    guard let secret = discovery.token, let finding = findings(of: discovery, now: now).last,
      finding.hindrance(at: now) == nil
    else { return nil }
    return Usable(secret: secret, grant: TokenGrant(TokenClaims.read(secret)))
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
        finding.isOpaque = true
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
        finding.allowsDeletion = TokenScopes.allowDeletion(claims.scopes)
        refuse(
          &finding, "its scopes allow no deletion", "a token with the scope storage.modify:/store/unmerged")
      case .macaroon(let macaroon):
        let rights = MacaroonRights(macaroon)
        finding.kind = .macaroon
        finding.subject = rights.subject
        finding.issuer = macaroon.location.isEmpty ? nil : macaroon.location
        finding.identifier = macaroon.identifier
        finding.scopes = macaroon.caveats.map { MessageText.oneLine($0, limit: 300) }
        finding.expires = rights.expires
        (finding.state, finding.problem) = CredentialValidity.judge(
          notBefore: nil, expires: rights.expires, permissions: permissions, now: now)
        finding.allowsDeletion = rights.allowDeletion
        refuse(&finding, "its caveats allow no deletion", "a macaroon with activity:DELETE")
      }
    }
    return finding
  }

  /// Says of a credential that nothing else is wrong with why it is of no use here.
  private static func refuse(_ finding: inout CredentialFinding, _ reason: String, _ remedy: String) {
    guard !finding.allowsDeletion, finding.problem == nil || finding.state == .worldReadable else { return }
    let scopes = MessageText.oneLine(finding.scopes.joined(separator: " "), limit: 200)
    finding.problem = "\(reason): \(scopes); ask for \(remedy)"
  }
}
