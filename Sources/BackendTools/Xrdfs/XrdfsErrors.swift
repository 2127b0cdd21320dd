import DeletionModel
import XRootDProtocol
import Credentials
import ProcessRunning

/// What the errors of XRootD and its client mean for a deletion. Pure.
enum XrdfsErrors {
  /// Whether a request to delete may have reached the server.
  enum Phase: Sendable {
    case stat
    case remove
  }

  /// What follows `Error response:` in a result line: the server's code as the text of an errno.
  private static let responses: [(text: String, errorClass: ErrorClass)] = [
    ("no such file or directory", .absent),
    ("permission denied", .auth),
    ("operation not permitted", .auth),
    ("is a directory", .permanent),
    ("directory not empty", .permanent),
    // 3018: a manager's "r/o copy already exists".
    ("file exists", .endpoint),
    ("read-only file system", .endpoint),
    ("file name too long", .permanent),
    ("invalid argument", .permanent),
    ("operation not supported", .endpoint),
    // 3005, the server's catch-all for its file system.
    ("no such device", .transient),
    ("input/output error", .transient),
    ("device or resource busy", .transient),
    ("resource temporarily unavailable", .transient),
    ("no space left on device", .transient),
    ("disk quota exceeded", .transient),
    ("connection timed out", .transient),
    ("timer expired", .transient),
  ]

  /// What the client itself can say, from the table in XrdClStatus.cc.
  private struct ClientError {
    let text: String
    let errorClass: ErrorClass
    var isUnavailable = false
    /// Whether the request may have been on its way.
    var maySucceed = false
  }

  private static let clientErrors: [ClientError] = [
    ClientError(text: "connection error", errorClass: .transient, isUnavailable: true),
    ClientError(text: "invalid address", errorClass: .transient, isUnavailable: true),
    ClientError(text: "hand shake failed", errorClass: .transient, isUnavailable: true),
    ClientError(text: "tls error", errorClass: .transient, isUnavailable: true),
    ClientError(text: "socket opt error", errorClass: .transient, isUnavailable: true),
    ClientError(text: "socket error", errorClass: .transient, isUnavailable: true, maySucceed: true),
    ClientError(text: "socket timeout", errorClass: .transient, isUnavailable: true, maySucceed: true),
    ClientError(text: "socket disconnected", errorClass: .transient, isUnavailable: true, maySucceed: true),
    ClientError(text: "stream disconnect", errorClass: .transient, isUnavailable: true, maySucceed: true),
    ClientError(text: "operation expired", errorClass: .transient, isUnavailable: true, maySucceed: true),
    ClientError(text: "operation interrupted", errorClass: .transient, maySucceed: true),
    ClientError(text: "invalid session", errorClass: .transient, maySucceed: true),
    ClientError(text: "redirect limit has been reached", errorClass: .transient),
    ClientError(text: "invalid redirect url", errorClass: .transient),
    ClientError(text: "no more free sids", errorClass: .transient),
    ClientError(text: "threshold exceeded", errorClass: .transient),
    ClientError(text: "auth failed", errorClass: .auth),
    ClientError(text: "login failed", errorClass: .auth),
  ]

  /// A diagnostic or a result line as an error.
  static func error(_ diagnostic: XrdfsOutput.Diagnostic, in phase: Phase) -> DeletionError {
    let message = Redaction.clean(diagnostic.text)
    if let code = diagnostic.code {
      let errorClass = XRootErrorCode.errorClass(code, text: diagnostic.text)
      return DeletionError(
        errorClass, code: "\(code)", message: message.isEmpty ? "XRootD error \(code)" : message,
        isAmbiguous: phase == .remove && XRootErrorCode.isAmbiguous(code))
    }
    let text = diagnostic.text.lowercased()
    let head = "error response: "
    if text.utf8.starts(with: head.utf8) {
      let rest = Substring(text.utf8.dropFirst(head.utf8.count))
      let errorClass = responses.first { rest.utf8.starts(with: $0.text.utf8) }?.errorClass ?? .unknown
      return DeletionError(
        errorClass, code: "error response", message: message,
        isAmbiguous: phase == .remove && [.unknown].contains(errorClass))
    }
    if let entry = clientErrors.first(where: { text.utf8.starts(with: $0.text.utf8) }) {
      // When a connection breaks, the client connects again by itself and reports only that this failed: the
      // request before that may have been carried out.
      return DeletionError(
        entry.errorClass, code: entry.text, message: message,
        isAmbiguous: phase == .remove && (entry.maySucceed || entry.isUnavailable),
        isUnavailable: entry.isUnavailable)
    }
    return DeletionError(.unknown, code: "xrdfs", message: message, isAmbiguous: phase == .remove)
  }

  /// Whether an error of the client says that a server did not answer in time: behind a manager that need not be the
  /// server that was named.
  static func isTimeout(_ error: DeletionError) -> Bool {
    ["operation expired", "socket timeout", "timeout"].contains(error.code)
  }

  /// A run that said nothing of a path.
  static func silence(_ run: ToolRun, in phase: Phase) -> DeletionError {
    if run.timedOut || run.wasCancelled {
      return DeletionError(
        .transient, code: run.timedOut ? "timeout" : "cancelled",
        message: run.timedOut ? "xrdfs did not end in time" : "xrdfs was stopped",
        isAmbiguous: phase == .remove, isUnavailable: run.timedOut)
    }
    let message = MessageLines.trimmed(Redaction.clean(String(decoding: run.errorOutput, as: UTF8.self)))
    if run.ending == .exited(127) || message.contains("error while loading shared libraries") {
      return DeletionError(.fatal, code: run.endingCode, message: "xrdfs is broken: \(message)")
    }
    if run.ending == .exited(52) {
      return DeletionError(.auth, code: run.endingCode, message: message.isEmpty ? "authentication" : message)
    }
    return DeletionError(
      .unknown, code: run.endingCode,
      message: "xrdfs gave no result for the file" + (message.isEmpty ? "" : ": \(message)"),
      isAmbiguous: phase == .remove)
  }
}
