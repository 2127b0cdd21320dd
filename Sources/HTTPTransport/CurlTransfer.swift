import CLibCurl
import DeletionModel
import Networking
import Credentials

/// What is sent in one HTTP request, but for its fields.
package struct HTTPRequest: Sendable, Equatable {
  package var method: String
  package var origin: WebOrigin
  /// Path and parameters, encoded once.
  package var target: String
  /// What is sent in it; nil for nothing.
  package var body: String?
  /// The longest body that is taken of the answer, in bytes.
  package var limit: Int

  package init(method: String, origin: WebOrigin, target: String, body: String?, limit: Int) {
    self.method = method
    self.origin = origin
    self.target = target
    self.body = body
    self.limit = limit
  }
}

/// What reads the body of an answer while it comes in.
package protocol HTTPBodyReader: AnyObject {
  /// Takes the next bytes.
  /// - Returns: whether it can still be read.
  func feed(_ bytes: UnsafeRawBufferPointer) -> Bool
}

/// One easy handle of libcurl with everything that its callbacks write to. Only the thread of its event loop touches it.
package final class CurlTransfer {
  /// What stays the same for all requests.
  package struct Settings: Sendable {
    package var caDirectory: String
    package var connectLimit: Duration
    package var requestLimit: Duration
    package var userAgent: String

    package init(caDirectory: String, connectLimit: Duration, requestLimit: Duration, userAgent: String) {
      self.caDirectory = caDirectory
      self.connectLimit = connectLimit
      self.requestLimit = requestLimit
      self.userAgent = userAgent
    }
  }

  package let handle: UnsafeMutableRawPointer
  package private(set) var started = ContinuousClock.now
  /// Who is asked.
  package private(set) var origin: WebOrigin?

  private let record: CurlRecord
  private var method: String?
  private var sentBody: String?
  private var headers: CurlList?
  private var connectTo: CurlList?
  private var identity: ClientIdentity?
  /// The directory of the authorities that are trusted.
  package let authorities: String
  /// Whether it was given a connection of its own.
  package private(set) var isFresh = false

  package init?(_ settings: Settings, share: UnsafeMutableRawPointer?) {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    authorities = settings.caDirectory
    record = CurlRecord(handle)
    Self.set(settings, on: handle)
    if let share { swab_easy_set_pointer(handle, CURLOPT_SHARE, share) }
  }

  deinit { curl_easy_cleanup(handle) }

  /// What libcurl is told once, for all requests of a handle.
  package static func set(_ settings: Settings, on handle: UnsafeMutableRawPointer) {
    swab_easy_set_long(handle, CURLOPT_NOSIGNAL, 1)
    swab_easy_set_text(handle, CURLOPT_PROTOCOLS_STR, "http,https")
    // Redirects are looked at first, paths are sent as they are, and no proxy of the environment is used: on
    // worker nodes that is a cache for software.
    swab_easy_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
    swab_easy_set_long(handle, CURLOPT_PATH_AS_IS, 1)
    swab_easy_set_text(handle, CURLOPT_PROXY, "")
    swab_easy_set_text(handle, CURLOPT_NOPROXY, "*")
    // Measured on nginx: HTTP/2 over one connection makes half as many requests a second as HTTP/1.1 over ten.
    // XRootD and Apache's mod_dav speak 1.1 only.
    swab_easy_set_long(handle, CURLOPT_HTTP_VERSION, CLong(CURL_HTTP_VERSION_1_1))
    swab_easy_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    swab_easy_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    swab_easy_set_long(handle, CURLOPT_SSLVERSION, CLong(CURL_SSLVERSION_TLSv1_2))
    swab_easy_set_text(handle, CURLOPT_CAINFO, nil)
    swab_easy_set_text(handle, CURLOPT_CAPATH, settings.caDirectory)
    swab_easy_set_text(handle, CURLOPT_USERAGENT, settings.userAgent)
    swab_easy_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.connectLimit.inMilliseconds)
    swab_easy_set_long(handle, CURLOPT_TIMEOUT_MS, settings.requestLimit.inMilliseconds)
  }

  /// Makes it ready for a request.
  /// - Parameters:
  ///   - reader: what takes the body of the answer; nil where its beginning is kept.
  ///   - connectTo: the address to connect to, where libcurl must not choose one (`CURLOPT_CONNECT_TO`).
  ///   - isFresh: whether no connection that is there may be used.
  ///   - leaves: after which answers the connection is given up.
  package func prepare(
    _ request: HTTPRequest, reader: (any HTTPBodyReader)?, headers: CurlList, identity: ClientIdentity?,
    connectTo: CurlList?, isFresh: Bool, leaves: ConnectionHabits
  ) {
    record.reset(limit: request.limit, reader: reader, leaves: leaves)
    record.forgetError()
    if request.method != method || request.body != sentBody {
      (method, sentBody) = (request.method, request.body)
      if let body = request.body {
        swab_easy_set_text(handle, CURLOPT_COPYPOSTFIELDS, body)
      } else {
        swab_easy_set_long(handle, CURLOPT_HTTPGET, 1)
      }
      swab_easy_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
    }
    if headers !== self.headers {
      // Kept, as libcurl does not copy it; the same holds for the next one.
      self.headers = headers
      swab_easy_set_pointer(handle, CURLOPT_HTTPHEADER, headers.first)
    }
    if connectTo !== self.connectTo {
      self.connectTo = connectTo
      swab_easy_set_pointer(handle, CURLOPT_CONNECT_TO, connectTo?.first)
    }
    if identity != self.identity {
      self.identity = identity
      swab_easy_set_text(handle, CURLOPT_SSLCERT, identity?.certificate)
      swab_easy_set_text(handle, CURLOPT_SSLKEY, identity?.key)
    }
    if isFresh != self.isFresh {
      self.isFresh = isFresh
      swab_easy_set_long(handle, CURLOPT_FRESH_CONNECT, isFresh ? 1 : 0)
    }
    // The part that is another one each time is not in the URL, which libcurl takes apart and puts together again.
    if request.origin != origin {
      origin = request.origin
      swab_easy_set_text(handle, CURLOPT_URL, request.origin.text + "/")
    }
    swab_easy_set_text(handle, CURLOPT_REQUEST_TARGET, request.target)
    started = .now
  }

  /// Sends the request and waits for the answer, in the thread of the caller. **Blocks.**
  /// - Parameter check: asked about once a second; what it throws ends the transfer.
  func perform(check: @escaping () throws -> Void) -> CURLcode { record.perform(check: check) }

  /// Lets go of what the last request was for.
  package func rest() { record.rest() }

  /// Whether any of the request may have been sent.
  package var wasSent: Bool { record.wasSent }
  /// Whether the body was longer than was wanted.
  package var isTooLong: Bool { record.isTooLong }
  /// What has read the body; nil where its beginning is kept.
  package var reader: (any HTTPBodyReader)? { record.reader }
  /// The beginning of the body.
  package var body: [UInt8] { record.body }
  /// libcurl's own words about an error.
  package var errorMessage: String { record.errorMessage }
  /// Whether any line of an answer has come.
  package var hasAnswer: Bool { record.status > 0 }

  /// Whether it went out on a connection that had been used before.
  package var wasReused: Bool {
    var connects: CLong = 1
    swab_easy_get_long(handle, CURLINFO_NUM_CONNECTS, &connects)
    return connects == 0
  }

  /// Whether the request was lost with a connection that had been used before, so that it may go out once more: the server
  /// may have closed the connection before it saw the request (RFC 9112 section 9.3.1).
  /// - Parameter result: how it ended.
  package func isLost(_ result: CURLcode) -> Bool {
    result == CURLE_ABORTED_BY_CALLBACK
      || result != CURLE_OK && !hasAnswer && wasReused && CurlErrors.isBrokenConnection(result)
  }

  /// How long the server asks us to wait.
  /// - Parameter now: seconds since 1970, for a server without a `Date`.
  package func retryAfter(now: @autoclosure () -> Int64) -> Duration? {
    field("Retry-After").flatMap { RetryAfter.duration($0, date: field("Date"), now: now()) }
  }

  /// The status; 0 without an answer.
  package var status: Int { record.answerStatus }

  /// The first value of a field of the answer.
  package func field(_ name: String) -> String? { record.field(name) }
}

/// After which answers a server closes the connection although it has not said so.
package struct ConnectionHabits: Equatable {
  package var closesAfterRedirects = false
  package var closesAfterErrors = false

  package init(closesAfterRedirects: Bool = false, closesAfterErrors: Bool = false) {
    self.closesAfterRedirects = closesAfterRedirects
    self.closesAfterErrors = closesAfterErrors
  }
}

/// What is written down during one transfer. Only the thread of its event loop touches it.
private final class CurlRecord: CurlReceiver {
  private(set) var body: [UInt8] = []
  private(set) var wasSent = false
  private(set) var isTooLong = false
  /// Of the answer that comes; 0 before its first line.
  private(set) var status = 0
  /// What takes the body; nil where its beginning is kept.
  private(set) var reader: (any HTTPBodyReader)?
  private var received = 0
  private var limit = 0
  private var leaves = ConnectionHabits()
  private var announcesBody = false
  private var isGivenUp = false

  override init(_ handle: UnsafeMutableRawPointer) {
    super.init(handle)
    let record = Unmanaged.passUnretained(self).toOpaque()
    swab_easy_set_pointer(handle, CURLOPT_HEADERDATA, record)
    swab_easy_set_header(handle) { bytes, size, count, pointer in
      guard let pointer, let bytes else { return 0 }
      let record = Unmanaged<CurlRecord>.fromOpaque(pointer).takeUnretainedValue()
      record.takeHeader(UnsafeRawBufferPointer(start: bytes, count: size * count))
      return size * count
    }
    swab_easy_set_pointer(handle, CURLOPT_PREREQDATA, record)
    swab_easy_set_before_request(handle) { pointer, _, _, _, _ in
      guard let pointer else { return CURL_PREREQFUNC_ABORT }
      let record = Unmanaged<CurlRecord>.fromOpaque(pointer).takeUnretainedValue()
      return record.mayBeSent() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
  }

  /// Called before the request is sent, each time.
  ///
  /// libcurl sends a request again by itself when a connection that it kept breaks before the answer. But the
  /// server may have carried it out, and the second answer would be "not found" of a file that we deleted. So a
  /// second sending is refused unless nothing went out the first time, and it is for the event loop to send it again,
  /// knowing that.
  private func mayBeSent() -> Bool {
    defer { wasSent = true }
    if !wasSent { return true }
    var bytes: CLong = 0
    swab_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
    return bytes == 0
  }

  func reset(limit: Int, reader: (any HTTPBodyReader)?, leaves: ConnectionHabits) {
    body.removeAll(keepingCapacity: true)
    wasSent = false
    isTooLong = false
    status = 0
    received = 0
    announcesBody = false
    self.limit = limit
    self.reader = reader
    self.leaves = leaves
    if isGivenUp {
      isGivenUp = false
      swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 0)
    }
  }

  func rest() { reader = nil }

  /// A line of the answer's head, with its line break.
  private func takeHeader(_ line: UnsafeRawBufferPointer) {
    if line.starts(with: "HTTP/".utf8) {
      let digits = line.drop { $0 != 0x20 }.dropFirst().prefix(3)
      let isNumber = digits.allSatisfy(\.isDigit)
      status = isNumber ? digits.reduce(0) { $0 * 10 + Int($1 - 0x30) } : 0
      announcesBody = false
    } else if line.first == 0x0d || line.first == 0x0a {
      if leavesConnection { giveUpConnection() }
    } else if status == 204 || status == 304 {
      // By bytes: texts would cost a tenth of all that is done for an answer.
      if Self.isField(line, "transfer-encoding:") { announcesBody = true }
      if Self.isField(line, "content-length:"), line.contains(where: { (0x31...0x39).contains($0) }) {
        announcesBody = true
      }
    }
  }

  /// Whether a line begins with a name in lower case, whatever its own case is.
  private static func isField(_ line: UnsafeRawBufferPointer, _ name: StaticString) -> Bool {
    name.withUTF8Buffer { name in
      guard line.count >= name.count else { return false }
      return name.indices.allSatisfy { line[$0] == name[$0] || line[$0] | 0x20 == name[$0] }
    }
  }

  /// A 204 has no body (RFC 9112 section 6.3). A server that announces one will send it, and it would be read as the
  /// answer to the next request. The other two are servers that close behind an answer without having said so.
  private var leavesConnection: Bool {
    announcesBody || leaves.closesAfterRedirects && (300...399).contains(status)
      || leaves.closesAfterErrors && status >= 400
  }

  /// This option counts when a transfer ends.
  private func giveUpConnection() {
    isGivenUp = true
    swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 1)
  }

  override func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    received += bytes.count
    if let reader {
      // What it cannot read is let run out, for the connection's sake.
      _ = reader.feed(bytes)
    }
    if body.count < HTTPErrorPage.limit || reader == nil, body.count < limit {
      body.append(contentsOf: bytes.prefix(limit - body.count))
    }
    // An error page is cut; only what is far longer than that ends the connection.
    if received > max(limit, 1 << 20) { isTooLong = true }
    return !isTooLong
  }
}

/// Owns a list of texts as libcurl takes it. It may have a token in it, so it is never printed.
package final class CurlList {
  /// What a handle is given.
  package let first: UnsafeMutablePointer<curl_slist>?

  /// Makes a list of whole lines, as `Depth: 0`.
  package init(_ lines: [String]) {
    var list: UnsafeMutablePointer<curl_slist>?
    for line in lines { list = curl_slist_append(list, line) ?? list }
    first = list
  }

  deinit { curl_slist_free_all(first) }
}

extension Duration {
  /// For libcurl: at least one, as 0 means no limit.
  fileprivate var inMilliseconds: CLong {
    CLong(max(1, min(inSeconds * 1000, 86_400_000)))
  }
}
