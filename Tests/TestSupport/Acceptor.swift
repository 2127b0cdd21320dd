#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A socket on loopback, until it is let go. Each connection has a thread of its own, which may block.
final class Acceptor: Sendable {
  /// Where it listens.
  let port: Int
  private let socket: Int32

  /// Listens; connections wait until ``start(_:)``.
  init() throws { (socket, port) = try Loopback.listen() }

  /// Hands over what comes. A connection is closed when `serve` returns.
  func start(_ serve: @escaping @Sendable (_ connection: Int32) -> Void) {
    BlockingThread.start { [socket] in
      while true {
        let connection = accept(socket, nil, nil)
        if connection < 0 { break }
        BlockingThread.start {
          serve(connection)
          close(connection)
        }
      }
      // Here and not where it is let go: its number must not be somebody else's while this thread waits.
      close(socket)
    }
  }

  // Wakes who waits for a connection.
  deinit { shutdown(socket, Int32(SHUT_RDWR)) }
}
