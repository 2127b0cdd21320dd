import Deletion

/// What the answers to looks and removals say of a file. Pure.
enum XRootVerdicts {
  /// The answer to a removal.
  static func removal(_ error: XRootServerError?) -> Answer.Kind {
    guard let error else { return .deleted }
    return absentOrFailed(error.error(isRemoval: true))
  }

  /// A look that the server refused.
  /// - Parameter showsToken: whether a token says what we may do.
  static func look(_ error: XRootServerError, showsToken: Bool) -> Answer.Kind {
    var failure = error.error(isRemoval: false)
    if showsToken, failure.errorClass == .auth {
      failure = DeletionError(
        .auth, code: failure.code,
        message:
          "the file could not be looked at before its removal; the token may lack the scope storage.read: "
          + failure.message)
    }
    return absentOrFailed(failure)
  }

  /// Why what a look has found stays; nil where it may be removed.
  static func refusal(_ kind: XRootPathKind, _ subject: XRootWork.Subject) -> DeletionError? {
    switch (subject, kind == .directory) {
    case (.files, false), (.emptyDirectories, true): nil
    case (.emptyDirectories, false): .isNoDirectory
    case (.files, true):
      DeletionError(
        .permanent, code: "\(XRootErrorCode.isDirectory)",
        message: "it is a directory; only files are deleted")
    }
  }

  private static func absentOrFailed(_ error: DeletionError) -> Answer.Kind {
    error.errorClass == .absent ? .absent : .failed(error)
  }
}
