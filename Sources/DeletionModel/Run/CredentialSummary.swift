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
  /// The variable and the file that it was taken from, without any of its content; of one that was renewed the last.
  /// Nil likewise.
  package var source: String?
  /// The identifier of a macaroon; nil of anything else.
  package var identifier: String?
  /// When it ends: ISO 8601, UTC; of one that was renewed during the run the last. Nil likewise.
  package var expires: String?
  /// Who was shown what, sorted; at most ``serverLimit``. Empty of a tool, which does not say.
  package private(set) var servers: [Server] = []

  /// More servers than these are not named.
  package static let serverLimit = 200

  package init(
    kind: Kind = .none, subject: String? = nil, source: String? = nil, identifier: String? = nil,
    expires: String? = nil, servers: some Sequence<Server> = []
  ) {
    self.kind = kind
    self.source = source
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
      source: source == other.source ? source : nil,
      identifier: identifier == other.identifier ? identifier : nil,
      // Times of one form and zone sort as text.
      expires: kind == other.kind ? [expires, other.expires].compactMap { $0 }.max() : nil,
      servers: servers + other.servers)
  }

  /// For a person, such as `token of tester from BEARER_TOKEN_FILE=/t, expires 2026-11-28T12:00:00Z`.
  package var text: String {
    let name =
      switch kind {
      case .none: "no credential"
      case .several: "several credentials"
      case .x509: "certificate"
      case .token, .macaroon, .url: kind.rawValue
      }
    let parts = [
      name, subject.map { "of \($0)" }, identifier.map { "with the identifier \($0)" },
      source.map { "from \($0)" },
    ]
    return parts.compactMap { $0 }.joined(separator: " ") + (expires.map { ", expires \($0)" } ?? "")
  }

  private static func sorted(_ servers: Set<Server>) -> [Server] {
    let sorted = servers.sorted { ($0.server, $0.kind.rawValue) < ($1.server, $1.kind.rawValue) }
    return Array(sorted.prefix(serverLimit))
  }
}
