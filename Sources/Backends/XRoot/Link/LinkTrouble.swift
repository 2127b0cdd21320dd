import Deletion
import SystemPackage

/// Why a stream is of no use any more.
enum LinkTrouble: Error, Equatable {
  /// The server has closed the connection.
  case closed
  case system(Errno)
  case tls(TLSTrouble)
  case flaw(XRootFlaw)
  /// The server says nothing although answers are due.
  case silent
  /// The time is over.
  case timedOut
  /// The caller does not want it any more.
  case cancelled
}

extension DeletionError {
  /// A server that cannot be reached. Nothing was sent.
  static func xrootUnreachable(_ text: String, _ state: EndpointState) -> DeletionError {
    DeletionError(.transient, code: state.rawValue, message: text, isUnavailable: true)
  }

  /// A connection that broke before anything was asked of it.
  static func xrootBroken(_ trouble: LinkTrouble, doing: String) -> DeletionError {
    switch trouble {
    case .tls(let error) where error.isCertificate:
      // As the other way round, when a server does not trust us.
      DeletionError(.auth, code: "certificate", message: error.text)
    case .tls(let error):
      DeletionError(.transient, code: "TLS", message: error.text, isUnavailable: true)
    case .flaw(let flaw):
      DeletionError(.unknown, code: "protocol", message: "\(flaw.text), \(doing)", isUnavailable: true)
    case .timedOut, .silent:
      DeletionError(
        .transient, code: "timeout", message: "the server did not answer in time, \(doing)",
        isUnavailable: true)
    case .cancelled: .notTried
    case .closed:
      DeletionError(
        .transient, code: "closed", message: "the server closed the connection \(doing)",
        isUnavailable: true)
    case .system(let error):
      DeletionError(
        .transient, code: "connection", message: "the connection broke \(doing): \(error)",
        isUnavailable: true)
    }
  }
}
