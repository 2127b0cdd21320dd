import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What must be gone when the tests have ended. A server or folder that a static holds is never let go, so that
/// its `deinit` alone would leave it behind.
enum Leftovers {
  private struct State {
    var groups: Set<pid_t> = []
    var folders: Set<String> = []
    var isWatching = false
  }

  private static let state = Mutex(State())

  /// A process group to kill.
  static func add(group: pid_t) { change { $0.groups.insert(group) } }

  /// The group was killed and waited for; its number may be another's now.
  static func remove(group: pid_t) { change { $0.groups.remove(group) } }

  /// A folder to remove.
  static func add(folder: String) { change { $0.folders.insert(folder) } }

  /// The folder is gone.
  static func remove(folder: String) { change { $0.folders.remove(folder) } }

  private static func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      body(&state)
      if !state.isWatching {
        state.isWatching = true
        atexit { Leftovers.clear() }
      }
    }
  }

  private static func clear() {
    let left = state.withLock { state in
      defer { state.groups = [] }
      return state
    }
    for group in left.groups {
      kill(-group, SIGKILL)
      var status: Int32 = 0
      waitpid(group, &status, 0)
    }
    for folder in left.folders { Disk.removeTree(folder) }
  }
}
