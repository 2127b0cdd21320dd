import Deletion

extension DeletionError {
  /// A tool that was not started. Nothing reached the storage.
  static func tool(_ failure: ToolFailure) -> DeletionError {
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

  /// As what the storage said of the file.
  var asAnswer: Answer.Kind { errorClass == .absent ? .absent : .failed(self) }
}
