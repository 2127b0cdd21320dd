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
    func named(_ variable: String) -> Step {
      guard let path = environment[variable].map({ FilePath($0) }) else {
        return Step(source: variable, found: "not set")
      }
      let source = CredentialSource(variable: variable, path: path)
      return Step(source: source.description, found: Self.content(of: path, read))
    }
    func usual(_ path: FilePath) -> Step { Step(source: path.string, found: Self.content(of: path, read)) }
    var steps = [
      Step(source: "BEARER_TOKEN", found: environment["BEARER_TOKEN"] == nil ? "not set" : "set"),
      named("BEARER_TOKEN_FILE"),
    ]
    if let directory = environment["XDG_RUNTIME_DIR"].map({ FilePath($0) }), directory.isAbsolute {
      steps.append(usual(directory.appending("bt_u\(euid)")))
    }
    steps.append(usual(FilePath("/tmp/bt_u\(euid)")))
    steps += [
      named("X509_USER_PROXY"), usual(FilePath("/tmp/x509up_u\(euid)")), named("X509_USER_CERT"),
      named("X509_USER_KEY"),
    ]
    self.steps = steps
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
