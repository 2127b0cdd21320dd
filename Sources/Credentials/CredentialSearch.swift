import FoundationEssentials
import SystemPackage

/// Every variable and file where a credential is looked for, for a person who has none.
package struct CredentialSearch: Sendable {
  /// One of them.
  package struct Step: Sendable, Equatable {
    /// The variable, or the file.
    package let source: String
    /// What is there, in a few words.
    package let found: String
  }

  /// In the order in which they are looked at, also behind the one that the search ended at.
  package let steps: [Step]

  /// Looks at all of them, for an effective user id.
  package init(
    environment: [String: String], euid: UInt32, read: CredentialFile.Reader = CredentialFile.read
  ) {
    let sources =
      BearerTokenDiscovery.sources(environment: environment, euid: euid)
      + X509Discovery.files(environment: environment, euid: euid)
    steps = sources.map { source in
      let found = source.path.map { Self.content(of: $0, read) } ?? "set"
      return Step(source: source.description, found: source.isSet(in: environment) ? found : "not set")
    }
  }

  private static func content(of path: FilePath, _ read: CredentialFile.Reader) -> String {
    if path.isEmpty { return "empty" }
    do throws(Errno) {
      return try read(path).bytes.isEmpty ? "empty" : "there"
    } catch {
      return error == .noSuchFileOrDirectory || error == .notDirectory
        ? "no such file" : CredentialInspection.text(of: error)
    }
  }

  /// On one line, such as `BEARER_TOKEN (not set), /tmp/bt_u0 (no such file)`.
  package var text: String { steps.map { "\($0.source) (\($0.found))" }.joined(separator: ", ") }

  /// How to get one.
  package static let remedy =
    "get a proxy (voms-proxy-init, X509_USER_PROXY) or a token that can delete (htgettoken, BEARER_TOKEN_FILE)"
}
