import SystemPackage

/// WLCG Bearer Token Discovery 1.0 (doi:10.5281/zenodo.3937438): where a bearer token is looked for.
///
/// In order: the value of `BEARER_TOKEN`; the file named by `BEARER_TOKEN_FILE`; `$XDG_RUNTIME_DIR/bt_u<euid>`;
/// `/tmp/bt_u<euid>`. White space at both ends is stripped; an empty token leads to the next step; one that
/// breaks RFC 6750 ends the search with a problem. Tokens are never chosen by what they say.
public struct BearerTokenDiscovery: Sendable {
  /// What was found at one place.
  public enum Result: Sendable, Equatable {
    /// A token, with the permission bits of its file; nil for one from the environment.
    case token(Secret, permissions: FilePermissions?)
    /// Nothing but white space, or an empty file name.
    case empty
    /// No such file. The search goes on, as XRootD's does, even where a variable named the file.
    case missing
    /// The file is there but cannot be read. Ends the search: another token than the one that was meant would
    /// be a surprise.
    case unreadable(Errno)
    /// Not a bearer token by RFC 6750. Ends the search.
    case malformed

    var endsSearch: Bool {
      switch self {
      case .token, .unreadable, .malformed: true
      case .empty, .missing: false
      }
    }
  }

  /// One place that was looked at.
  public struct Step: Sendable, Equatable {
    /// The place.
    public let source: CredentialSource
    /// What was there.
    public let result: Result
  }

  /// The places that were looked at, in order, up to the one that ended the search.
  public let steps: [Step]

  /// The token to use, if the search ended at one.
  public var token: Secret? {
    if case .token(let secret, _) = steps.last?.result { secret } else { nil }
  }

  /// Looks for a token in an environment, for an effective user id.
  public init(environment: [String: String], euid: UInt32, read: CredentialFile.Reader) {
    var steps: [Step] = []
    for source in Self.places(environment: environment, euid: euid) {
      let result = Self.look(at: source, environment: environment, read: read)
      steps.append(Step(source: source, result: result))
      if result.endsSearch { break }
    }
    self.steps = steps
  }

  private static func places(environment: [String: String], euid: UInt32) -> [CredentialSource] {
    var places: [CredentialSource] = []
    if environment["BEARER_TOKEN"] != nil {
      places.append(CredentialSource(variable: "BEARER_TOKEN"))
    }
    if let name = environment["BEARER_TOKEN_FILE"] {
      places.append(CredentialSource(variable: "BEARER_TOKEN_FILE", path: FilePath(name)))
    }
    // The XDG base directory specification: a path that is not absolute is ignored.
    if let folder = environment["XDG_RUNTIME_DIR"].map({ FilePath($0) }), folder.isAbsolute {
      places.append(CredentialSource(path: folder.appending("bt_u\(euid)")))
    }
    places.append(CredentialSource(path: FilePath("/tmp/bt_u\(euid)")))
    return places
  }

  private static func look(
    at source: CredentialSource, environment: [String: String], read: CredentialFile.Reader
  ) -> Result {
    guard let path = source.path else {
      let value = source.variable.flatMap { environment[$0] } ?? ""
      return token(in: Array(value.utf8), permissions: nil)
    }
    if path.isEmpty { return .empty }
    do throws(Errno) {
      let file = try read(path)
      return token(in: file.bytes, permissions: file.permissions)
    } catch {
      return error == .noSuchFileOrDirectory || error == .notDirectory ? .missing : .unreadable(error)
    }
  }

  private static func token(in bytes: [UInt8], permissions: FilePermissions?) -> Result {
    let stripped = BearerTokenSyntax.stripped(bytes)
    if stripped.isEmpty { return .empty }
    guard BearerTokenSyntax.isBearerToken(stripped) else { return .malformed }
    return .token(Secret(String(decoding: stripped, as: UTF8.self)), permissions: permissions)
  }
}
