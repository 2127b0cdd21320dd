import Glibc
import Synchronization
import TestSupport

/// Ports on 127.0.0.1. Never `localhost`: some clients look up names the slow way round.
package enum Loopback {
  /// The ports that this process has given out: their servers may not listen yet.
  private static let given = Mutex<Set<Int>>([])

  /// A port that nobody listens on and that no other test has been given. Below the range that the kernel gives to
  /// outgoing connections, so that none of them takes it meanwhile.
  package static func freePort() throws -> Int {
    for _ in 0..<200 {
      let port = Int.random(in: 20_000..<32_000)
      guard let socket = try? bound(port) else { continue }
      close(socket)
      if given.withLock({ $0.insert(port).inserted }) { return port }
    }
    throw TestFailure("no free port")
  }

  /// A socket that listens, and its port.
  package static func listen() throws -> (Int32, Int) {
    let port = try freePort()
    let socket = try bound(port)
    guard Glibc.listen(socket, 64) == 0 else {
      close(socket)
      throw TestFailure("cannot listen on \(port)")
    }
    return (socket, port)
  }

  /// Waits until a port can be bound, for ten seconds at most.
  static func waitUntilFree(_ port: Int) {
    for _ in 0..<400 {
      if let socket = try? bound(port) {
        close(socket)
        return
      }
      usleep(25_000)
    }
  }

  static func waitForPort(_ port: Int, of process: ChildProcess, log: String) throws {
    // Some look up names before they listen, which takes long where nobody answers.
    for _ in 0..<12_000 {
      if answers(port) { return }
      if !process.isRunning { break }
      usleep(25_000)
    }
    throw TestFailure("no server on port \(port): \(process.ending). \(Disk.read(log).suffix(600))")
  }

  private static func answers(_ port: Int) -> Bool {
    guard let socket = try? connect(port) else { return false }
    close(socket)
    return true
  }

  /// A socket that is connected to a port.
  static func connect(_ port: Int) throws -> Int32 {
    let socket = newSocket()
    guard socket >= 0 else { throw TestFailure("no socket") }
    guard withAddress(port, { Glibc.connect(socket, $0, $1) }) == 0 else {
      close(socket)
      throw TestFailure("nothing answers on port \(port)")
    }
    return socket
  }

  private static func bound(_ port: Int) throws -> Int32 {
    let socket = newSocket()
    guard socket >= 0 else { throw TestFailure("no socket") }
    var yes: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
    guard withAddress(port, { bind(socket, $0, $1) }) == 0 else {
      close(socket)
      throw TestFailure("port \(port) is taken")
    }
    return socket
  }

  private static func newSocket() -> Int32 {
    socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
  }

  private static func withAddress(
    _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
  ) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(port).bigEndian
    address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
  }
}
