import ByteStreams
import Glibc

/// Puts numbers into the job ad, where everybody who looks at the queue sees them.
///
/// It needs no `WantIOProxy`. The starter hands the attributes on when it next speaks with the schedd, which may take
/// minutes (HTCondor manual, condor_chirp, `set_job_attr_delayed`).
package struct ChirpClient: Sendable {
  private let configuration: ChirpConfiguration

  /// How long the starter may take to answer, in seconds. It runs on the same machine.
  private static let timeout = 2

  /// The client of this job; nil outside of HTCondor.
  package init?(environment: [String: String]) {
    guard let configuration = ChirpConfiguration(environment: environment) else { return nil }
    self.configuration = configuration
  }

  /// Sets attributes, whose names begin with `Chirp`. Blocks for some seconds at most.
  ///
  /// Throws ``ChirpError``: a job does not mind, its progress is just not seen.
  package func set(_ attributes: [(name: String, value: Int)]) throws(ChirpError) {
    let connection = try ChirpConnection(
      host: configuration.host, port: configuration.port, timeout: Self.timeout)
    try connection.ask(ChirpCommand.cookie(configuration.cookie), "the cookie")
    for attribute in attributes {
      try connection.ask(
        ChirpCommand.setJobAttributeDelayed(attribute.name, attribute.value), attribute.name)
    }
  }
}

/// Why the starter did not take an attribute: one line, without the cookie.
package struct ChirpError: Error, Sendable, Equatable, CustomStringConvertible {
  /// What went wrong.
  package var description: String
}

/// Lines of the Chirp protocol, as `condor_chirp` sends them (HTCondor manual, "Chirp"; chirp_protocol.h).
enum ChirpCommand {
  /// Names oneself.
  static func cookie(_ cookie: [UInt8]) -> [UInt8] { Array("cookie ".utf8) + cookie + [0x0A] }

  /// Changes an attribute of the job ad some time later, which any job may; its name has to begin with `Chirp`.
  static func setJobAttributeDelayed(_ name: String, _ value: Int) -> [UInt8] {
    Array("set_job_attr_delayed \(name) \(value)\n".utf8)
  }

  /// Whether an answer says that it was done: a number, negative for an error.
  static func isGood(_ answer: some Collection<UInt8>) -> Bool {
    let text = answer.prefix { $0 != 0x0D }
    guard let number = Int(String(decoding: text, as: UTF8.self)) else { return false }
    return number >= 0
  }
}

/// Where a job reaches the starter that runs it: the file that `_CONDOR_CHIRP_CONFIG` names.
///
/// Its one line holds a host, a port and a cookie. The cookie is a secret: whoever has it can change the job.
struct ChirpConfiguration: Sendable {
  let host: String
  let port: Int
  let cookie: [UInt8]

  /// The most bytes that are read of the file.
  private static let limit = 4096

  /// Nil for anything that is not three words with a port in the middle.
  init?(_ bytes: [UInt8]) {
    let fields = bytes.split { $0 <= 0x20 }
    guard fields.count == 3, let port = Int(String(decoding: fields[1], as: UTF8.self)),
      (1...65_535).contains(port)
    else { return nil }
    host = String(decoding: fields[0], as: UTF8.self)
    self.port = port
    cookie = Array(fields[2])
  }

  /// The one of this job; nil outside of HTCondor, and where it gives none.
  init?(environment: [String: String]) {
    guard let path = environment["_CONDOR_CHIRP_CONFIG"], !path.isEmpty,
      let bytes = try? FileSource.contents(of: path, limit: Self.limit)
    else { return nil }
    self.init(bytes)
  }
}

/// A connection to the starter: a line is sent, a line comes back.
final class ChirpConnection {
  private let socket: Int32
  /// More than this is no answer.
  private static let answerLimit = 256

  /// Connects to the first address of `host` that answers; each may take `timeout` seconds.
  init(host: String, port: Int, timeout: Int) throws(ChirpError) {
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
      if let socket = Self.connect(to: address, timeout: timeout) {
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
  private static func connect(to address: addrinfo, timeout: Int) -> Int32? {
    let socket = Glibc.socket(address.ai_family, address.ai_socktype | closeOnExec, address.ai_protocol)
    guard socket >= 0 else { return nil }
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
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
