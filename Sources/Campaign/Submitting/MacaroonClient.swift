import Credentials
import HTTPTransport

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
  private let environment: [String: String]
  private let own: [(name: String, credential: EndpointCredential, grant: TokenGrant)]

  /// More than any answer that holds a macaroon.
  private static let limit = 1 << 16

  /// Looks for credentials in an environment.
  package init(environment: [String: String]) {
    self.environment = environment
    let found = OwnCredentials(environment: environment)
    var own: [(name: String, credential: EndpointCredential, grant: TokenGrant)] = []
    if let x509 = found.x509 { own.append(("the certificate", x509, .silent)) }
    if let token = found.token { own.append(("the token", .token(token.secret), token.grant)) }
    self.own = own
  }

  package var credentials: [String] { own.map(\.name) }

  package func misfits(of credential: Int, at location: TokenScopes.Location) -> [String] {
    TokenFit.misfits(own[credential].grant, at: location).map(\.text)
  }

  package func send(_ message: HTTPMessage, to url: HTTPURL, credential: Int) throws -> HTTPAnswer {
    let (answer, body) = try BoundedBody.of(url, limit: Self.limit) {
      try download(own[credential].credential).exchange(message, with: url, body: $0)
    }
    return answer.status == 200
      ? HTTPAnswer(status: 200, text: String(decoding: body, as: UTF8.self)) : answer
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
    HTTPDownload(credential: credential, in: environment, HTTPDownload.Limits(silence: .seconds(30)))
  }
}
