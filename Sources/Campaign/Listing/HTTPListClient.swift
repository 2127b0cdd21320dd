import Credentials
import DeletionModel
import FoundationEssentials
import Glibc
import HTTPTransport
import JobReports

/// How lists are fetched over HTTP.
package protocol ListClient: Sendable {
  /// Asks for what is at a URL, and waits for the whole of it.
  ///
  /// - Parameter body: told the body of a good answer (200) piece by piece, as it was sent.
  /// - Returns: the answer; the beginning of its body where it is not a good one.
  /// - Throws: ``CampaignError`` where no whole answer came, and what `body` throws.
  func get(_ url: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer
}

/// Asks with the first X.509 proxy or certificate that can be used, else with a bearer token.
///
/// ``CredentialStore`` has it the other way round. It chooses for storage, and so is what a token is usually for: it names an
/// audience and scopes there. Lists are on servers such as cmsweb, which know people by their certificates.
package struct HTTPListClient: ListClient {
  private let download: HTTPDownload
  private let stop: StopSignal
  /// Whether servers are shown an X.509 proxy, which has certificate and key in one file.
  package let hasProxy: Bool

  /// Looks for credentials in an environment. Once `stop` is set, what is being fetched is given up.
  ///
  /// - Parameter isAnonymous: whether nobody is shown a credential, but for what ``send(_:_:type:headers:to:)`` is given.
  package init(
    environment: [String: String], limits: HTTPDownload.Limits = HTTPDownload.Limits(),
    stop: StopSignal = StopSignal(), isAnonymous: Bool = false
  ) {
    let own = isAnonymous ? nil : OwnCredentials(environment: environment)
    let credential = own?.x509 ?? own?.token.map { .token($0.secret) } ?? .none
    if case .x509(let certificate, let key) = credential {
      hasProxy = certificate == key
    } else {
      hasProxy = false
    }
    self.stop = stop
    download = HTTPDownload(credential: credential, in: environment, limits)
  }

  /// See ``ListClient/get(_:body:)``.
  package func get(_ url: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer {
    try download.exchange(
      HTTPMessage(method: "GET"), with: url,
      check: { if let reason = stop.reason { throw CampaignPlanner.stopped(reason) } }, body: body)
  }

  /// Sends a text to a server that collects something, and waits for its answer. Throws ``CampaignError``, also where the
  /// server does not take it.
  ///
  /// - Parameters:
  ///   - method: `PUT`, `POST`.
  ///   - type: its `Content-Type`.
  ///   - headers: more of them, as whole lines. No redirect sees them.
  package func send(
    _ method: String, _ text: String, type: String, headers: [String] = [], to url: HTTPURL
  ) throws {
    let message = HTTPMessage(
      method: method, headers: ["Content-Type: \(type)"] + headers, body: Array(text.utf8),
      followsRedirects: false)
    let answer = try download.exchange(message, with: url, check: check) { _ in }
    guard !(200..<300).contains(answer.status) else { return }
    throw CampaignError(.unavailable, "\(url): HTTP \(answer.status)\(HTTPFetch.reason(answer))")
  }

  /// Asks for a text of at most 64 MiB, with headers of our own, which no redirect sees.
  ///
  /// - Parameter wanted: the name of a field of the answer.
  /// - Returns: the text, and the field's value.
  /// - Throws: ``CampaignError``, also for an answer that is not a good one.
  package func ask(_ url: HTTPURL, headers: [String], wanted: String? = nil) throws -> (
    text: [UInt8], field: String?
  ) {
    var message = HTTPMessage(method: "GET", headers: headers, followsRedirects: false)
    message.wantedField = wanted
    let (answer, text) = try BoundedBody.of(url, limit: 64 << 20) {
      try download.exchange(message, with: url, check: check, body: $0)
    }
    guard answer.status == 200 else { throw HTTPFetch.error(answer, url) }
    return (text, answer.field)
  }

  private func check() throws {
    if let reason = stop.reason { throw CampaignError(.stoppedEarly, reason.text) }
  }
}

/// The credentials of whoever runs the command, as far as they can be used now.
struct OwnCredentials {
  /// The first proxy or certificate.
  let x509: EndpointCredential?
  /// One that has expired would get a 401 where anybody may read.
  let token: TokenInspection.Usable?

  init(environment: [String: String]) {
    let (user, now) = (geteuid(), Date())
    x509 = X509Discovery(environment: environment, euid: user).usable(read: CredentialFile.read, now: now)
    token = TokenInspection.usable(environment: environment, euid: user, read: CredentialFile.read, now: now)
  }
}

/// Collects the body of a good answer.
enum BoundedBody {
  /// - Parameter send: sends the request, and has the body told to its argument.
  /// - Throws: ``CampaignError`` for more than `limit` bytes, and what `send` throws.
  static func of(
    _ url: HTTPURL, limit: Int, _ send: (@escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer
  ) throws -> (answer: HTTPAnswer, bytes: [UInt8]) {
    var bytes: [UInt8] = []
    let answer = try send { chunk in
      guard bytes.count + chunk.count <= limit else { throw tooLong(url, limit) }
      bytes += chunk
    }
    return (answer, bytes)
  }

  static func tooLong(_ url: HTTPURL, _ limit: Int) -> CampaignError {
    CampaignError(.badInput, "\(url): the answer has more than \(limit) bytes")
  }
}

extension HTTPDownload {
  /// - Parameter environment: where certificate authorities are looked for.
  init(credential: EndpointCredential, in environment: [String: String], _ limits: Limits) {
    self.init(
      caDirectory: CADirectory.find(named: environment["X509_CERT_DIR"]), credential: credential,
      userAgent: UserAgent.swabSubmit, limits: limits)
  }

  /// ``send(_:to:check:body:)`` that throws ``CampaignError`` where no whole answer came.
  func exchange(
    _ message: HTTPMessage, with url: HTTPURL, check: @escaping () throws -> Void = {},
    body: @escaping ([UInt8]) throws -> Void
  ) throws -> HTTPAnswer {
    do {
      return try send(message, to: url, check: check, body: body)
    } catch let failure as Failure {
      throw CampaignError(failure, url)
    }
  }
}

extension CampaignError {
  /// Why no answer came from a URL.
  init(_ failure: HTTPDownload.Failure, _ url: HTTPURL) {
    switch failure {
    case .noHandle: self.init(.internalError, "no memory for libcurl")
    case .leavesHTTPS:
      self.init(
        .badInput, "\(url): the server redirects to an address without TLS, which is not followed")
    case .badURL(let reason): self.init(.badInput, "\(url): \(reason)")
    case .transfer(let error):
      let status: ExitStatus =
        switch error.errorClass {
        case .auth: .noPermission
        case .permanent: .badInput
        case .fatal: .internalError
        default: .unavailable
        }
      self.init(status, "\(url): \(error.message)")
    }
  }
}

extension HTTPURL {
  /// A URL that somebody has given as an option. Throws ``CampaignError``.
  package init(option text: String) throws(CampaignError) {
    do throws(ParseError) {
      self = try HTTPURL(text)
    } catch {
      throw CampaignError(.usage, error.text)
    }
  }
}
