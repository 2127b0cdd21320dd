import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A server process. Started and stopped from plain code, so that a test can hold it like a value.
public final class ChildProcess: Sendable {
  private let number: Mutex<pid_t?>

  /// Starts a program in a process group of its own, with nothing on its three streams.
  /// - Parameter further: variables beside a plain environment.
  init(_ program: String, _ arguments: [String], folder: String, variables further: [String: String] = [:])
    throws
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, folder + "/stderr", O_WRONLY | O_CREAT, 0o644)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    let settings = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"].merging(further) { _, new in new }
    var variables: [UnsafeMutablePointer<CChar>?] = settings.map { strdup("\($0.key)=\($0.value)") }
    variables.append(nil)
    defer { for word in words { free(word) } }
    var pid: pid_t = 0
    let result = posix_spawn(&pid, program, &actions, &attributes, &words, &variables)
    for variable in variables { free(variable) }
    guard result == 0 else { throw TestTrouble("\(program) does not start: \(result)") }
    number = Mutex(pid)
    LeftBehind.add(process: pid)
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
      LeftBehind.remove(process: pid)
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
        LeftBehind.remove(process: pid)
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
      LeftBehind.remove(process: pid)
    }
  }

  deinit { stop() }
}
