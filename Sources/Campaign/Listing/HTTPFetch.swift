import ByteStreams
import Credentials
import DeletionModel
import JobReports
import FoundationEssentials
import HTTPTransport
import Glibc

/// How lists are fetched over HTTP.
package protocol ListClient: Sendable {
  /// Asks for what is at a URL, and waits for the whole of it.
  ///
  /// - Parameter body: told the body of a good answer (200) piece by piece, as it was sent.
  /// - Returns: the answer; the beginning of its body where it is not a good one.
  /// - Throws: ``CampaignError`` where no whole answer came, and what `body` throws.
  func get(_ url: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer
}

/// Fetches lists with the first X.509 proxy or certificate that can be used, else with a bearer token.
///
/// ``CredentialStore`` has it the other way round. It chooses for storage, and so is what a token is usually for: it names an
/// audience and scopes there. Lists are on servers such as cmsweb, which know people by their certificates.
package struct HTTPListClient: ListClient {
  private let download: HTTPDownload
  private let stop: StopSignal
  /// Whether servers are shown an X.509 proxy, which has certificate and key in one file.
  package let hasProxy: Bool

  /// Looks for credentials in an environment. Once `stop` is set, what is being fetched is given up.
  package init(environment: [String: String], stop: StopSignal = StopSignal()) {
    self.init(environment: environment, limits: HTTPDownload.Limits(), stop: stop)
  }

  package init(environment: [String: String], limits: HTTPDownload.Limits, stop: StopSignal) {
    let user = geteuid()
    let now = Date()
    let x509 = X509Discovery(environment: environment, euid: user).usable(read: CredentialFile.read, now: now)
    // One that has expired would get a 401 where anybody may read.
    let token = TokenInspection.usable(
      environment: environment, euid: user, read: CredentialFile.read, now: now)
    self.stop = stop
    if case .x509(let certificate, let key) = x509 { hasProxy = certificate == key } else { hasProxy = false }
    download = HTTPDownload(
      caDirectory: CADirectory.find(named: environment["X509_CERT_DIR"]),
      credential: x509 ?? token.map { .token($0.secret) } ?? .none,
      userAgent: UserAgent.swabSubmit, limits: limits)
  }

  /// Shows no credential to anybody, but for what ``send(_:_:type:headers:to:)`` is given.
  ///
  /// - Parameter environment: where certificate authorities are looked for.
  package init(anonymousIn environment: [String: String], limits: HTTPDownload.Limits, stop: StopSignal) {
    self.stop = stop
    hasProxy = false
    download = HTTPDownload(
      caDirectory: CADirectory.find(named: environment["X509_CERT_DIR"]), credential: .none,
      userAgent: UserAgent.swabSubmit, limits: limits)
  }

  /// See ``ListClient/get(_:body:)``.
  package func get(_ url: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer {
    do {
      return try download.get(
        url, check: { if let reason = stop.reason { throw CampaignPlanner.stopped(reason) } }, body: body)
    } catch let failure as HTTPDownload.Failure {
      throw CampaignError(failure, url)
    }
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
    let answer = try exchange(message, with: url)
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
    let limit = 64 << 20
    var bytes: [UInt8] = []
    var message = HTTPMessage(method: "GET", headers: headers, followsRedirects: false)
    message.wantedField = wanted
    let answer = try exchange(message, with: url) { chunk in
      guard bytes.count + chunk.count <= limit else {
        throw CampaignError(.badInput, "\(url): the answer has more than \(limit) bytes")
      }
      bytes += chunk
    }
    guard answer.status == 200 else { throw HTTPFetch.error(answer, url) }
    return (bytes, answer.field)
  }

  private func exchange(
    _ message: HTTPMessage, with url: HTTPURL, body: @escaping ([UInt8]) throws -> Void = { _ in }
  ) throws -> HTTPAnswer {
    do {
      return try download.send(
        message, to: url,
        check: { if let reason = stop.reason { throw CampaignError(.stoppedEarly, reason.text) } }, body: body
      )
    } catch let failure as HTTPDownload.Failure {
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

/// Fetches what has to be there, and says in one line why it can't.
struct HTTPFetch: Sendable {
  let client: any ListClient

  /// A small text. Throws ``CampaignError``.
  func bytes(_ address: HTTPURL, limit: Int = 64 << 20) throws -> [UInt8] {
    var bytes: [UInt8] = []
    try get(address) { chunk in
      guard bytes.count + chunk.count <= limit else {
        throw CampaignError(.badInput, "\(address): the answer has more than \(limit) bytes")
      }
      bytes += chunk
    }
    // libcurl hands on what was sent; some servers pack what nobody asked them to.
    var source = try sniffed(MemorySource(bytes))
    guard let text = try source.collect(limit: limit) else {
      throw CampaignError(.badInput, "\(address): the answer has more than \(limit) bytes")
    }
    return text
  }

  /// Anything, into a temporary file. Throws ``CampaignError``, `FileError`.
  func spool(_ address: HTTPURL, in directory: String) throws -> SpoolFile {
    var file = try SpoolFile(in: directory, name: "temporary copy of \(address)")
    try get(address) { try file.append($0) }
    var text = try sniffed(file.source())
    if Self.isWebPage(try text.next() ?? []) {
      throw CampaignError(
        .badInput,
        "\(address): the server sent a web page, and no list: perhaps one to log in; is there a valid X.509 proxy, "
          + "certificate or token?")
    }
    return file
  }

  /// Whether a text begins as HTML does.
  static func isWebPage(_ head: [UInt8]) -> Bool {
    let start = String(decoding: head.prefix(200), as: UTF8.self).lowercased().drop { $0.isWhitespace }
    return ["<!doctype", "<html", "<head", "<?xml"].contains { start.hasPrefix($0) }
  }

  private func get(_ address: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws {
    let answer = try client.get(address, body: body)
    guard answer.status != 200 else { return }
    throw Self.error(answer, address)
  }

  static func error(_ answer: HTTPAnswer, _ address: HTTPURL) -> CampaignError {
    CampaignError(exit(answer.status), "\(address): HTTP \(answer.status)\(reason(answer))")
  }

  private static func exit(_ status: Int) -> ExitStatus {
    switch status {
    case 401, 403: .noPermission
    case 404, 410: .noInput
    case 408, 429, 500...: .unavailable
    default: .badInput
    }
  }

  static func reason(_ answer: HTTPAnswer) -> String {
    switch answer.status {
    case 401, 403: ": no access; a valid X.509 proxy or certificate is needed"
    case 503: ": it has no answer yet (its cache is empty, or it is overloaded); try again in a few minutes"
    default: answer.text.isEmpty ? "" : ": \(MessageText.oneLine(Redaction.clean(answer.text), limit: 200))"
    }
  }
}
