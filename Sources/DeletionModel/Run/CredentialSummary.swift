/// Which credential an endpoint, and the servers behind it, were shown, for the report. It holds no secret.
package struct CredentialSummary: Sendable, Equatable, Decodable {
  /// What was shown.
  package enum Kind: String, Sendable, Codable {
    /// Nothing.
    case none
    /// A bearer token, but for a macaroon.
    case token
    /// A macaroon.
    case macaroon
    /// An X.509 proxy or certificate, in TLS or with `gsi`.
    case x509
    /// More than one of them; of a tool, that it was given both and chooses itself.
    case several
    /// The right that was part of the URL which a redirect named; nothing of ours. Only of a single server.
    case url
  }

  /// One server.
  package struct Server: Sendable, Hashable, Decodable {
    /// `scheme://host:port`: the endpoint itself, or a server that it has sent us to.
    package var server: String
    /// What it was shown.
    package var kind: Kind

    /// Makes a server's entry.
    package init(server: String, kind: Kind) {
      self.server = server
      self.kind = kind
    }
  }

  /// What was shown to the endpoint and its servers.
  package var kind = Kind.none
  /// Whom the credential names, on one line: a certificate's `/DC=…/CN=…`, a token's `sub`. Nil where it does not say,
  /// and where there were several.
  package var subject: String?
  /// The identifier of a macaroon; nil of anything else.
  package var identifier: String?
  /// When it ends: ISO 8601, UTC; of one that was renewed during the run the last. Nil likewise.
  package var expires: String?
  /// Who was shown what, sorted; at most ``serverLimit``. Empty of a tool, which does not say.
  package private(set) var servers: [Server] = []

  /// More servers than these are not named.
  package static let serverLimit = 200

  package init(
    kind: Kind = .none, subject: String? = nil, identifier: String? = nil, expires: String? = nil,
    servers: some Sequence<Server> = []
  ) {
    self.kind = kind
    self.subject = subject
    self.identifier = identifier
    self.expires = expires
    self.servers = Self.sorted(Set(servers))
  }

  /// What two runs have shown.
  package func adding(_ other: CredentialSummary) -> CredentialSummary {
    if kind == .none || other.kind == .none {
      var sum = kind == .none ? other : self
      sum.servers = Self.sorted(Set(servers + other.servers))
      return sum
    }
    return CredentialSummary(
      kind: kind == other.kind ? kind : .several, subject: subject == other.subject ? subject : nil,
      identifier: identifier == other.identifier ? identifier : nil,
      // Times of one form and zone sort as text.
      expires: kind == other.kind ? [expires, other.expires].compactMap { $0 }.max() : nil,
      servers: servers + other.servers)
  }

  private static func sorted(_ servers: Set<Server>) -> [Server] {
    let sorted = servers.sorted { ($0.server, $0.kind.rawValue) < ($1.server, $1.kind.rawValue) }
    return Array(sorted.prefix(serverLimit))
  }
}
