import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A tiny XRootD server on loopback that does what a test tells it to: the answers that real servers give once in a
/// blue moon, and those that none should give.
public final class ScriptedXRootD: Sendable {
  /// One request.
  public struct Request: Sendable, Equatable {
    /// The request code; 0 for the handshake.
    public let code: Int
    /// The stream identifier.
    public let stream: UInt16
    /// The data.
    public let text: String
    /// The parameters between code and length.
    public let parameters: [UInt8]
  }

  /// What is done with one request.
  public enum Step: Sendable {
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
  public typealias Script = @Sendable (_ request: Request, _ all: [Request]) -> [Step]

  /// Where it listens.
  public var port: Int { acceptor.port }
  private let acceptor: Acceptor
  private let script: Script
  private let log = Mutex<[Request]>([])
  private let connections = Mutex<Set<Int32>>([])

  /// Starts a server.
  public init(_ script: @escaping Script) throws {
    acceptor = try Acceptor()
    self.script = script
    acceptor.start { [weak self] in self?.serve($0) }
  }

  /// Ends all connections. Those who serve them let go of the server then.
  public func stop() {
    for connection in connections.withLock({ $0 }) { shutdown(connection, Int32(SHUT_RDWR)) }
  }

  /// All requests so far.
  public var requests: [Request] { log.withLock { $0 } }

  /// `root://127.0.0.1:1094/`: what stands before an LFN.
  public var prefix: String { "root://127.0.0.1:\(port)/" }

  /// The names that requests of this code came for.
  public func paths(_ code: Int) -> [String] { requests.filter { $0.code == code }.map(\.text) }

  /// The answers to the setup of a connection; nil for any other request.
  /// - Parameters:
  ///   - flags: what `kXR_protocol` says: 1 for a data server, 2 for a redirector.
  ///   - offers: what `kXR_login` says of authentication, such as `&P=gsi,v:10400`.
  public static func setup(_ request: Request, flags: UInt32 = 1, offers: String = "") -> [Step]? {
    switch request.code {
    case 0: [.reply(0, number(0x511) + number(flags))]
    case 3006: [.reply(0, number(0x511) + number(flags))]
    case 3007:
      [.reply(0, [UInt8](repeating: 7, count: 16) + (offers.isEmpty ? [] : Array(offers.utf8) + [0]))]
    default: nil
    }
  }

  /// What `kXR_stat` says of a file.
  public static let file = Array("1234 1 48 1700000000\0".utf8)
  /// What `kXR_stat` says of a directory.
  public static let directory = Array("1234 1 51 1700000000\0".utf8)

  /// An error's data.
  public static func error(_ code: Int, _ text: String) -> [UInt8] {
    number(UInt32(code)) + Array(text.utf8) + [0]
  }

  /// A number in network byte order.
  public static func number(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  /// A whole answer.
  public static func frame(_ stream: UInt16, _ status: Int, _ body: [UInt8]) -> [UInt8] {
    [UInt8(stream >> 8), UInt8(stream & 255), UInt8(status >> 8), UInt8(status & 255)]
      + number(UInt32(body.count)) + body
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
      case .reply(let status, let body): Self.write(connection, Self.frame(request.stream, status, body))
      case .replyTo(let stream, let status, let body):
        Self.write(connection, Self.frame(stream, status, body))
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
