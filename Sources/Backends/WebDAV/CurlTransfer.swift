import CLibCurl
import Deletion

/// One easy handle of libcurl with everything that its callbacks write to. Only the thread of its door touches it.
final class CurlTransfer {
  /// What stays the same for all requests.
  struct Settings: Sendable {
    var caFolder: String
    var connectLimit: Duration
    var requestLimit: Duration
    var userAgent: String
  }

  /// What is asked of the server.
  enum Method: Equatable {
    case delete, options, propfind

    var word: String {
      switch self {
      case .delete: "DELETE"
      case .options: "OPTIONS"
      case .propfind: "PROPFIND"
      }
    }
  }

  let handle: UnsafeMutableRawPointer
  /// What it is for; nil while it is idle.
  var work: WebDAVWork?
  /// What reads its answer; nil where the beginning of the body is kept.
  var reader: MultistatusReader?
  /// What the server was shown.
  var credential: EndpointCredential = .none
  private(set) var started = ContinuousClock.now

  private let record: Record
  private let errorText: UnsafeMutablePointer<CChar>
  private var method: Method?
  private var headers: HeaderList?
  private var url: String?
  private var hasTarget = false
  private var certificate: String?
  private var key: String?

  /// Nothing else than what a directory is: servers may compute other properties at some cost.
  private static var question: String {
    #"<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>"#
  }

  init?(_ settings: Settings, share: UnsafeMutableRawPointer?) {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    record = Record(handle)
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    let record = Unmanaged.passUnretained(self.record).toOpaque()
    swab_easy_set_pointer(handle, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
    swab_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    swab_easy_set_pointer(handle, CURLOPT_WRITEDATA, record)
    swab_easy_set_write(handle) { bytes, size, count, pointer in
      guard let pointer, let bytes else { return 0 }
      let record = Unmanaged<Record>.fromOpaque(pointer).takeUnretainedValue()
      return record.take(UnsafeBufferPointer(start: bytes, count: size * count)) ? size * count : 0
    }
    swab_easy_set_pointer(handle, CURLOPT_PREREQDATA, record)
    swab_easy_set_before_request(handle) { pointer, _, _, _, _ in
      guard let pointer else { return CURL_PREREQFUNC_ABORT }
      let record = Unmanaged<Record>.fromOpaque(pointer).takeUnretainedValue()
      return record.mayBeSent() ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
    }
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
    swab_easy_set_text(handle, CURLOPT_CAPATH, settings.caFolder)
    swab_easy_set_text(handle, CURLOPT_USERAGENT, settings.userAgent)
    swab_easy_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, settings.connectLimit.inMilliseconds)
    swab_easy_set_long(handle, CURLOPT_TIMEOUT_MS, settings.requestLimit.inMilliseconds)
    if let share { swab_easy_set_pointer(handle, CURLOPT_SHARE, share) }
  }

  deinit {
    curl_easy_cleanup(handle)
    errorText.deallocate()
  }

  /// Makes it ready for a request.
  /// - Parameters:
  ///   - target: what the server is asked for, where that is not in the URL: the part that is another one each
  ///     time. libcurl takes a URL apart, and puts it together again, for every request.
  ///   - identity: the files of certificate and key, or nothing.
  ///   - limit: the longest body that is taken.
  ///   - reader: what takes the body as it comes; without one its beginning is kept.
  func prepare(
    _ method: Method, url: String, target: String? = nil, headers: HeaderList,
    identity: (certificate: String, key: String)?,
    limit: Int, reader: MultistatusReader? = nil
  ) {
    if record.leavesConnection { swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 0) }
    record.reset(limit: limit, reader: reader)
    errorText[0] = 0
    if method != self.method {
      self.method = method
      if method == .propfind {
        swab_easy_set_text(handle, CURLOPT_COPYPOSTFIELDS, Self.question)
      } else {
        swab_easy_set_long(handle, CURLOPT_HTTPGET, 1)
      }
      swab_easy_set_text(handle, CURLOPT_CUSTOMREQUEST, method.word)
    }
    if headers !== self.headers {
      self.headers = headers
      swab_easy_set_pointer(handle, CURLOPT_HTTPHEADER, headers.first)
    }
    if identity?.certificate != certificate || identity?.key != key {
      certificate = identity?.certificate
      key = identity?.key
      swab_easy_set_text(handle, CURLOPT_SSLCERT, certificate)
      swab_easy_set_text(handle, CURLOPT_SSLKEY, key)
    }
    if url != self.url {
      self.url = url
      swab_easy_set_text(handle, CURLOPT_URL, url)
    }
    if target != nil || hasTarget { swab_easy_set_text(handle, CURLOPT_REQUEST_TARGET, target) }
    hasTarget = target != nil
    started = .now
  }

  /// Whether any of the request may have been sent.
  var wasSent: Bool { record.wasSent }
  /// Whether the body was longer than was wanted.
  var isTooLong: Bool { record.isTooLong }
  /// The beginning of the body.
  var body: [UInt8] { record.body }
  /// libcurl's own words about an error.
  var words: String { String(cString: errorText) }

  /// The status; 0 without an answer.
  var status: Int {
    var code: CLong = 0
    swab_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &code)
    return code
  }

  /// The values of a field of the answer.
  func fields(_ name: String) -> [String] {
    var values: [String] = []
    var field: UnsafeMutablePointer<curl_header>?
    while values.count < 32,
      curl_easy_header(handle, name, values.count, UInt32(CURLH_HEADER), -1, &field) == CURLHE_OK,
      let value = field?.pointee.value
    {
      values.append(String(cString: value))
    }
    return values
  }
}

/// What the callbacks of one transfer write to.
private final class Record {
  var body: [UInt8] = []
  private(set) var wasSent = false
  var isTooLong = false
  /// Whether its connection is given up when it ends.
  private(set) var leavesConnection = false
  private let handle: UnsafeMutableRawPointer
  private var received = 0
  private var limit = 0
  private var reader: MultistatusReader?

  init(_ handle: UnsafeMutableRawPointer) { self.handle = handle }

  /// Called before the request is sent, each time.
  ///
  /// libcurl sends a request again by itself when a connection that it kept breaks before the answer. But the
  /// server may have carried it out, and the second answer would be "not found" of a file that we deleted. So a
  /// second sending is refused unless nothing went out the first time, and it is for the caller to try again,
  /// knowing that.
  func mayBeSent() -> Bool {
    defer { wasSent = true }
    if !wasSent { return true }
    var bytes: CLong = 0
    swab_easy_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
    return bytes == 0
  }

  /// XRootD (5.5.3 seen) says `Keep-Alive` with every error and closes the connection right behind it. The next
  /// request on it would be lost, so it is given up here; this option counts when a transfer ends.
  private func leaveConnectionOfXRootD() {
    var status: CLong = 0
    swab_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
    guard status >= 400 else { return }
    var field: UnsafeMutablePointer<curl_header>?
    if curl_easy_header(handle, "Server", 0, UInt32(CURLH_HEADER), -1, &field) == CURLHE_OK,
      let value = field?.pointee.value, !String(cString: value).lowercased().hasPrefix("xrootd")
    {
      return
    }
    leavesConnection = true
    swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 1)
  }

  func reset(limit: Int, reader: MultistatusReader?) {
    body.removeAll(keepingCapacity: true)
    wasSent = false
    isTooLong = false
    leavesConnection = false
    received = 0
    self.limit = limit
    self.reader = reader
  }

  func take(_ bytes: UnsafeBufferPointer<CChar>) -> Bool {
    if received == 0 { leaveConnectionOfXRootD() }
    received += bytes.count
    if let reader {
      // What is no multistatus is let run out, for the connection's sake.
      _ = reader.feed(UnsafeRawBufferPointer(bytes))
    } else if body.count < limit {
      body.append(contentsOf: UnsafeRawBufferPointer(bytes).prefix(limit - body.count))
    }
    // An error page is cut; only what goes on far beyond that ends the connection.
    if received > max(limit, 1 << 20) { isTooLong = true }
    return !isTooLong
  }
}

extension Duration {
  /// For libcurl: at least one, as 0 means no limit.
  fileprivate var inMilliseconds: CLong {
    CLong(max(1, min(inSeconds * 1000, 86_400_000)))
  }
}
