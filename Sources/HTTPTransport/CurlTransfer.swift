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

extension Duration {
  /// For libcurl: at least one, as 0 means no limit.
  fileprivate var inMilliseconds: CLong {
    CLong(max(1, min(inSeconds * 1000, 86_400_000)))
  }
}
