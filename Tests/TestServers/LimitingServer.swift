import FoundationEssentials
import Synchronization
import Glibc
import TestSupport

/// A WebDAV server on loopback that limits its clients as real doors do, over a tree in memory, and keeps account of what
/// it allowed and refused.
package final class LimitingServer: Sendable {
  /// What is limited.
  package enum Limit: Sendable {
    case none
    /// Requests a second, from a bucket of so many. A refusal takes nothing, as with dCache (`tryAcquire`) and nginx.
    case rate(Double, burst: Double)
    /// Requests in flight.
    case inFlight(Int)
    /// Requests in each second of the clock.
    case calendar(Int)
    /// 429 for everything for some seconds, after three answers 401 within 20 s (dCache's `RateLimitedHandlerList`).
    case afterUnauthorized(seconds: Double)
  }

  /// What it saw.
  package struct Account: Sendable {
    /// Requests that were allowed, and when, in seconds since the start.
    package var accepted: [Double] = []
    /// Requests that were refused, and when.
    package var refused: [Double] = []
    /// When somebody was told 401.
    package var unauthorized: [Double] = []
    /// Seconds that allowed requests were in flight, together.
    package var busy = 0.0
    /// When requests for something in a directory were allowed, by that directory.
    package var acceptedIn: [String: [Double]] = [:]

    /// The share of all requests that was refused.
    package var refusedShare: Double {
      Double(refused.count) / Double(max(1, refused.count + accepted.count))
    }

    /// Allowed requests a second between two moments.
    package func rate(from: Double, to: Double) -> Double {
      Double(accepted.count { $0 >= from && $0 < to }) / max(0.1, to - from)
    }
  }

  private struct State {
    var files: Set<String>
    var account = Account()
    var tokens = 0.0
    var filled = 0.0
    var inFlight = 0
    var second = -1
    var inSecond = 0
    var blockedUntil = 0.0
  }

  /// Where it listens.
  package var port: Int { acceptor.port }
  /// `http://127.0.0.1:8080`: what stands before an LFN.
  package var prefix: String { "http://127.0.0.1:\(port)" }

  private let acceptor: Acceptor
  private let limit: Limit
  private let latency: Duration
  private let retryAfter: ClosedRange<Int>?
  private let token: String?
  private let start = ContinuousClock.now
  private let state: Mutex<State>

  /// Starts one.
  ///
  /// - Parameters:
  ///   - files: absolute paths.
  ///   - latency: how long an allowed request takes, without what the machine adds.
  ///   - retryAfter: what a refusal names, in seconds; nil for a refusal without the field.
  ///   - token: the bearer token that is wanted; nil for a door that is open.
  package init(
    _ limit: Limit, files: [String], latency: Duration = .zero, retryAfter: ClosedRange<Int>? = nil,
    token: String? = nil
  ) throws {
    acceptor = try Acceptor()
    (self.limit, self.latency, self.retryAfter, self.token) = (limit, latency, retryAfter, token)
    state = Mutex(State(files: Set(files)))
    if case .rate(_, let burst) = limit { state.withLock { $0.tokens = burst } }
    try acceptor.start { [weak self] in self?.serve($0) }
  }

  /// What it saw so far.
  package var account: Account { state.withLock { $0.account } }
  /// What is still there.
  package var files: Set<String> { state.withLock { $0.files } }

  // MARK: The wire

  private func serve(_ connection: Int32) {
    var one: Int32 = 1
    setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, socklen_t(MemoryLayout<Int32>.size))
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 8192)
    func fill() -> Bool {
      let count = read(connection, &buffer, buffer.count)
      if count > 0 { bytes += buffer[..<count] }
      return count > 0
    }
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      guard let end = text.firstRange(of: "\r\n\r\n") else {
        if fill() { continue } else { return }
      }
      let head = text[..<end.lowerBound]
      bytes.removeFirst(text[..<end.upperBound].utf8.count)
      let lines = head.split(separator: "\r\n").map(String.init)
      func field(_ name: String) -> String? {
        lines.first { $0.lowercased().hasPrefix(name + ":") }.map { line in
          String(line.dropFirst(name.count + 1).drop { $0 == " " })
        }
      }
      let length = Int(field("content-length") ?? "") ?? 0
      while bytes.count < length { if !fill() { return } }
      bytes.removeFirst(length)
      let arguments = (lines.first ?? "").split(separator: " ").map(String.init)
      guard arguments.count == 3 else { return }
      let reply = Array(
        answer(arguments[0], arguments[1], depth: field("depth"), authorization: field("authorization")).utf8)
      if send(connection, reply, reply.count, Int32(MSG_NOSIGNAL)) != reply.count { return }
    }
  }

  private static func reply(_ status: Int, _ fields: [String] = [], _ body: String = "") -> String {
    (["HTTP/1.1 \(status) X", "Content-Length: \(body.utf8.count)"] + fields).joined(separator: "\r\n")
      + "\r\n\r\n" + body
  }

  private func answer(_ method: String, _ path: String, depth: String?, authorization: String?) -> String {
    let arrival = (ContinuousClock.now - start) / .seconds(1)
    let verdict = state.withLock {
      Self.judge(limit, token.map { authorization == "Bearer \($0)" } ?? true, arrival, &$0)
    }
    switch verdict {
    case .refused:
      return Self.reply(429, retryAfter.map { ["Retry-After: \(Int.random(in: $0))"] } ?? [])
    case .unauthorized: return Self.reply(401, ["WWW-Authenticate: Bearer"])
    case .accepted: break
    }
    if latency > .zero { usleep(useconds_t(latency / .microseconds(1))) }
    return state.withLock { state in
      state.inFlight -= 1
      state.account.busy += (ContinuousClock.now - start) / .seconds(1) - arrival
      let directory = path.lastIndex(of: "/").map { String(path[..<$0]) } ?? ""
      state.account.acceptedIn[directory, default: []].append(arrival)
      switch method {
      case "DELETE": return Self.reply(state.files.remove(path) == nil ? 404 : 204)
      case "PROPFIND": return Self.properties(of: path, depth: depth, in: state.files)
      case "OPTIONS": return Self.reply(200, ["DAV: 1", "Allow: OPTIONS, PROPFIND, DELETE"])
      default: return Self.reply(405)
      }
    }
  }

  private static func properties(of path: String, depth: String?, in files: Set<String>) -> String {
    let directory = path.hasSuffix("/") ? path : path + "/"
    func response(_ href: String, isDirectory: Bool) -> String {
      "<D:response><D:href>\(href)</D:href><D:propstat><D:prop>"
        + (isDirectory ? "<D:resourcetype><D:collection/></D:resourcetype>" : "<D:resourcetype/>")
        + "</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"
    }
    var responses: [String] = []
    if files.contains(path) {
      responses = [response(path, isDirectory: false)]
    } else {
      let members = files.filter { $0.hasPrefix(directory) }
      guard !members.isEmpty else { return reply(404) }
      responses = [response(directory, isDirectory: true)]
      if depth == "1" {
        responses += members.filter { !$0.dropFirst(directory.count).contains("/") }.map {
          response($0, isDirectory: false)
        }
      }
    }
    let body =
      #"<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:">"# + responses.joined()
      + "</D:multistatus>"
    return reply(207, ["Content-Type: application/xml"], body)
  }

  // MARK: The limit

  private enum Verdict { case accepted, refused, unauthorized }

  private static func judge(_ limit: Limit, _ isAuthorized: Bool, _ now: Double, _ state: inout State)
    -> Verdict
  {
    guard allows(limit, now, &state) else {
      state.account.refused.append(now)
      return .refused
    }
    guard isAuthorized else {
      state.account.unauthorized.append(now)
      if case .afterUnauthorized(let seconds) = limit,
        state.account.unauthorized.count(where: { $0 > now - 20 }) >= 3
      {
        state.blockedUntil = now + seconds
      }
      return .unauthorized
    }
    state.account.accepted.append(now)
    state.inFlight += 1
    return .accepted
  }

  private static func allows(_ limit: Limit, _ now: Double, _ state: inout State) -> Bool {
    switch limit {
    case .none: return true
    case .rate(let rate, let burst):
      state.tokens = min(burst, state.tokens + (now - state.filled) * rate)
      state.filled = now
      guard state.tokens >= 1 else { return false }
      state.tokens -= 1
      return true
    case .inFlight(let most): return state.inFlight < most
    case .calendar(let most):
      if Int(now) != state.second { (state.second, state.inSecond) = (Int(now), 0) }
      state.inSecond += 1
      return state.inSecond <= most
    case .afterUnauthorized: return now >= state.blockedUntil
    }
  }
}
