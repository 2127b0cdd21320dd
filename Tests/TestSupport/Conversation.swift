import Glibc

/// A helper program on a pair of sockets, which ends when the test run has: then its input ends.
package enum Conversation {
  /// Starts it; gives the descriptor to write to and read from.
  package static func start(_ program: String, _ arguments: [String]) throws -> Int32 {
    let (its, ours) = try Spawn.sockets()
    defer { close(its) }
    var streams = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&streams)
    defer { posix_spawn_file_actions_destroy(&streams) }
    posix_spawn_file_actions_adddup2(&streams, its, 0)
    posix_spawn_file_actions_adddup2(&streams, its, 1)
    do {
      _ = try Spawn.start([program] + arguments, environment: [:], &streams)
    } catch {
      close(ours)
      throw error
    }
    return ours
  }

  /// Writes all of it.
  package static func write(_ bytes: some Sequence<UInt8>, to descriptor: Int32) throws {
    let bytes = Array(bytes)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        send(descriptor, $0.baseAddress.map { $0 + written }, $0.count - written, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw TestFailure("the helper has ended") }
      written += count
    }
  }

  /// Reads so many bytes.
  package static func read(_ count: Int, from descriptor: Int32) throws -> [UInt8] {
    var result = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = result.withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, count - filled)
      }
      guard got > 0 else { throw TestFailure("the helper has ended; is what it needs installed?") }
      filled += got
    }
    return result
  }
}
