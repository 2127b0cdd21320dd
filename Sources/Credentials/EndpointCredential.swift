import DeletionModel
import SystemPackage

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

/// Where a credential was looked for.
package struct CredentialSource: Sendable, Equatable, CustomStringConvertible {
  /// The environment variable that named it; nil for a default place.
  package var variable: String?
  /// The file; nil where the variable holds the credential itself.
  package var path: FilePath?

  package init(variable: String? = nil, path: FilePath? = nil) {
    self.variable = variable
    self.path = path
  }

  /// What a variable with the name of a file names; no file where it is not set.
  init(fileNamedBy variable: String, in environment: [String: String]) {
    self.init(variable: variable, path: environment[variable].map { FilePath($0) })
  }

  /// Whether its variable, if it has one, is set.
  func isSet(in environment: [String: String]) -> Bool { variable.map { environment[$0] != nil } ?? true }

  /// `BEARER_TOKEN`, `X509_USER_PROXY=/tmp/proxy`, `/tmp/bt_u1000`.
  ///
  /// The value of a variable is shown only where it is an absolute path: it happens that a token is put into
  /// `BEARER_TOKEN_FILE` by mistake, and that must not be printed.
  package var description: String {
    let shown = path.map { path in
      if path.isEmpty { return "" }
      return path.isAbsolute ? MessageText.oneLine(path.string, limit: 4096) : "<relative path>"
    }
    return switch (variable, shown) {
    case (let variable?, let shown?): "\(variable)=\(shown)"
    case (let variable?, nil): variable
    case (nil, let shown?): shown
    case (nil, nil): "nowhere"
    }
  }
}
