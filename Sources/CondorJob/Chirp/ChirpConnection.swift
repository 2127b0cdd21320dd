#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A connection to the starter: a line is sent, a line comes back.
final class ChirpConnection {
  private let socket: Int32
  /// More than this is no answer.
  private static let answerLimit = 256

  /// Connects to the first address of `host` that answers; each may take `patience` seconds.
  init(host: String, port: Int, patience: Int) throws(ChirpError) {
    var hints = addrinfo()
    hints.ai_socktype = Self.stream
    hints.ai_flags = AI_NUMERICSERV
    var found: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, "\(port)", &hints, &found) == 0 else {
      throw ChirpError(description: "the starter's host \(host) is not known")
    }
    defer { freeaddrinfo(found) }
    var next = found
    while let address = next?.pointee {
      if let socket = Self.connect(to: address, patience: patience) {
        self.socket = socket
        return
      }
      next = address.ai_next
    }
    throw ChirpError(description: "the starter at \(host):\(port) can't be reached")
  }

  deinit { close(socket) }

  /// Sends a line and reads its answer.
  func ask(_ line: [UInt8], _ subject: String) throws(ChirpError) {
    var rest = line[...]
    while !rest.isEmpty {
      // A starter that has gone away must not end this process with SIGPIPE.
      let count = rest.withUnsafeBytes {
        send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw ChirpError(description: "\(subject) could not be sent to the starter") }
      rest = rest.dropFirst(count)
    }
    guard ChirpCommand.isGood(try answer(subject)) else {
      throw ChirpError(description: "the starter did not take \(subject)")
    }
  }

  private func answer(_ subject: String) throws(ChirpError) -> [UInt8] {
    var answer: [UInt8] = []
    while answer.count < Self.answerLimit {
      var byte: UInt8 = 0
      guard recv(socket, &byte, 1, 0) == 1 else { break }
      if byte == 0x0A { return answer }
      answer.append(byte)
    }
    throw ChirpError(description: "the starter gave no answer to \(subject)")
  }

  /// The time limit holds for the connection as well (socket(7), SO_SNDTIMEO).
  private static func connect(to address: addrinfo, patience: Int) -> Int32? {
    let socket = Glibc.socket(address.ai_family, address.ai_socktype | closeOnExec, address.ai_protocol)
    guard socket >= 0 else { return nil }
    var limit = timeval(tv_sec: patience, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
    guard Glibc.connect(socket, address.ai_addr, address.ai_addrlen) == 0 else {
      close(socket)
      return nil
    }
    return socket
  }

  private static let stream = Int32(SOCK_STREAM.rawValue)
  private static let closeOnExec = Int32(SOCK_CLOEXEC.rawValue)
}
