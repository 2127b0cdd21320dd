import DeletionModel
import ProcessRunning

extension DeletionError {
  /// A tool that was not started. Nothing reached the storage.
  package static func tool(_ failure: ToolFailure) -> DeletionError {
    switch failure {
    case .notFound(let tool):
      DeletionError(.fatal, code: "no tool", message: "\(tool) is not installed here")
    case .notStarted(let tool, let reason):
      DeletionError(.fatal, code: "tool", message: "\(tool) cannot be started: \(reason)")
    case .noResources(let reason):
      DeletionError(.transient, code: "resources", message: reason)
    case .cancelled:
      .notTried
    }
  }
}

/// How long a tool is waited for, and the time limits that XrdCl takes from its environment, sized from what is left of an
/// attempt.
///
/// XrdCl's own defaults wait 8 minutes for a refused connection and half an hour for an answer
/// (ConnectionWindow 120 s times ConnectionRetry 5, RequestTimeout 1800 s, StreamTimeout 60 s).
enum ClientLimits {
  /// How many files in a row may meet silence before nothing more is asked. A single one may be a silent server behind a
  /// manager, which has other files' servers, too.
  static let silences = 3

  /// The variables for an attempt that may take `remaining`; nil for no limit.
  static func environment(remaining: Duration?) -> [String: String] {
    // One second is kept so that the client reports its own time-out before it is stopped.
    let seconds = remaining.map { max(1, Int($0.components.seconds) - 1) } ?? 300
    return [
      "XRD_CONNECTIONRETRY": "1",
      "XRD_CONNECTIONWINDOW": "\(max(1, min(30, seconds)))",
      "XRD_REQUESTTIMEOUT": "\(seconds)",
      "XRD_STREAMTIMEOUT": "\(max(1, min(60, seconds)))",
      "XRD_TIMEOUTRESOLUTION": "1",
    ]
  }
}
