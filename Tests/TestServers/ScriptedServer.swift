import Synchronization
import Glibc
import TestSupport

/// An HTTP server on loopback that says what a test wants it to say.
package final class ScriptedServer: Sendable {
  /// A request as it came.
  package struct Request: Sendable {
    /// `DELETE`.
    package let method: String
    /// As sent, encoded.
    package let path: String
    /// By name in lower case.
    package let fields: [String: String]
    /// How many came before it.
    package let number: Int
    /// What was sent in it; empty where it is looked at later.
    package fileprivate(set) var body: [UInt8] = []
  }

  /// What is sent back.
  package struct Reply: Sendable {
    var text: String
    var closes = false
    var pause: Duration = .zero
    /// Nothing is sent, and the connection ends.
    fileprivate var isSwallowed = false

    /// No answer, although the request was carried out.
    package static var swallowed: Reply {
      var reply = Reply(raw: "")
      reply.isSwallowed = true
      return reply
    }

    /// A whole answer.
    package init(
      _ status: Int, _ fields: [String] = [], body: String = "", length: Int? = nil, closes: Bool = false,
      pause: Duration = .zero
    ) {
      let lines = ["HTTP/1.1 \(status) X", "Content-Length: \(length ?? body.utf8.count)"] + fields
      text = lines.joined(separator: "\r\n") + "\r\n\r\n" + body
      self.closes = closes
      self.pause = pause
    }

    /// Exactly these bytes, and the end unless it is said otherwise.
    package init(raw: String, closes: Bool = true, pause: Duration = .zero) {
      text = raw
      self.closes = closes
      self.pause = pause
    }

    /// A 207 (RFC 4918 section 9.1) in which the members are as they are given: those with a slash at their end
    /// directories, the others files.
    package static func multistatus(_ paths: [String]) -> Reply {
      let members = paths.map { path in
        let type = path.hasSuffix("/") ? "<D:collection/>" : ""
        return
          "<D:response><D:href>\(path)</D:href><D:propstat><D:prop><D:resourcetype>\(type)</D:resourcetype></D:prop>"
          + "<D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
      }
      return Reply(207, body: "<D:multistatus xmlns:D=\"DAV:\">\(members.joined())</D:multistatus>")
    }

    /// What a server says to PROPFIND that has every name as a file, and in every directory `f0` to `f999`; nil for
    /// another request.
    package static func stat(_ request: Request) -> Reply? {
      guard request.method == "PROPFIND" else { return nil }
      let path = String(request.path.prefix { $0 != "?" })
      if request.fields["depth"] == "0" { return multistatus([path]) }
      return multistatus([path] + (0..<1000).map { "\(path)f\($0)" })
    }
  }

  /// Where it listens.
  package var port: Int { acceptor.port }
  private let acceptor: Acceptor
  private let requests = Mutex<[Request]>([])
  private let script: @Sendable (Request) -> Reply

  /// Starts one. Each request is answered by the script.
  package init(_ script: @escaping @Sendable (Request) -> Reply) throws {
    acceptor = try Acceptor()
    self.script = script
    try acceptor.start { [weak self] in self?.serve($0) }
  }

  /// What came so far.
  package var received: [Request] { requests.withLock { $0 } }

  /// What came so far of one method.
  package func received(_ method: String) -> [Request] { received.filter { $0.method == method } }

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
      var request = note(head)
      let body = Int(request.fields["content-length"] ?? "") ?? 0
      while body > bytes.count {
        let count = read(connection, &buffer, buffer.count)
        if count <= 0 { return }
        bytes += buffer[..<count]
      }
      request.body = Array(bytes.prefix(body))
      bytes.removeFirst(body)
      let reply = script(request)
      if reply.isSwallowed { return }
      if reply.pause > .zero { usleep(useconds_t(reply.pause / .microseconds(1))) }
      let out = Array(reply.text.utf8)
      if send(connection, out, out.count, Int32(MSG_NOSIGNAL)) != out.count || reply.closes { return }
    }
  }

  private func note(_ head: String) -> Request {
    let lines = head.split(separator: "\r\n").map(String.init)
    let arguments = (lines.first ?? "").split(separator: " ").map(String.init)
    var fields: [String: String] = [:]
    for line in lines.dropFirst() {
      let parts = line.split(separator: ":", maxSplits: 1)
      if parts.count == 2 {
        fields[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
      }
    }
    return requests.withLock { requests in
      let request = Request(
        method: arguments.first ?? "", path: arguments.count > 1 ? arguments[1] : "", fields: fields,
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
