import Glibc
import SystemPackage
@testable import Networking

/// A TCP socket on loopback, on a port that the kernel picks.
final class LoopbackListener {
  let port: UInt16
  private var descriptors: [Int32] = []

  /// Binds; listens only where a backlog is given: a bound port without a listener refuses, and nobody else gets it.
  init(backlog: Int32?) throws {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
    descriptors = [descriptor]
    port = try Self.bound(descriptor)
    if let backlog, listen(descriptor, backlog) != 0 { throw Errno(rawValue: errno) }
  }

  deinit { for descriptor in descriptors { close(descriptor) } }

  var socketAddress: SocketAddress { Self.loopback(port) }

  /// Connects until a connection does not come about within 300 ms: the kernel then drops what asks for more,
  /// as a host does that is down.
  func fill() throws {
    for _ in 0..<64 {
      let descriptor = socket(
        AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue), 0)
      guard descriptor >= 0 else { throw Errno(rawValue: errno) }
      descriptors.append(descriptor)
      _ = Self.loopback(port).bytes.withUnsafeBytes { bytes in
        bytes.baseAddress.map {
          connect(descriptor, $0.assumingMemoryBound(to: sockaddr.self), socklen_t(bytes.count))
        }
      }
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      if poll(&entry, 1, 300) == 0 { return }
    }
    throw Errno.resourceBusy
  }

  private static func loopback(_ port: UInt16) -> SocketAddress {
    address(port, host: 0x7F00_0001)
  }

  static func address(_ port: UInt16, host: UInt32) -> SocketAddress {
    var counter = sockaddr_in()
    counter.sin_family = sa_family_t(AF_INET)
    counter.sin_port = port.bigEndian
    counter.sin_addr.s_addr = host.bigEndian
    return SocketAddress(family: AF_INET, bytes: withUnsafeBytes(of: counter) { Array($0) })
  }

  private static func bound(_ descriptor: Int32) throws -> UInt16 {
    var counter = sockaddr_in()
    counter.sin_family = sa_family_t(AF_INET)
    counter.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &counter) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Int32 in
        bind(descriptor, address, length) == 0 ? getsockname(descriptor, address, &length) : -1
      }
    }
    guard code == 0 else { throw Errno(rawValue: errno) }
    return UInt16(bigEndian: counter.sin_port)
  }
}
