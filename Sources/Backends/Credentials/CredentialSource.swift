import Deletion
import SystemPackage

/// Where a credential was looked for.
public struct CredentialSource: Sendable, Equatable, CustomStringConvertible {
  /// The environment variable that named it; nil for a default place.
  public var variable: String?
  /// The file; nil where the variable holds the credential itself.
  public var path: FilePath?

  /// Makes a source.
  public init(variable: String? = nil, path: FilePath? = nil) {
    self.variable = variable
    self.path = path
  }

  /// `BEARER_TOKEN`, `X509_USER_PROXY=/tmp/proxy`, `/tmp/bt_u1000`.
  ///
  /// The value of a variable is shown only where it is an absolute path: it happens that a token is put into
  /// `BEARER_TOKEN_FILE` by mistake, and that must not be printed.
  public var description: String {
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
