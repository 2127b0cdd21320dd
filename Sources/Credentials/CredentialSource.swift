import DeletionModel
import SystemPackage

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
