import FoundationEssentials
import ProcessRunning
import SystemPackage
import Glibc

/// WLCG Bearer Token Discovery 1.0 (doi:10.5281/zenodo.3937438): where a bearer token is looked for.
///
/// In order: the value of `BEARER_TOKEN`; the file named by `BEARER_TOKEN_FILE`; `$XDG_RUNTIME_DIR/bt_u<euid>`;
/// `/tmp/bt_u<euid>`. White space at both ends is stripped; an empty token leads to the next step; one that
/// breaks RFC 6750 ends the search with a problem. Tokens are never chosen by what they say.
package struct BearerTokenDiscovery: Sendable {
  /// What was found at one place.
  package enum Result: Sendable, Equatable {
    /// A token, with the permission bits of its file; nil for one from the environment.
    case token(Secret, permissions: FilePermissions?)
    /// Nothing but white space, or an empty file name.
    case empty
    /// No such file. The search continues, as XRootD's does, even where a variable named the file.
    case missing
    /// The file is there but cannot be read. Ends the search: another token than the one that was meant would
    /// be a surprise.
    case unreadable(Errno)
    /// Not a bearer token by RFC 6750. Ends the search.
    case malformed

    package var endsSearch: Bool {
      switch self {
      case .token, .unreadable, .malformed: true
      case .empty, .missing: false
      }
    }
  }

  /// One place that was looked at.
  package struct Step: Sendable, Equatable {
    /// The place.
    package let source: CredentialSource
    /// What was there.
    package let result: Result
  }

  /// The sources that were looked at, in order, up to the one that ended the search.
  package let steps: [Step]

  /// The token to use, if the search ended at one.
  package var token: Secret? {
    if case .token(let secret, _) = steps.last?.result { secret } else { nil }
  }

  /// Looks for a token in an environment, for an effective user id.
  package init(environment: [String: String], euid: UInt32, read: CredentialFile.Reader) {
    var steps: [Step] = []
    for source in Self.sources(environment: environment, euid: euid) where source.isSet(in: environment) {
      let result = Self.check(at: source, environment: environment, read: read)
      steps.append(Step(source: source, result: result))
      if result.endsSearch { break }
    }
    self.steps = steps
  }

  /// All sources in order, also variables that are not set.
  static func sources(environment: [String: String], euid: UInt32) -> [CredentialSource] {
    var sources = [
      CredentialSource(variable: "BEARER_TOKEN"),
      CredentialSource(fileNamedBy: "BEARER_TOKEN_FILE", in: environment),
    ]
    // The XDG base directory specification: a path that is not absolute is ignored.
    if let directory = environment["XDG_RUNTIME_DIR"].map({ FilePath($0) }), directory.isAbsolute {
      sources.append(CredentialSource(path: directory.appending("bt_u\(euid)")))
    }
    return sources + [CredentialSource(path: FilePath("/tmp/bt_u\(euid)"))]
  }

  private static func check(
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

/// What a bearer token looks like.
package enum BearerTokenSyntax {
  /// The bytes without the white space at both ends: what C calls `isspace` in the C locale, as the WLCG bearer
  /// token discovery asks.
  package static func stripped(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
    var rest = bytes[...]
    while let first = rest.first, isSpace(first) { rest.removeFirst() }
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return Array(rest)
  }

  /// Whether the bytes are a `b64token` (RFC 6750 section 2.1): one or more of letters, digits and `-._~+/`, then
  /// any number of `=`. Anything else could not stand in an Authorization header.
  package static func isBearerToken(_ bytes: [UInt8]) -> Bool {
    let body = bytes.prefix { $0 != UInt8(ascii: "=") }
    return !body.isEmpty && body.allSatisfy(isTokenByte)
      && bytes.dropFirst(body.count).allSatisfy { $0 == UInt8(ascii: "=") }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}

extension ChildEnvironment {
  /// With the token itself in `BEARER_TOKEN`: gfal2 reads nothing but the value. Without one that can be used
  /// there is none, so that a tool which prefers tokens takes the proxy instead of one that has expired.
  ///
  /// The file is read anew each time, because tokens are renewed in place.
  package func withTokenValue(
    euid: UInt32 = geteuid(), read: CredentialFile.Reader = CredentialFile.read, now: Date = Date()
  ) -> ChildEnvironment {
    var result = self
    result["BEARER_TOKEN"] =
      TokenInspection.usable(environment: values, euid: euid, read: read, now: now)?.secret.reveal()
    return result
  }
}
