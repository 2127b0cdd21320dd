import Backends
import Deletion
import Synchronization

/// One backend of each kind that the site's entries can need, made when it is first asked for: to set up TLS takes
/// longer than to remove some thousand files.
final class MadeBackends: Sendable {
  private let made = Mutex<[String: any Backend]>([:])

  /// The backend of an entry of the registry.
  func backend(of entry: BackendRegistry.Entry) -> any Backend {
    made.withLock { made in
      if let known = made[entry.name] { return known }
      let new = entry.make()
      made[entry.name] = new
      return new
    }
  }
}
