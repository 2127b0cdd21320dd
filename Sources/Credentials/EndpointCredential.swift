/// What an endpoint is shown of us. One rule chooses it for every attempt alike, and another one is chosen only when a
/// credential is renewed, ends or is rejected: alternating credentials have overloaded storage before (WMCore issue 12376).
package enum EndpointCredential: Sendable, Equatable {
  /// A bearer token (RFC 6750).
  case token(Secret)
  /// A certificate or proxy, and its key, as PEM files; for a proxy both are the same file.
  case x509(certificate: String, key: String)
  /// Nothing: the endpoint must let anyone in.
  case none

  /// Whether it is a certificate or proxy.
  package var isX509: Bool { if case .x509 = self { true } else { false } }
}

/// Gives each endpoint its credential.
package protocol CredentialProvider: Sendable {
  /// The credential for an endpoint now. A token whose file has changed is read again, so this is asked before
  /// every batch, at the least.
  func credential(for endpoint: String) -> EndpointCredential

  /// The endpoint did not accept the credential (401). Gives the one to try instead, at most once a token: the
  /// token's file is read again; nil when there is nothing newer, and the refusal stands.
  func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential?

  /// The X.509 credential for an endpoint, also where ``credential(for:)`` is a token: for what takes no tokens.
  func x509(for endpoint: String) -> EndpointCredential?
}

extension CredentialProvider {
  /// The credential of the endpoint, where that is one.
  package func x509(for endpoint: String) -> EndpointCredential? {
    let credential = credential(for: endpoint)
    return credential.isX509 ? credential : nil
  }
}

/// One credential for all endpoints, for tests and for storage that needs none.
package struct FixedCredential: CredentialProvider {
  private let value: EndpointCredential

  package init(_ value: EndpointCredential) { self.value = value }

  /// That one.
  package func credential(for endpoint: String) -> EndpointCredential { value }

  /// There is no other.
  package func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    nil
  }
}
