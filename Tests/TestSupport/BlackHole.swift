import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A server that accepts connections and never answers.
public final class BlackHole: Sendable {
  private let acceptor: Acceptor
  private let count = Mutex(0)

  /// Starts one.
  public init() throws {
    acceptor = try Acceptor()
    acceptor.start { [weak self] connection in
      self?.count.withLock { $0 += 1 }
      var byte: UInt8 = 0
      // Held until the other side ends it; whatever is said is lost.
      while recv(connection, &byte, 1, 0) == 1 {}
    }
  }

  /// Where it listens.
  public var port: Int { acceptor.port }
  /// How many connections came so far.
  public var connections: Int { count.withLock { $0 } }

  /// Waits until somebody is connected.
  public func waitForConnection() async throws {
    try await Patience.wait(until: "somebody connects to the black hole") { connections > 0 }
  }
}
