import Synchronization
import Glibc
import TestSupport

/// A server that accepts connections and never answers.
package final class BlackHole: Sendable {
  private let acceptor: Acceptor
  private let count = Mutex(0)

  /// Starts one.
  package init() throws {
    acceptor = try Acceptor()
    try acceptor.start { [weak self] connection in
      self?.count.withLock { $0 += 1 }
      var byte: UInt8 = 0
      // Held until the other side ends it; whatever is said is lost.
      while recv(connection, &byte, 1, 0) == 1 {}
    }
  }

  /// Where it listens.
  package var port: Int { acceptor.port }
  /// How many connections came so far.
  package var connections: Int { count.withLock { $0 } }

  /// Waits until somebody is connected.
  package func waitForConnection() async throws {
    try await Waiting.wait(until: "somebody connects to the black hole") { connections > 0 }
  }
}
