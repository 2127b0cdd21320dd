import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A server process. Started and stopped from plain code, so that a test can hold it like a value.
public final class ChildProcess: Sendable {
  private let number: Mutex<pid_t?>

  /// Starts a program with nothing on its three streams.
  /// - Parameter further: variables beside a plain environment.
  init(_ program: String, _ arguments: [String], folder: String, variables further: [String: String] = [:])
    throws
  {
    var streams = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&streams)
    defer { posix_spawn_file_actions_destroy(&streams) }
    posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&streams, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&streams, 2, folder + "/stderr", O_WRONLY | O_CREAT, 0o644)
    let settings = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"].merging(further) { _, new in new }
    let pid = try Spawn.start([program] + arguments, environment: settings, &streams)
    number = Mutex(pid)
    LeftBehind.add(.process(pid))
  }

  /// Runs a program to its end.
  static func run(
    _ program: String, _ arguments: [String], folder: String, variables: [String: String] = [:]
  ) throws {
    let process = try ChildProcess(program, arguments, folder: folder, variables: variables)
    let status: Int32 = process.number.withLock { number in
      guard let pid = number else { return -1 }
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      number = nil
      LeftBehind.remove(.process(pid))
      return status
    }
    guard status == 0 else {
      throw TestTrouble("\(program) \(arguments.first ?? ""): \(Disk.read(folder + "/stderr").suffix(600))")
    }
  }

  /// Whether it still runs.
  var isRunning: Bool {
    number.withLock { number in
      guard let pid = number else { return false }
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid {
        number = nil
        LeftBehind.remove(.process(pid))
        return false
      }
      return true
    }
  }

  /// Kills it and all of its group, and waits until it is gone.
  func stop() {
    number.withLock { number in
      guard let pid = number else { return }
      kill(-pid, SIGKILL)
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      number = nil
      LeftBehind.remove(.process(pid))
    }
  }

  deinit { stop() }
}
