import DeletionModel

/// What becomes of a file of which a cluster has removed one replica, where the next request for it fails: the same over
/// root:// and HTTP.
extension DeletionError {
  /// The same error for a file that may have further replicas; nil where nobody will ever say whether it has, so that the
  /// file counts as deleted.
  /// - Parameter isOfManager: whether the manager itself has answered so, and not one of its servers.
  package func afterRemoval(isOfManager: Bool) -> DeletionError? {
    switch errorClass {
    case .auth, .fatal, .unknown, .endpoint: if isOfManager { return nil }
    case .absent, .permanent, .transient, .overload: break
    }
    var error = self
    error.message = "one replica is removed, another may be left: \(message)"
    error.isUntried = false
    error.isAmbiguous = true
    return error
  }
}
