import CLibCurl
import Credentials
import DeletionModel

/// The answer to one request.
package struct HTTPAnswer: Sendable, Equatable {
  /// The HTTP status.
  package var status: Int
  /// The beginning of the body, where the status is not 200.
  package var text: String
  /// The value of ``HTTPMessage/wantedField``.
  package var field: String?

  package init(status: Int, text: String = "", field: String? = nil) {
    self.status = status
    self.text = text
    self.field = field
  }
}

/// What is sent to a URL beside its credential.
package struct HTTPMessage: Sendable, Equatable {
  /// Such as `GET`.
  package var method: String
  /// Whole lines, as `Depth: 0`. Every server that a redirect leads to sees them.
  package var headers: [String]
  /// What is sent in it; nil for nothing. Such a request takes no longer than ``HTTPDownload/Limits/silence``.
  package var body: [UInt8]?
  /// Whether redirects are followed: the method and the body stay as they are.
  package var followsRedirects: Bool
  /// The name of a field of the answer; nil: none is wanted.
  package var wantedField: String?

  package init(method: String, headers: [String] = [], body: [UInt8]? = nil, followsRedirects: Bool = true) {
    self.method = method
    self.headers = headers
    self.body = body
    self.followsRedirects = followsRedirects
  }
}

/// Fetches what is at a URL, with the same options of libcurl as ``CurlTransfer``, in the thread of the caller.
///
/// The credential is shown over https only, and a token to the first host only. The server's certificate is always checked.
/// Redirects are followed to https only.
package struct HTTPDownload: Sendable {
  /// How long things may take.
  package struct Limits: Sendable {
    /// Until there is a connection.
    package var connect: Duration
    /// Without a byte coming in. Rucio's consistency monitor reads files of a gigabyte before it answers.
    package var silence: Duration

    package init(connect: Duration = .seconds(30), silence: Duration = .seconds(120)) {
      (self.connect, self.silence) = (connect, silence)
    }
  }

  /// Why no whole answer came.
  package enum Failure: Error, Equatable {
    /// libcurl has no memory.
    case noHandle
    /// A redirect leads to an address without TLS.
    case leavesHTTPS
    /// The URL can't be used.
    case badURL(String)
    /// Anything else, as what it would say of a file.
    case transfer(DeletionError)
  }

  private let caDirectory: String
  private let credential: EndpointCredential
  private let userAgent: String
  let limits: Limits

  /// - Parameters:
  ///   - caDirectory: the directory of certificate authorities.
  ///   - credential: what a server is shown.
  package init(
    caDirectory: String, credential: EndpointCredential, userAgent: String, limits: Limits = Limits()
  ) {
    self.caDirectory = caDirectory
    self.credential = credential
    self.userAgent = userAgent
    self.limits = limits
  }

  /// Sends a GET and waits for the whole answer. **Blocks.** Neither closure is kept: they are marked as escaping because
  /// `withoutActuallyEscaping` puts the length of this file's path into the executable, which then differs by directory.
  /// - Parameters:
  ///   - check: asked once a second at least; what it throws ends the transfer.
  ///   - body: told the body of a good answer (200) piece by piece, as it was sent.
  /// - Throws: ``Failure``, and what `check` and `body` throw.
  package func get(
    _ url: HTTPURL, check: @escaping () throws -> Void, body: @escaping ([UInt8]) throws -> Void
  ) throws -> HTTPAnswer {
    try send(HTTPMessage(method: "GET"), to: url, check: check, body: body)
  }

  /// Sends a request and waits for the whole answer. **Blocks.** Parameters and errors are those of ``get(_:check:body:)``.
  package func send(
    _ message: HTTPMessage, to url: HTTPURL, check: @escaping () throws -> Void,
    body: @escaping ([UInt8]) throws -> Void
  ) throws -> HTTPAnswer {
    guard CurlLibrary.isReady, let handle = curl_easy_init() else { throw Failure.noHandle }
    defer { curl_easy_cleanup(handle) }
    return try send(message, to: url, with: handle, check: check, body: body)
  }

  /// Sends requests to one server, one after the other, over one connection as far as the server keeps it. **Blocks.** Bodies
  /// of good answers are dropped.
  /// - Throws: ``Failure``.
  package func sendInTurn(_ requests: [(message: HTTPMessage, url: HTTPURL)]) throws -> [HTTPAnswer] {
    guard CurlLibrary.isReady, let handle = curl_easy_init() else { throw Failure.noHandle }
    defer { curl_easy_cleanup(handle) }
    return try requests.map { request in
      // The connection stays with the handle.
      curl_easy_reset(handle)
      return try send(request.message, to: request.url, with: handle, check: {}, body: { _ in })
    }
  }

  private func send(
    _ message: HTTPMessage, to url: HTTPURL, with handle: UnsafeMutableRawPointer,
    check: @escaping () throws -> Void,
    body: @escaping ([UInt8]) throws -> Void
  ) throws -> HTTPAnswer {
    // libcurl does not copy it.
    let headers = CurlList(message.headers + (message.body == nil ? [] : ["Expect:"]))
    defer { withExtendedLifetime(headers) {} }
    configure(handle, url, message, headers)
    let receiver = Receiver(handle, body)
    defer { swab_easy_set_pointer(handle, CURLOPT_ERRORBUFFER, nil) }
    let code = receiver.perform(check: check)
    if let failure = receiver.failure { throw failure }
    guard code == CURLE_OK else { throw failure(code, receiver) }
    return HTTPAnswer(
      status: receiver.answerStatus, text: String(decoding: receiver.text, as: UTF8.self),
      field: message.wantedField.flatMap(receiver.field))
  }

  private func configure(
    _ handle: UnsafeMutableRawPointer, _ url: HTTPURL, _ message: HTTPMessage, _ headers: CurlList
  ) {
    let isSecure = HTTPURL.isSecure(url.url)
    CurlTransfer.set(
      CurlTransfer.Settings(
        caDirectory: caDirectory, connectLimit: limits.connect, requestLimit: limits.silence,
        userAgent: userAgent),
      on: handle)
    swab_easy_set_text(handle, CURLOPT_URL, url.url)
    swab_easy_set_text(handle, CURLOPT_PROTOCOLS_STR, isSecure ? "https" : "http")
    swab_easy_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, "https")
    if message.method != "GET" { swab_easy_set_text(handle, CURLOPT_CUSTOMREQUEST, message.method) }
    if headers.first != nil { swab_easy_set_pointer(handle, CURLOPT_HTTPHEADER, headers.first) }
    swab_easy_set_long(handle, CURLOPT_FOLLOWLOCATION, message.followsRedirects ? 1 : 0)
    // CURL_REDIR_POST_ALL, a macro that Swift does not see.
    swab_easy_set_long(handle, CURLOPT_POSTREDIR, 7)
    swab_easy_set_long(handle, CURLOPT_MAXREDIRS, 5)
    // A list may take as long as it comes in.
    swab_easy_set_long(handle, CURLOPT_TIMEOUT_MS, 0)
    if let body = message.body {
      swab_easy_set_long(handle, CURLOPT_POSTFIELDSIZE, body.count)
      // libcurl copies it at once.
      body.withUnsafeBytes {
        _ = swab_easy_set_pointer(
          handle, CURLOPT_COPYPOSTFIELDS, UnsafeMutableRawPointer(mutating: $0.baseAddress))
      }
      swab_easy_set_long(handle, CURLOPT_TIMEOUT_MS, CLong(limits.silence.components.seconds) * 1000)
    }
    swab_easy_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
    swab_easy_set_long(handle, CURLOPT_LOW_SPEED_TIME, CLong(limits.silence.components.seconds))
    guard isSecure else { return }
    switch credential {
    case .x509(let certificate, let key):
      swab_easy_set_text(handle, CURLOPT_SSLCERT, certificate)
      swab_easy_set_text(handle, CURLOPT_SSLKEY, key)
      // Nobody is asked for the password of a key.
      swab_easy_set_text(handle, CURLOPT_KEYPASSWD, "")
    case .token(let token):
      // Not shown to another host that a redirect leads to. The option is CURLAUTH_BEARER, a macro that Swift does not see.
      swab_easy_set_long(handle, CURLOPT_HTTPAUTH, CLong(1) << 6)
      swab_easy_set_text(handle, CURLOPT_XOAUTH2_BEARER, token.reveal())
    case .none:
      break
    }
  }

  private func failure(_ code: CURLcode, _ receiver: Receiver) -> Failure {
    let message = receiver.errorMessage
    // libcurl has one code for a redirect that must not be followed and for a server that speaks no HTTP.
    let leavesHTTPS =
      code == CURLE_UNSUPPORTED_PROTOCOL && (300..<400).contains(receiver.answerStatus)
      && !HTTPURL.isSecure(receiver.lastURL)
    switch code {
    case _ where leavesHTTPS: return .leavesHTTPS
    case CURLE_URL_MALFORMAT: return .badURL(message)
    default:
      return .transfer(CurlErrors.error(code, text: message, authorities: caDirectory, wasSent: true))
    }
  }
}

/// Hands on the body of a good answer, and keeps the beginning of any other.
private final class Receiver: CurlReceiver {
  /// The most that is kept of an answer that is not a good one.
  private static let textLimit = 2000

  private(set) var text: [UInt8] = []
  private let body: ([UInt8]) throws -> Void

  init(_ handle: UnsafeMutableRawPointer, _ body: @escaping ([UInt8]) throws -> Void) {
    self.body = body
    super.init(handle)
  }

  override func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard answerStatus == 200 else {
      text.append(contentsOf: bytes.prefix(Self.textLimit - text.count))
      return true
    }
    do {
      try body(Array(bytes))
      return true
    } catch {
      failure = error
      return false
    }
  }
}
