import Deletion

/// Why a connection cannot be used.
enum XRootSetupFailure: Error, Equatable, Sendable {
  case error(DeletionError)
  /// The server takes only what we don't speak: these.
  case unspoken([String])
  /// Another server has to be asked.
  case redirected(XRootRedirect)
}

extension DeletionError {
  /// A server that asked for patience until there was none left.
  static let xrootBusy = DeletionError(
    .overload, code: "wait", message: "the server asked to wait longer than the time that is left")

  /// A server whose authentication we don't speak. Nothing through this backend can work there.
  static func xrootUnspoken(_ wanted: [String]) -> DeletionError {
    DeletionError(
      .fatal, code: "authProtocol",
      message: "the server wants \(wanted.joined(separator: ", ")), which the backend xroot does not speak",
      isUnspoken: true)
  }
}
