/// What an endpoint is shown of us. Chosen once an endpoint, not once an attempt: alternating credentials have
/// overloaded storage before (WMCore issue 12376).
public enum EndpointCredential: Sendable, Equatable {
  /// A bearer token (RFC 6750).
  case token(Secret)
  /// A certificate or proxy, and its key, as PEM files; for a proxy both are the same file.
  case x509(certificate: String, key: String)
  /// Nothing: the endpoint must let anyone in.
  case none

  /// Whether it is a certificate or proxy.
  var isX509: Bool { if case .x509 = self { true } else { false } }
}

/// Gives each endpoint its credential.
public protocol CredentialProvider: Sendable {
  /// The credential for an endpoint now. A token whose file has changed is read again, so this is asked before
  /// every batch, at the least.
  func credential(for endpoint: String) -> EndpointCredential

  /// The endpoint did not accept the credential (401). Gives the one to try instead, at most once a token: the
  /// token's file is read again; nil when there is nothing newer, and the refusal stands.
  func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential?
}

/// One credential for all endpoints, for tests and for storage that needs none.
public struct FixedCredential: CredentialProvider {
  private let value: EndpointCredential

  /// Makes a provider.
  public init(_ value: EndpointCredential) { self.value = value }

  /// That one.
  public func credential(for endpoint: String) -> EndpointCredential { value }

  /// There is no other.
  public func replacement(for rejected: EndpointCredential, at endpoint: String) -> EndpointCredential? {
    nil
  }
}
