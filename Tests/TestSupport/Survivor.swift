#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A process that is told what to clear up and does so as soon as nobody can tell it any more: a signal that ends the
/// tests, be it KILL, closes our end of its input. A handler of ours could do hardly anything.
struct Survivor: Sendable {
  /// Our end.
  private let line: Int32

  /// In lines: `+` or `-`, and the number of a process group or the path of a folder.
  private static let program = """
    import os, shutil, signal, sys
    left = set()
    for line in sys.stdin:
        (left.add if line[0] == "+" else left.discard)(line[1:-1])
    for group in [what for what in left if what.isdigit()]:
        try:
            os.killpg(int(group), signal.SIGKILL)
        except OSError:
            pass
    for folder in left:
        if folder.startswith("/"):
            shutil.rmtree(folder, ignore_errors=True)
    """

  /// Starts it, in a process group of its own: what is sent to ours must not reach it. Nil where that can't be.
  init?() {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    line = ends[1]
    defer { close(ends[0]) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    let texts = ["/usr/bin/python3", "-IS", "-c", Self.program]
    var words: [UnsafeMutablePointer<CChar>?] = texts.map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var variables: [UnsafeMutablePointer<CChar>?] = [nil]
    var number: pid_t = 0
    guard posix_spawn(&number, texts[0], &actions, &attributes, &words, &variables) == 0 else {
      close(line)
      return nil
    }
  }

  /// A process, which leads its group.
  func add(_ process: pid_t) { say("+\(process)") }
  func remove(_ process: pid_t) { say("-\(process)") }
  /// A folder, with all that is in it.
  func add(_ folder: String) { say("+\(folder)") }
  func remove(_ folder: String) { say("-\(folder)") }

  private func say(_ text: String) {
    let bytes = Array((text + "\n").utf8)
    _ = send(line, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
