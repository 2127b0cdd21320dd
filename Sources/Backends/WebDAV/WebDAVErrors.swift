import Deletion

extension DeletionError {
  /// The server said so before anything was sent to delete it.
  static let isDirectory = DeletionError(
    .permanent, code: "EISDIR", message: "not sent: the server says that it is a directory")

  /// DELETE of a directory removes the whole tree, unless the server is known not to do that.
  static let directoriesStayHere = DeletionError.directoriesStay(
    "not sent: only of XRootD is it known that it removes no full directory, where it answers for itself")

  /// The task was cancelled while the request was under way.
  static let stopped = DeletionError(
    .transient, code: "cancelled", message: "stopped before the answer came", isAmbiguous: true)

  /// The deadline came while the request was under way.
  static let noAnswerInTime = DeletionError(
    .transient, code: "timeout", message: "no answer in time", isAmbiguous: true, isUnavailable: true)

  /// Another endpoint than that of the first file: a mistake of the caller.
  static let notOfThisBatch = DeletionError(
    .fatal, code: "endpoint", message: "not sent: the files of one call are of several endpoints")

  /// libcurl has no memory or descriptors left.
  static let outOfHandles = DeletionError(
    .fatal, code: "curl", message: "no more HTTP requests can be made on this machine")
}

extension Answer.Kind {
  /// "Not there" is an answer and no failure, however it came.
  var asSettled: Answer.Kind {
    if case .failed(let error) = self, error.errorClass == .absent { return .absent }
    return self
  }
}
