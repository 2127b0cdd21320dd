import Campaign
import DeletionModel
import HTTPTransport

/// A text for a receiver of notifications. It may take a limited time: a server that is down or hangs costs a line for a
/// person, and nothing else.
struct Delivery: Sendable {
  var method: String
  var url: String
  var type: String
  var text: String
  /// Further headers, as whole lines.
  var headers: [String] = []
  /// Whether an https server is shown the credential of the environment.
  var showsCredential = true
  /// How long it may take, in seconds.
  var limit = 15.0

  /// Sends it.
  ///
  /// - Parameter environment: where credentials and certificate authorities are looked for.
  /// - Returns: why it was not taken, in a line; nil where it was.
  func send(_ environment: [String: String]) async -> String? {
    let sent = await BoundedWork.run(seconds: limit) { stop in
      let limits = HTTPDownload.Limits(connect: .seconds(limit / 2), silence: .seconds(limit))
      let web = HTTPListClient(
        environment: environment, limits: limits, stop: stop, isAnonymous: !showsCredential)
      do {
        try web.send(method, text, type: type, headers: headers, to: HTTPURL(url))
      } catch  where stop.reason != nil {
        throw CampaignError(.unavailable, "\(url): no answer within \(Int(limit.rounded(.up))) s")
      }
    }
    switch sent {
    case .success: return nil
    case .failure(let error as HTTPURL.ParseError): return error.text
    case .failure(let error): return MessageText.oneLine("\(error)", limit: 400)
    case nil: return "\(url): no answer"
    }
  }
}
