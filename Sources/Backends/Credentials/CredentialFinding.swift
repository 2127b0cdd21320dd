import FoundationEssentials

/// What kind of credential something is.
public enum CredentialKind: String, Sendable, CaseIterable, Codable {
  /// A bearer token.
  case token
  /// An X.509 proxy: certificate, key and chain in one file.
  case proxy
  /// An X.509 certificate with its key in a second file.
  case certificate
}

/// Whether a credential can be used.
public enum CredentialState: String, Sendable, CaseIterable, Codable {
  /// Usable now, as far as can be seen without asking a server.
  case valid
  /// Its time is over.
  case expired
  /// Its time has not come.
  case notYetValid
  /// It was named, but is missing or cannot be read.
  case unreadable
  /// Others than the owner have rights to the file. A token is used all the same, a private key is not: the grid
  /// tools refuse such a proxy as well.
  case worldReadable
  /// The variable or the file is there and holds nothing.
  case empty
  /// What is there is not a credential.
  case malformed
}

/// What is known of one credential. Holds no secret: all of it may be printed.
public struct CredentialFinding: Sendable, Equatable {
  /// What it is.
  public var kind: CredentialKind
  /// Which variable or path, as ``CredentialSource/description``; for a certificate both variables.
  public var source: String
  /// Whom it names, on one line: `/DC=…/CN=…`, or a token's `sub`.
  public var subject: String?
  /// Who issued it, on one line: for a proxy the user's own subject, for a token `iss`.
  public var issuer: String?
  /// What a token allows, one entry a scope, as in `storage.modify:/store/unmerged`.
  public var scopes: [String] = []
  /// For whom a token is meant: its `aud`.
  public var audiences: [String] = []
  /// When it ends; for X.509 when the first certificate in the file does. Nil when unknown.
  public var expires: Date?
  /// Whether it can be used.
  public var state: CredentialState
  /// What is wrong, on one line; nil when nothing is.
  public var problem: String?

  /// Why it is not shown to a server now, on one line; nil where it is.
  public func hindrance(at now: Date) -> String? {
    switch state {
    case .worldReadable where kind == .token: break
    case .valid: break
    default: return problem ?? state.rawValue
    }
    guard kind == .token else { return nil }
    if !TokenScopes.allowDeletion(scopes) { return problem }
    // It could end on the way.
    if let expires, expires <= now.addingTimeInterval(CredentialStore.skew) {
      return "it ends at \(expires.formatted(.iso8601)), too soon"
    }
    return nil
  }

  /// Makes a finding that has a kind, a source and a state only.
  public init(_ kind: CredentialKind, source: String, state: CredentialState, problem: String? = nil) {
    self.kind = kind
    self.source = source
    self.state = state
    self.problem = problem
  }
}
