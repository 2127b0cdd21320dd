import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// An HTTP server on loopback that says what a test wants it to say.
public final class ScriptedServer: Sendable {
  /// A request as it came.
  public struct Request: Sendable {
    /// `DELETE`.
    public let method: String
    /// As sent, encoded.
    public let path: String
    /// By name in lower case.
    public let fields: [String: String]
    /// How many came before it.
    public let number: Int
  }

  /// What is sent back.
  public struct Reply: Sendable {
    var text: String
    var closes = false
    var pause: Duration = .zero

    /// A whole answer.
    public init(
      _ status: Int, _ fields: [String] = [], body: String = "", length: Int? = nil, closes: Bool = false,
      pause: Duration = .zero
    ) {
      let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(length ?? body.utf8.count)"] + fields
      text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
      self.closes = closes
      self.pause = pause
    }

    /// Exactly these bytes, and the end.
    public init(raw: String) {
      text = raw
      closes = true
    }

    /// What nginx says of its WebDAV to OPTIONS.
    public static let nginx = Reply(
      200,
      ["Server: nginx/1.22.1", "DAV: 1", "Allow: GET,HEAD,PUT,DELETE,MKCOL,COPY,MOVE,PROPFIND,OPTIONS"])
  }

  /// Where it listens.
  public var port: Int { acceptor.port }
  private let acceptor: Acceptor
  private let requests = Mutex<[Request]>([])
  private let script: @Sendable (Request) -> Reply

  /// Starts one. Each request is answered by the script, and OPTIONS by ``Reply/nginx`` where it says nothing else.
  public init(_ script: @escaping @Sendable (Request) -> Reply) throws {
    acceptor = try Acceptor()
    self.script = script
    acceptor.start { [weak self] in self?.serve($0) }
  }

  /// What came so far.
  public var received: [Request] { requests.withLock { $0 } }

  /// What came so far of one method.
  public func received(_ method: String) -> [Request] { received.filter { $0.method == method } }

  private func serve(_ connection: Int32) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    while true {
      guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else {
        let count = read(connection, &buffer, buffer.count)
        if count <= 0 { return }
        bytes += buffer[..<count]
        continue
      }
      let head = String(decoding: bytes[..<end.lowerBound], as: UTF8.self)
      bytes.removeSubrange(..<end.upperBound)
      let request = note(head)
      let body = Int(request.fields["content-length"] ?? "") ?? 0
      while body > bytes.count {
        let count = read(connection, &buffer, buffer.count)
        if count <= 0 { return }
        bytes += buffer[..<count]
      }
      bytes.removeFirst(body)
      let reply = script(request)
      if reply.pause > .zero { usleep(useconds_t(reply.pause / .microseconds(1))) }
      let out = Array(reply.text.utf8)
      if send(connection, out, out.count, Int32(MSG_NOSIGNAL)) != out.count || reply.closes { return }
    }
  }

  private func note(_ head: String) -> Request {
    let lines = head.split(separator: "\r\n").map(String.init)
    let words = (lines.first ?? "").split(separator: " ").map(String.init)
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 {
        fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
      }
    }
    return requests.withLock { requests in
      let request = Request(
        method: words.first ?? "", path: words.count > 1 ? words[1] : "", fields: fields,
        number: requests.count)
      requests.append(request)
      return request
    }
  }
}

extension [UInt8] {
  fileprivate func firstRange(of needle: [UInt8]) -> Range<Int>? {
    guard count >= needle.count else { return nil }
    for start in 0...(count - needle.count) where self[start..<start + needle.count].elementsEqual(needle) {
      return start..<start + needle.count
    }
    return nil
  }
}
