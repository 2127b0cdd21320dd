import Synchronization
import Glibc

/// What is still there when the tests end: servers that are shared by a whole suite are never let go. Where the tests
/// are stopped by a signal, a ``Survivor`` clears up.
package enum LeftBehind {
  private struct State {
    var left: Set<Survivor.Left> = []
    var commands: [[String]] = []
    var survivor: Survivor?
    var isRegistered = false
  }

  private static let state = Mutex(State())

  static func add(_ what: Survivor.Left) {
    change { state in
      state.left.insert(what)
      state.survivor?.add(what)
    }
  }

  static func remove(_ what: Survivor.Left) {
    change { state in
      state.left.remove(what)
      state.survivor?.remove(what)
    }
  }

  /// A program and its arguments that stop something which does not outlive us for long by itself.
  package static func add(command: [String]) { change { $0.commands.append(command) } }

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
    let state = state.withLock { state in
      defer { state = State(survivor: state.survivor, isRegistered: true) }
      return state
    }
    for command in state.commands {
      _ = try? ChildProcess.run(command[0], Array(command.dropFirst()), directory: "/tmp")
    }
    for case .process(let process) in state.left {
      kill(-process, SIGKILL)
      var status: Int32 = 0
      waitpid(process, &status, 0)
    }
    for case .directory(let directory) in state.left { Disk.removeTree(directory) }
    for what in state.left { state.survivor?.remove(what) }
  }
}
