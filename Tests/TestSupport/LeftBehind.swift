import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is still there when the tests end: servers that are shared by a whole suite are never let go. Where the tests
/// are stopped by a signal, a ``Survivor`` clears up.
enum LeftBehind {
  private struct State {
    var processes: Set<pid_t> = []
    var folders: Set<String> = []
    var commands: [[String]] = []
    var survivor: Survivor?
    var isRegistered = false
  }

  private static let state = Mutex(State())

  static func add(process: pid_t) {
    change { state in
      state.processes.insert(process)
      state.survivor?.add(process)
    }
  }

  static func remove(process: pid_t) {
    change { state in
      state.processes.remove(process)
      state.survivor?.remove(process)
    }
  }

  static func add(folder: String) {
    change { state in
      state.folders.insert(folder)
      state.survivor?.add(folder)
    }
  }

  static func remove(folder: String) {
    change { state in
      state.folders.remove(folder)
      state.survivor?.remove(folder)
    }
  }

  /// A program and its arguments that stop something which does not outlive us for long by itself.
  static func add(command: [String]) { change { $0.commands.append(command) } }

  private static func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      if !state.isRegistered {
        state.isRegistered = true
        state.survivor = Survivor()
        atexit { LeftBehind.clear() }
      }
      body(&state)
    }
  }

  private static func clear() {
    let left = state.withLock { state in
      defer { state = State(survivor: state.survivor, isRegistered: true) }
      return state
    }
    for command in left.commands {
      _ = try? ChildProcess.run(command[0], Array(command.dropFirst()), folder: "/tmp")
    }
    for process in left.processes {
      kill(-process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
      left.survivor?.remove(process)
    }
    for folder in left.folders {
      Disk.removeTree(folder)
      left.survivor?.remove(folder)
    }
  }
}
