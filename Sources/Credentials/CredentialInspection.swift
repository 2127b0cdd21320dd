import FoundationEssentials
import SystemPackage

/// What credentials a process has, by its environment and the usual files. Asks no server and verifies no
/// signature.
package enum CredentialInspection {
  /// Lists what is there: the token first, then proxies, then a certificate with its key.
  ///
  /// A default place where nothing is makes no finding; a file that a variable names and that is missing makes
  /// one. Of tokens only those up to the one that the discovery ends at are listed: no client sends another.
  /// - Parameters:
  ///   - environment: the variables of the process.
  ///   - euid: its effective user id, which the default file names have in them.
  ///   - read: how files are read; ``CredentialFile/read(_:)`` for real ones.
  ///   - now: what time it is.
  package static func inspect(
    environment: [String: String], euid: UInt32, read: @escaping CredentialFile.Reader, now: Date
  ) -> [CredentialFinding] {
    let tokens = BearerTokenDiscovery(environment: environment, euid: euid, read: read)
    let x509 = X509Discovery(environment: environment, euid: euid)
    let inspection = X509Inspection(read: read, now: now)
    return TokenInspection.findings(of: tokens, now: now)
      + x509.sources.compactMap { inspection.finding(at: $0) }
  }

  /// Why a file could not be read, in words.
  package static func text(of error: Errno) -> String {
    switch error {
    // These three are what `CredentialFile.read` says of files that it does not read.
    case .isDirectory: "it is a directory"
    case .invalidArgument: "not a regular file"
    case .fileTooLarge: "larger than \(CredentialFile.sizeLimit) bytes: not a credential"
    default: String(describing: error)
    }
  }
}

/// What kind of credential something is.
package enum CredentialKind: String, Sendable {
  /// A bearer token, but for a macaroon.
  case token
  /// A macaroon, which is shown as a token is.
  case macaroon
  /// An X.509 proxy: certificate, key and chain in one file.
  case proxy
  /// An X.509 certificate with its key in a second file.
  case certificate

  /// Whether it is shown in a header, and whoever sees it can use it.
  package var isBearer: Bool { self == .token || self == .macaroon }
}

/// Whether a credential can be used.
package enum CredentialState: String, Sendable, CaseIterable {
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
package struct CredentialFinding: Sendable, Equatable {
  /// What it is.
  package var kind: CredentialKind
  /// Which variable or path, as ``CredentialSource/description``; for a certificate both variables.
  package var source: String
  /// Whom it names, on one line: `/DC=…/CN=…`, a token's `sub`, or the account of a macaroon.
  package var subject: String?
  /// Who issued it, on one line: for a proxy the user's own subject, for a token `iss`.
  package var issuer: String?
  /// A macaroon's own name, on one line. Without the signature it opens nothing.
  package var identifier: String?
  /// What a token allows, one entry a scope, as in `storage.modify:/store/unmerged`; the caveats of a macaroon.
  package var scopes: [String] = []
  /// Whether it is a token that says nothing of itself: neither a JSON web token nor a macaroon.
  package var isOpaque = false
  /// Whether anything can be deleted with it, as far as it says.
  package var allowsDeletion = true
  /// For whom a token is meant: its `aud`.
  package var audiences: [String] = []
  /// When it ends; for X.509 when the first certificate in the file does. Nil when unknown.
  package var expires: Date?
  /// Whether it can be used.
  package var state: CredentialState
  /// What is wrong, on one line; nil when nothing is.
  package var problem: String?

  /// Why it is not shown to a server now, on one line; nil where it is.
  package func hindrance(at now: Date) -> String? {
    switch state {
    case .worldReadable where kind.isBearer: break
    case .valid: break
    default: return problem ?? state.rawValue
    }
    guard kind.isBearer else { return nil }
    if !allowsDeletion { return problem }
    // It could end on the way.
    if let expires, expires <= now.addingTimeInterval(CredentialStore.skew) {
      return "it ends at \(expires.formatted(.iso8601)), too soon"
    }
    return nil
  }

  /// Makes a finding that has a kind, a source and a state only.
  package init(_ kind: CredentialKind, source: String, state: CredentialState, problem: String? = nil) {
    self.kind = kind
    self.source = source
    self.state = state
    self.problem = problem
  }
}

/// How time and permission bits make the state of a credential that is well formed.
package enum CredentialValidity {
  /// How far the clocks of issuer and worker node may be apart, in seconds. A credential made this moment must
  /// not look as if it came from the future. Nothing is given at the other end: what has ended is not presented.
  package static let clockSkew = 60.0

  /// The state, and what is wrong if something is. Time goes before permissions: an expired credential is not
  /// usable, whoever may read it.
  package static func judge(
    notBefore: Date?, expires: Date?, permissions: FilePermissions?, now: Date
  ) -> (state: CredentialState, problem: String?) {
    if let expires, now >= expires {
      return (.expired, "expired at \(expires.formatted(.iso8601))")
    }
    if let notBefore, now.addingTimeInterval(clockSkew) < notBefore {
      return (.notYetValid, "not valid before \(notBefore.formatted(.iso8601))")
    }
    if let permissions, !permissions.isDisjoint(with: .anyoneElse) {
      return (.worldReadable, "others than the owner have rights to it: mode \(permissions.octal)")
    }
    return (.valid, nil)
  }
}
