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

  let handle: UnsafeMutableRawPointer
  /// What it is for; nil while it is idle.
  var work: WebDAVWork?
  /// What the server was shown.
  var credential: EndpointCredential = .none
  private(set) var started = ContinuousClock.now

  private let record: CurlRecord
  private let errorText: UnsafeMutablePointer<CChar>
  private var method: WebDAVRequest.Method?
  private var headers: HeaderList?
  private var url: String?
  private var hasTarget = false
  private var identity: ClientIdentity?

  /// Nothing else than what a directory is: servers may compute other properties at some cost.
  private static var question: String {
    #"<?xml version="1.0" encoding="utf-8"?><D:propfind xmlns:D="DAV:"><D:prop><D:resourcetype/></D:prop></D:propfind>"#
  }

  init?(_ settings: Settings, share: UnsafeMutableRawPointer?) {
    guard let handle = curl_easy_init() else { return nil }
    self.handle = handle
    record = CurlRecord(handle)
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    // None of these is counted as a reference: all of them live until `deinit` has given the handle back.
    swab_easy_set_pointer(handle, CURLOPT_PRIVATE, Unmanaged.passUnretained(self).toOpaque())
    swab_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
    record.attach()
    CurlOptions.set(settings, on: handle)
    if let share { swab_easy_set_pointer(handle, CURLOPT_SHARE, share) }
  }

  deinit {
    curl_easy_cleanup(handle)
    errorText.deallocate()
  }

  /// Makes it ready for a request.
  func prepare(_ request: WebDAVRequest, headers: HeaderList, identity: ClientIdentity?) {
    if record.leavesConnection { swab_easy_set_long(handle, CURLOPT_FORBID_REUSE, 0) }
    record.reset(limit: request.limit, reader: request.hasBody ? MultistatusReader() : nil)
    errorText[0] = 0
    if request.method != method {
      method = request.method
      if request.hasBody {
        swab_easy_set_text(handle, CURLOPT_COPYPOSTFIELDS, Self.question)
      } else {
        swab_easy_set_long(handle, CURLOPT_HTTPGET, 1)
      }
      swab_easy_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method.rawValue)
    }
    if headers !== self.headers {
      // Kept, as libcurl does not copy it.
      self.headers = headers
      swab_easy_set_pointer(handle, CURLOPT_HTTPHEADER, headers.first)
    }
    if identity != self.identity {
      self.identity = identity
      swab_easy_set_text(handle, CURLOPT_SSLCERT, identity?.certificate)
      swab_easy_set_text(handle, CURLOPT_SSLKEY, identity?.key)
    }
    if request.url != url {
      url = request.url
      swab_easy_set_text(handle, CURLOPT_URL, url)
    }
    if request.target != nil || hasTarget {
      swab_easy_set_text(handle, CURLOPT_REQUEST_TARGET, request.target)
    }
    hasTarget = request.target != nil
    started = .now
  }

  /// Lets go of what the last request was for.
  func rest() {
    work = nil
    record.reader = nil
  }

  /// Whether any of the request may have been sent.
  var wasSent: Bool { record.wasSent }
  /// Whether the body was longer than was wanted.
  var isTooLong: Bool { record.isTooLong }
  /// What has read the body; nil where its beginning is kept.
  var reader: MultistatusReader? { record.reader }
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
