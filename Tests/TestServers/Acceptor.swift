import Glibc
import Networking
import TestSupport
import Threads

/// A socket on loopback, until it is let go. Each connection has a thread of its own, which may block.
final class Acceptor: Sendable {
  /// Where it listens.
  let port: Int
  private let socket: Int32

  /// Listens; connections wait until ``start(_:)``.
  init() throws { (socket, port) = try Loopback.listen() }

  /// Hands over what comes. A connection is closed when `serve` returns.
  func start(_ serve: @escaping @Sendable (_ connection: Int32) -> Void) throws {
    try DetachedThread.start { [socket] in
      while true {
        let connection = accept(socket, nil, nil)
        if connection < 0 { break }
        _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
        try? DetachedThread.start {
          serve(connection)
          Self.end(connection)
        }
      }
      // Here and not where it is let go: its number must not be somebody else's while this thread waits.
      close(socket)
    }
  }

  /// Ends a connection for the other side, too, where another test has started a process that inherited the descriptor:
  /// SwiftPM's Glibc has no accept4(2).
  private static func end(_ connection: Int32) {
    var option = linger()
    var length = socklen_t(MemoryLayout<linger>.size)
    // One that is to be reset must not be shut down before.
    if getsockopt(connection, SOL_SOCKET, SO_LINGER, &option, &length) == 0, option.l_onoff == 0 {
      shutdown(connection, Int32(SHUT_RDWR))
    }
    close(connection)
  }

  // Wakes who waits for a connection.
  deinit { shutdown(socket, Int32(SHUT_RDWR)) }
}
