import DeletionModel

/// What all servers behind a manager say of one target, as each of them is asked for it. Pure.
struct XRootEverywhere {
  /// Servers that have not answered.
  private(set) var left: Int
  /// A server that had something against the removal, or may have done it.
  private(set) var failure: Answer?
  /// Whether the manager has to be asked, as a server could not be.
  private(set) var isForManager = false

  init(servers: Int) { left = servers }

  /// Takes the answer of one of them.
  /// - Returns: whether it cannot be asked without having been sent there.
  mutating func take(_ answer: Answer) -> Bool {
    left -= 1
    guard let error = answer.error else { return false }
    if Self.isForManager(error) {
      isForManager = true
      return !error.isUntried
    }
    if failure == nil || error.isAmbiguous { failure = answer }
    return false
  }

  /// Whether a server has said nothing of the file, so that the manager may know better.
  private static func isForManager(_ error: DeletionError) -> Bool {
    if error.isAmbiguous { return false }
    switch error.errorClass {
    case .auth, .fatal, .unknown, .transient: return true
    case .absent, .permanent, .endpoint, .overload: return error.isUntried || error.isUnavailable
    }
  }
}
