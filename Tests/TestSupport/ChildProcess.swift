import Synchronization
import Glibc

/// A server process. Started and stopped from plain code, so that a test can hold it like a value.
package final class ChildProcess: Sendable {
  private let number: Mutex<pid_t?>
  private let ended = Mutex<Int32?>(nil)
  private let messages: String

  /// Starts a program with nothing on its three streams.
  /// - Parameter further: variables beside a plain environment.
  package init(
    _ program: String, _ arguments: [String], directory: String, variables further: [String: String] = [:]
  )
    throws
  {
    var streams = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&streams)
    defer { posix_spawn_file_actions_destroy(&streams) }
    posix_spawn_file_actions_addopen(&streams, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&streams, 1, "/dev/null", O_WRONLY, 0)
    messages = directory + "/stderr"
    posix_spawn_file_actions_addopen(&streams, 2, messages, O_WRONLY | O_CREAT, 0o644)
    let settings = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"].merging(further) { _, new in new }
    let pid = try Spawn.start([program] + arguments, environment: settings, &streams)
    number = Mutex(pid)
    LeftBehind.add(.process(pid))
  }

  /// Runs a program to its end.
  package static func run(
    _ program: String, _ arguments: [String], directory: String, variables: [String: String] = [:]
  ) throws {
    let process = try ChildProcess(program, arguments, directory: directory, variables: variables)
    let status: Int32 = process.number.withLock { number in
      guard let pid = number else { return -1 }
      var status: Int32 = 0
      waitpid(pid, &status, 0)
      number = nil
      LeftBehind.remove(.process(pid))
      return status
    }
    guard status == 0 else {
      throw TestFailure(
        "\(program) \(arguments.first ?? ""): \(Disk.read(directory + "/stderr").suffix(600))")
    }
  }

  /// Whether it still runs.
  package var isRunning: Bool {
    number.withLock { number in
      guard let pid = number else { return false }
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid {
        ended.withLock { $0 = status }
        number = nil
        LeftBehind.remove(.process(pid))
        return false
      }
      return true
    }
  }

  /// Whether it has ended, with which wait status, and what it wrote to standard error.
  package var ending: String {
    let status = ended.withLock { $0 }
    return (status.map { "it ended with status 0x\(String($0, radix: 16))" } ?? "it runs") + ": "
      + String(Disk.read(messages).suffix(600))
  }

  /// Sends a signal to it and all of its group.
  package func send(_ signal: Int32) {
    number.withLock { number in
      if let pid = number { kill(-pid, signal) }
    }
  }

  /// Kills it and all of its group, and waits until it is gone.
  package func stop() {
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
