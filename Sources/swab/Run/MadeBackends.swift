import Backends
import Deletion
import Synchronization

/// One backend of each kind that the site's entries can need, made when it is first asked for: to set up TLS takes
/// longer than to remove some thousand files.
final class MadeBackends: Sendable {
  private let made = Mutex<[String: any Backend]>([:])
  private let make: @Sendable (BackendRegistry.Entry) -> any Backend

  /// - Parameter make: makes the backend of an entry.
  init(_ make: @escaping @Sendable (BackendRegistry.Entry) -> any Backend) { self.make = make }

  /// The backend of an entry of the registry.
  func backend(of entry: BackendRegistry.Entry) -> any Backend {
    made.withLock { made in
      if let known = made[entry.name] { return known }
      let new = make(entry)
      made[entry.name] = new
      return new
    }
  }
}
