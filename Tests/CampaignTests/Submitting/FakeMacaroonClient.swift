import CommandSupport
import FoundationEssentials
import HTTPTransport
import Synchronization
import TestSupport

@testable import Campaign
@testable import Credentials

/// Stands in for a door that gives out macaroons, and remembers what it was asked.
final class FakeMacaroonClient: MacaroonClient {
  struct Call: Equatable {
    var message: HTTPMessage
    var url: String
    /// The place of our credential; nil for the macaroon.
    var credential: Int?
  }

  let credentials: [String]
  private let answer: @Sendable (Call) -> HTTPAnswer
  private let seen = Mutex<[Call]>([])

  init(_ credentials: [String] = ["the certificate"], _ answer: @escaping @Sendable (Call) -> HTTPAnswer) {
    self.credentials = credentials
    self.answer = answer
  }

  /// Gives out this, and lets it look below `/store/unmerged/` only.
  convenience init(caveats: [String]) {
    self.init { call in
      call.message.method == "POST" ? Self.given(FakeMacaroon.text(caveats: caveats)) : Self.looked(call)
    }
  }

  /// What a door that keeps to a macaroon's path says to a look.
  static func looked(_ call: Call) -> HTTPAnswer {
    HTTPAnswer(status: call.url.contains("/store/unmerged/") ? 207 : 403)
  }

  static func given(_ token: String) -> HTTPAnswer {
    HTTPAnswer(status: 200, text: #"{"macaroon":"\#(token)","expires_in":600}"#)
  }

  /// For campaigns that ask for none.
  static let unasked = JobCredentials(
    files: SiteFiles(), client: FakeMacaroonClient([]) { _ in HTTPAnswer(status: 500) })

  var calls: [Call] { seen.withLock { $0 } }

  func misfits(of credential: Int, at location: TokenScopes.Location) -> [String] {
    credentials[credential] == "the token" ? ["it does not fit \(location.storagePath)"] : []
  }

  func send(_ message: HTTPMessage, to url: HTTPURL, credential: Int) throws -> HTTPAnswer {
    note(Call(message: message, url: url.url, credential: credential))
  }

  func statuses(of requests: [(message: HTTPMessage, url: HTTPURL)], showing token: Secret) throws -> [Int] {
    requests.map { note(Call(message: $0.message, url: $0.url.url, credential: nil)).status }
  }

  private func note(_ call: Call) -> HTTPAnswer {
    seen.withLock { $0.append(call) }
    return answer(call)
  }
}
