import Deletion

extension XRootWork {
  /// Why a connection ended with files left.
  struct Break: Equatable {
    var errorClass = ErrorClass.transient
    var code: String
    var message: String
    var isUnavailable = false
  }
}

extension XRootWork.Break {
  static let deadline = XRootWork.Break(
    code: "timeout", message: "no answer from the server in time", isUnavailable: true)
  static let silence = XRootWork.Break(
    code: "timeout", message: "the server has been silent for too long", isUnavailable: true)
  static let cancelled = XRootWork.Break(code: "cancelled", message: "stopped before the server answered")

  /// The connection is of no use any more.
  init(_ trouble: LinkTrouble) {
    switch trouble {
    case .closed: self.init(code: "closed", message: "the server closed the connection")
    case .system(let error): self.init(code: "connection", message: "the connection broke: \(error)")
    case .tls(let error): self.init(code: "TLS", message: error.text)
    case .flaw(let flaw): self.init(errorClass: .unknown, code: "protocol", message: flaw.text)
    case .silent: self = .silence
    case .timedOut: self = .deadline
    case .cancelled: self = .cancelled
    }
  }

  /// Of a file that was sent to be removed: nobody knows.
  var ambiguous: DeletionError { error(message, isAmbiguous: true) }

  /// Of a file that was not.
  var untried: DeletionError { error(message + "; the file was not tried", isAmbiguous: false) }

  /// Of a file whose request the server wanted to have later. Where only the time is over, its wish is what the caller
  /// has to know.
  var waiting: DeletionError { code == Self.deadline.code ? .xrootBusy : untried }

  private func error(_ message: String, isAmbiguous: Bool) -> DeletionError {
    DeletionError(
      errorClass, code: code, message: message, isAmbiguous: isAmbiguous, isUnavailable: isUnavailable)
  }
}
