import Glibc
import SystemPackage

/// A socket address as the kernel takes it.
struct SocketAddress: Sendable, Equatable {
  let family: Int32
  /// A `sockaddr` of that family.
  let bytes: [UInt8]
}

/// The addresses of a host, from the machine's name service.
enum NameResolution {
  /// Why there are none.
  struct Failure: Error, Equatable {
    let state: EndpointState
    let text: String
  }

  /// How a host is looked up; passed in, so that a name service that hangs can be tested.
  typealias Resolver = @Sendable (EndpointAddress) throws(Failure) -> [SocketAddress]

  /// Asks `getaddrinfo`. **Blocks**, as long as the name service likes.
  static func lookUp(_ address: EndpointAddress) throws(Failure) -> [SocketAddress] {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(address.host, String(address.port), &hints, &list)
    let systemError = errno
    guard code == 0 else { throw failure(code, systemError: systemError) }
    defer { freeaddrinfo(list) }
    var addresses: [SocketAddress] = []
    var next = list
    while let entry = next {
      if let place = entry.pointee.ai_addr {
        let bytes = UnsafeRawBufferPointer(start: place, count: Int(entry.pointee.ai_addrlen))
        addresses.append(SocketAddress(family: entry.pointee.ai_family, bytes: Array(bytes)))
      }
      next = entry.pointee.ai_next
    }
    return addresses
  }

  /// What a code of `getaddrinfo` means. A name service that is not there gives no address either, but the
  /// text has to say which of the two it was.
  static func failure(_ code: Int32, systemError: Int32) -> Failure {
    switch code {
    // EAI_NODATA: the name exists, but without an address. glibc declares it for GNU sources only.
    case EAI_NONAME, -5: Failure(state: .unknownHost, text: "unknown host")
    case EAI_SYSTEM:
      Failure(
        state: .unknownHost, text: "name lookup failed: \(String(describing: Errno(rawValue: systemError)))")
    default:
      Failure(state: .unknownHost, text: "name lookup failed: \(String(cString: gai_strerror(code)))")
    }
  }
}
