import Credentials
import FoundationEssentials
import HTTPTransport
import Glibc

/// How a door is asked for a macaroon, and tried with it.
package protocol MacaroonClient: Sendable {
  /// The credentials of ours that a door may be asked with, in words, the first one first.
  var credentials: [String] { get }

  /// Why one of ``credentials`` may be refused for a place, and what to ask for instead, a line each.
  func misfits(of credential: Int, at location: TokenScopes.Location) -> [String]

  /// Sends a request and waits for the answer.
  ///
  /// - Parameter credential: one of ``credentials``, by its place.
  /// - Returns: the answer; its text is the whole body.
  /// - Throws: ``CampaignError`` where none came.
  func send(_ message: HTTPMessage, to url: HTTPURL, credential: Int) throws -> HTTPAnswer

  /// Shows a macaroon with requests that follow each other on one connection.
  ///
  /// - Returns: the status of each answer.
  /// - Throws: ``CampaignError`` where none came.
  func statuses(of requests: [(message: HTTPMessage, url: HTTPURL)], showing token: Secret) throws -> [Int]
}

/// Asks with the operator's own credentials: the first X.509 proxy or certificate that can be used, and the bearer token.
package struct HTTPMacaroonClient: MacaroonClient {
  private let caDirectory: String
  private let own: [(name: String, credential: EndpointCredential, grant: TokenGrant)]

  /// More than any answer that holds a macaroon.
  private static let limit = 1 << 16

  /// Looks for credentials in an environment.
  package init(environment: [String: String]) {
    let user = geteuid()
    let now = Date()
    let reader: CredentialFile.Reader = CredentialFile.read
    caDirectory = CADirectory.find(named: environment["X509_CERT_DIR"])
    var own: [(name: String, credential: EndpointCredential, grant: TokenGrant)] = []
    if let x509 = X509Discovery(environment: environment, euid: user).usable(read: reader, now: now) {
      own.append(("the certificate", x509, .silent))
    }
    if let token = TokenInspection.usable(environment: environment, euid: user, read: reader, now: now) {
      own.append(("the token", .token(token.secret), token.grant))
    }
    self.own = own
  }

  package var credentials: [String] { own.map(\.name) }

  package func misfits(of credential: Int, at location: TokenScopes.Location) -> [String] {
    TokenFit.misfits(own[credential].grant, at: location).map(\.text)
  }

  package func send(_ message: HTTPMessage, to url: HTTPURL, credential: Int) throws -> HTTPAnswer {
    let download = download(own[credential].credential)
    var body: [UInt8] = []
    do {
      let answer = try download.send(message, to: url, check: {}) { chunk in
        guard body.count + chunk.count <= Self.limit else {
          throw CampaignError(.badInput, "\(url): the answer is too long for a macaroon")
        }
        body += chunk
      }
      return answer.status == 200
        ? HTTPAnswer(status: 200, text: String(decoding: body, as: UTF8.self)) : answer
    } catch let failure as HTTPDownload.Failure {
      throw CampaignError(failure, url)
    }
  }

  package func statuses(
    of requests: [(message: HTTPMessage, url: HTTPURL)], showing token: Secret
  ) throws -> [Int] {
    do {
      return try download(.token(token)).sendInTurn(requests).map(\.status)
    } catch let failure as HTTPDownload.Failure {
      guard let url = requests.first?.url else { throw failure }
      throw CampaignError(failure, url)
    }
  }

  private func download(_ credential: EndpointCredential) -> HTTPDownload {
    var limits = HTTPDownload.Limits()
    limits.silence = .seconds(30)
    return HTTPDownload(
      caDirectory: caDirectory, credential: credential, userAgent: UserAgent.swabSubmit, limits: limits)
  }
}
