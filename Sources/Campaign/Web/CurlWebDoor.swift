import Backends
import CLibCurl
import Deletion
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Fetches over HTTP with libcurl.
///
/// A server is shown the first X.509 proxy or certificate that can be used, else a bearer token, and over plain HTTP
/// nothing. Its own certificate is always checked. Redirects are followed to https only. As with storage, no proxy of
/// the environment is used.
public struct CurlWebDoor: WebDoor {
  /// How long things may take, in seconds.
  public struct Limits: Sendable {
    /// Until there is a connection.
    public var connect = 30
    /// Without a byte coming in. The monitor reads files of a gigabyte before it answers.
    public var silence = 120

    /// The usual ones.
    public init() {}
  }

  private let caFolder: String
  private let credential: EndpointCredential
  private let limits: Limits
  private let stop: StopSignal

  /// Looks for credentials in an environment. Once `stop` is set, what is being fetched is given up.
  public init(environment: [String: String], limits: Limits = Limits(), stop: StopSignal = StopSignal()) {
    self.limits = limits
    self.stop = stop
    caFolder = CAFolder.find(named: environment["X509_CERT_DIR"])
    let user = geteuid()
    if let x509 = X509Discovery(environment: environment, euid: user).usable(
      read: CredentialFile.read, now: Date())
    {
      credential = x509
    } else if let token = BearerTokenDiscovery(
      environment: environment, euid: user, read: CredentialFile.read
    ).token {
      credential = .token(token)
    } else {
      credential = .none
    }
  }

  /// See ``WebDoor/get(_:body:)``.
  public func get(_ address: WebAddress, body: ([UInt8]) throws -> Void) throws -> WebAnswer {
    guard let handle = curl_easy_init() else { throw CampaignError(.internalError, "no memory for libcurl") }
    defer { curl_easy_cleanup(handle) }
    configure(handle, address)
    return try withoutActuallyEscaping(body) { body in
      let receiver = Receiver(handle, body, stop)
      // The callbacks are called within curl_easy_perform only, while the receiver is alive.
      return try withExtendedLifetime(receiver) {
        swab_easy_set_pointer(handle, CURLOPT_WRITEDATA, Unmanaged.passUnretained(receiver).toOpaque())
        swab_easy_set_write(handle) { bytes, size, count, pointer in
          guard let pointer, let bytes else { return 0 }
          let receiver = Unmanaged<Receiver>.fromOpaque(pointer).takeUnretainedValue()
          return receiver.take(UnsafeBufferPointer(start: bytes, count: size * count)) ? size * count : 0
        }
        swab_easy_set_pointer(handle, CURLOPT_XFERINFODATA, Unmanaged.passUnretained(receiver).toOpaque())
        swab_easy_set_long(handle, CURLOPT_NOPROGRESS, 0)
        swab_easy_set_progress(handle) { pointer, _, _, _, _ in
          guard let pointer else { return 0 }
          return Unmanaged<Receiver>.fromOpaque(pointer).takeUnretainedValue().goesOn() ? 0 : 1
        }
        let code = curl_easy_perform(handle)
        if let failure = receiver.failure { throw failure }
        guard code == CURLE_OK else { throw Self.error(code, receiver.words, address) }
        return WebAnswer(status: receiver.status, text: String(decoding: receiver.text, as: UTF8.self))
      }
    }
  }

  private func configure(_ handle: UnsafeMutableRawPointer, _ address: WebAddress) {
    let isSecure = address.url.prefix(6).lowercased() == "https:"
    swab_easy_set_text(handle, CURLOPT_URL, address.url)
    swab_easy_set_long(handle, CURLOPT_NOSIGNAL, 1)
    swab_easy_set_text(handle, CURLOPT_PROTOCOLS_STR, isSecure ? "https" : "http")
    swab_easy_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "https")
    swab_easy_set_long(handle, CURLOPT_FOLLOWLOCATION, 1)
    swab_easy_set_long(handle, CURLOPT_MAXREDIRS, 5)
    swab_easy_set_text(handle, CURLOPT_PROXY, "")
    swab_easy_set_text(handle, CURLOPT_NOPROXY, "*")
    swab_easy_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
    swab_easy_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
    swab_easy_set_long(handle, CURLOPT_SSLVERSION, CLong(CURL_SSLVERSION_TLSv1_2))
    swab_easy_set_text(handle, CURLOPT_CAINFO, nil)
    swab_easy_set_text(handle, CURLOPT_CAPATH, caFolder)
    swab_easy_set_text(handle, CURLOPT_USERAGENT, "swab-submit")
    swab_easy_set_long(handle, CURLOPT_CONNECTTIMEOUT, CLong(limits.connect))
    swab_easy_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
    swab_easy_set_long(handle, CURLOPT_LOW_SPEED_TIME, CLong(limits.silence))
    guard isSecure else { return }
    switch credential {
    case .x509(let certificate, let key):
      swab_easy_set_text(handle, CURLOPT_SSLCERT, certificate)
      swab_easy_set_text(handle, CURLOPT_SSLKEY, key)
      // Nobody is asked for the password of a key.
      swab_easy_set_text(handle, CURLOPT_KEYPASSWD, "")
    case .token(let token):
      // Not shown to another host that a redirect leads to.
      swab_easy_set_long(handle, CURLOPT_HTTPAUTH, CLong(1) << 6)
      swab_easy_set_text(handle, CURLOPT_XOAUTH2_BEARER, token.reveal())
    case .none:
      break
    }
  }

  private static func error(_ code: CURLcode, _ words: String, _ address: WebAddress) -> CampaignError {
    let error = CurlErrors.error(code, text: words, wasSent: true)
    let status: ExitStatus =
      switch error.errorClass {
      case .auth: .noPermission
      case .permanent: .badInput
      case .fatal: .internalError
      default: .unavailable
      }
    return CampaignError(status, "\(address): \(error.message)")
  }
}

/// What the callbacks of one transfer write to.
private final class Receiver {
  /// The most that is kept of an answer that is not a good one.
  private static let textLimit = 2000

  private(set) var text: [UInt8] = []
  private(set) var failure: (any Error)?
  private let handle: UnsafeMutableRawPointer
  private let body: ([UInt8]) throws -> Void
  private let stop: StopSignal
  private let errorText: UnsafeMutablePointer<CChar>

  init(_ handle: UnsafeMutableRawPointer, _ body: @escaping ([UInt8]) throws -> Void, _ stop: StopSignal) {
    self.handle = handle
    self.stop = stop
    self.body = body
    errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
    swab_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, errorText)
  }

  deinit {
    swab_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, nil)
    errorText.deallocate()
  }

  /// libcurl's own words about an error.
  var words: String { String(cString: errorText) }

  var status: Int {
    var code: CLong = 0
    swab_easy_get_long(handle, CURLINFO_RESPONSE_CODE, &code)
    return code
  }

  /// Asked once a second at least, also while nothing comes.
  func goesOn() -> Bool {
    guard let reason = stop.reason else { return true }
    failure = failure ?? CampaignPlanner.stopped(reason)
    return false
  }

  func take(_ bytes: UnsafeBufferPointer<CChar>) -> Bool {
    let chunk = UnsafeRawBufferPointer(bytes)
    guard status == 200 else {
      text.append(contentsOf: chunk.prefix(Self.textLimit - text.count))
      return true
    }
    do {
      try body(Array(chunk))
      return true
    } catch {
      failure = error
      return false
    }
  }
}
