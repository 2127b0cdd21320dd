/// The files that TLS proves who we are with.
package struct ClientIdentity: Sendable, Equatable {
  package let certificate: String
  package let key: String

  package init(certificate: String, key: String) {
    self.certificate = certificate
    self.key = key
  }
}

/// That a server was shown a credential, for the log and the report.
package struct CredentialUse: Sendable, Hashable {
  /// What the server was shown.
  package enum Kind: String, Sendable {
    /// A bearer token.
    case token
    /// A certificate or proxy, in TLS or with `gsi`.
    case x509
    /// A right that was part of the URL that a redirect named; nothing of ours.
    case url
  }

  /// The endpoint of the site's configuration, as the report calls it.
  package let endpoint: String
  /// `scheme://host:port` of the server: the endpoint itself, or one that it has sent us to.
  package let server: String
  /// What it was shown.
  package let kind: Kind

  package init(endpoint: String, server: String, kind: Kind) {
    self.endpoint = endpoint
    self.server = server
    self.kind = kind
  }
}
