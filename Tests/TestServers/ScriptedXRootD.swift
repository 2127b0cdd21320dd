import Synchronization
import Glibc
import TestSupport

/// A tiny XRootD server on loopback that does what a test tells it to: the answers that real servers give once in a
/// blue moon, and those that none should give.
package final class ScriptedXRootD: Sendable {
  /// One request.
  package struct Request: Sendable, Equatable {
    /// The request code; 0 for the handshake.
    package let code: Int
    /// The stream identifier.
    package let stream: UInt16
    /// The data.
    package let text: String
    /// The parameters between code and length.
    package let parameters: [UInt8]
  }

  /// What is done with one request.
  package enum Step: Sendable {
    /// These bytes are sent as they are.
    case bytes([UInt8])
    /// An answer to the request: status and data.
    case reply(Int, [UInt8])
    /// An answer to another request.
    case replyTo(UInt16, Int, [UInt8])
    /// Nothing happens for so long.
    case pause(milliseconds: UInt32)
    /// The connection is closed.
    case close
    /// The connection is reset.
    case reset
  }

  /// Says what is done with a request, given all requests so far, on all connections, this one included.
  package typealias Script = @Sendable (_ request: Request, _ all: [Request]) -> [Step]

  /// Where it listens.
  package var port: Int { acceptor.port }
  private let acceptor: Acceptor
  private let script: Script
  private let log = Mutex<[Request]>([])
  private let connections = Mutex<Set<Int32>>([])

  /// Starts a server.
  package init(_ script: @escaping Script) throws {
    acceptor = try Acceptor()
    self.script = script
    try acceptor.start { [weak self] in self?.serve($0) }
  }

  /// Ends all connections. Those who serve them let go of the server then.
  package func stop() {
    for connection in connections.withLock({ $0 }) { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  /// All requests so far.
  package var requests: [Request] { log.withLock { $0 } }

  /// `root://127.0.0.1:1094/`: what stands before an LFN.
  package var prefix: String { "root://127.0.0.1:\(port)/" }

  /// The names that requests of this code came for.
  package func paths(_ code: Int) -> [String] { requests.filter { $0.code == code }.map(\.text) }

  /// The answers to the setup of a connection; nil for any other request.
  /// - Parameters:
  ///   - flags: what `kXR_protocol` says: 1 for a data server, 2 for a redirector.
  ///   - offers: what `kXR_login` says of authentication, such as `&P=gsi,v:10400`.
  package static func setup(_ request: Request, flags: UInt32 = 1, offers: String = "") -> [Step]? {
    switch request.code {
    case 0: [.reply(0, XRootDFrames.number(0x511) + XRootDFrames.number(flags))]
    case 3006: [.reply(0, XRootDFrames.number(0x511) + XRootDFrames.number(flags))]
    case 3007:
      [.reply(0, [UInt8](repeating: 7, count: 16) + (offers.isEmpty ? [] : Array(offers.utf8) + [0]))]
    default: nil
    }
  }

  private func serve(_ connection: Int32) {
    _ = connections.withLock { $0.insert(connection) }
    defer { _ = connections.withLock { $0.remove(connection) } }
    guard Self.read(connection, 20) != nil else { return }
    guard handle(Request(code: 0, stream: 0, text: "", parameters: []), connection) else { return }
    while let head = Self.read(connection, 24) {
      let length = head[20...].reduce(0) { $0 << 8 | Int($1) }
      guard length < 1 << 20, let body = length == 0 ? [] : Self.read(connection, length) else { return }
      let request = Request(
        code: Int(head[2]) << 8 | Int(head[3]), stream: UInt16(head[0]) << 8 | UInt16(head[1]),
        text: String(decoding: body, as: UTF8.self), parameters: Array(head[4..<20]))
      guard handle(request, connection) else { return }
    }
  }

  private func handle(_ request: Request, _ connection: Int32) -> Bool {
    let all = log.withLock { log in
      log.append(request)
      return log
    }
    for step in script(request, all) {
      switch step {
      case .bytes(let bytes): Self.write(connection, bytes)
      case .reply(let status, let body):
        Self.write(connection, XRootDFrames.frame(request.stream, status, body))
      case .replyTo(let stream, let status, let body):
        Self.write(connection, XRootDFrames.frame(stream, status, body))
      case .pause(let milliseconds): usleep(milliseconds * 1000)
      case .close: return false
      case .reset:
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        return false
      }
    }
    return true
  }

  private static func read(_ connection: Int32, _ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var done = 0
    while done < count {
      let got = bytes.withUnsafeMutableBytes {
        recv(connection, $0.baseAddress.map { $0 + done }, count - done, 0)
      }
      guard got > 0 else { return nil }
      done += got
    }
    return bytes
  }

  private static func write(_ connection: Int32, _ bytes: [UInt8]) {
    _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }
}
