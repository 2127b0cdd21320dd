import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// What is still there when the tests end: servers that are shared by a whole suite are never let go.
enum LeftBehind {
  private struct State {
    var processes: Set<pid_t> = []
    var folders: Set<String> = []
    var commands: [[String]] = []
    var isRegistered = false
  }

  private static let state = Mutex(State())

  static func add(process: pid_t) { change { _ = $0.processes.insert(process) } }
  static func remove(process: pid_t) { change { _ = $0.processes.remove(process) } }
  static func add(folder: String) { change { _ = $0.folders.insert(folder) } }
  /// A program and its arguments that stop something.
  static func add(command: [String]) { change { $0.commands.append(command) } }
  static func remove(folder: String) { change { _ = $0.folders.remove(folder) } }

  private static func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      if !state.isRegistered {
        state.isRegistered = true
        atexit { LeftBehind.clear() }
      }
      body(&state)
    }
  }

  private static func clear() {
    let left = state.withLock { state in
      defer { state = State(isRegistered: true) }
      return state
    }
    for command in left.commands {
      _ = try? ChildProcess.run(command[0], Array(command.dropFirst()), folder: "/tmp")
    }
    for process in left.processes {
      kill(-process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
    for folder in left.folders { Disk.removeTree(folder) }
  }
}
