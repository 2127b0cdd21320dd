#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A helper program on a pair of sockets, which ends when the test run has: then its input ends.
public enum Conversation {
  /// Starts it; gives the descriptor to write to and read from.
  public static func start(_ program: String, _ arguments: [String]) throws -> Int32 {
    var ends: [Int32] = [0, 0]
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw TestTrouble("no pair of sockets") }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], 0)
    posix_spawn_file_actions_adddup2(&actions, ends[0], 1)
    // What a terminal sends to our group must not reach it.
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    var words: [UnsafeMutablePointer<CChar>?] = ([program] + arguments).map { strdup($0) }
    words.append(nil)
    defer { for word in words { free(word) } }
    var variables: [UnsafeMutablePointer<CChar>?] = [nil]
    var number: pid_t = 0
    let status = posix_spawn(&number, program, &actions, &attributes, &words, &variables)
    close(ends[0])
    guard status == 0 else {
      close(ends[1])
      throw TestTrouble("\(program) does not start")
    }
    return ends[1]
  }

  /// Writes all of it.
  public static func write(_ bytes: some Sequence<UInt8>, to descriptor: Int32) throws {
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw TestTrouble("the helper has ended") }
      written += count
    }
  }

  /// Reads so many bytes.
  public static func read(_ count: Int, from descriptor: Int32) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = result.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, count - filled)
      }
      guard got > 0 else { throw TestTrouble("the helper has ended; is what it needs installed?") }
      filled += got
    }
    return result
  }
}
