import DeletionModel
import XRootDProtocol

/// Why a connection cannot be used.
enum XRootSetupFailure: Error, Equatable, Sendable {
  case error(DeletionError)
  /// The server takes only what we don't speak: these.
  case unsupported([String])
  /// Another server has to be asked.
  case redirected(XRootRedirect)
}

extension DeletionError {
  /// A server that is overloaded; what was asked for has not been carried out.
  /// - Parameter pause: for how long; nil where it asked until no time was left.
  static func xrootBusy(for pause: Duration?) -> DeletionError {
    DeletionError(
      .overload, code: "wait",
      message: pause.map { "the server asked to wait for \($0.components.seconds) s" }
        ?? "the server asked to wait longer than the time that is left", retryAfter: pause)
  }

  /// A token that does not let us see what a path is. Without that nothing is removed: it could be a directory.
  static func xrootNeedsRead(_ text: String, code: String = "3010") -> DeletionError {
    DeletionError(
      .auth, code: code,
      message: "the server does not say whether this is a file; the token may lack storage.read, "
        + "or not cover this path: "
        + text)
  }

  /// A redirect that is not followed.
  static func xrootRedirect(_ text: String) -> DeletionError {
    DeletionError(.endpoint, code: "redirect", message: text)
  }

  /// `kXR_rmdir` of a proxy can be an HTTP DELETE, which removes a directory with all that is in it (XrdPssSys::Remdir
  /// and XrdClHttp::Filesystem::RmDir of XRootD 6.1).
  static let xrootProxyKeepsDirectories = DeletionError.directoriesStay(
    "the server is an XRootD proxy, which may remove a directory with all that is in it")

  /// A server whose authentication we don't speak. Nothing through this backend can work there.
  static func xrootUnsupportedAuthentication(_ wanted: [String]) -> DeletionError {
    DeletionError(
      .fatal, code: "authProtocol",
      message: "the server wants \(wanted.joined(separator: ", ")), which the backend xroot does not speak",
      isUnsupported: true)
  }
}
