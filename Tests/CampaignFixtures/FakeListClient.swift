import Campaign
import HTTPTransport
import Synchronization

/// A server that says what a test wants it to say.
package final class FakeListClient: ListClient {
  /// What is sent: a status, and a body in pieces.
  package struct Reply: Sendable {
    package var status = 200
    package var body: [[UInt8]]

    package init(_ text: String, status: Int = 200) {
      body = [Array(text.utf8)]
      self.status = status
    }

    package init(bytes: [UInt8]) { body = [bytes] }
  }

  private let state: Mutex<(replies: [Reply], asked: [String])>

  /// Answers the requests one after the other.
  package init(_ replies: [Reply]) { state = Mutex((replies, [])) }

  /// The URLs that were asked for.
  package var asked: [String] { state.withLock { $0.asked } }

  package func get(_ address: HTTPURL, body: @escaping ([UInt8]) throws -> Void) throws -> HTTPAnswer {
    let reply = state.withLock { state -> Reply in
      state.asked.append("\(address)")
      return state.replies.isEmpty ? Reply("no more", status: 418) : state.replies.removeFirst()
    }
    guard reply.status == 200 else {
      return HTTPAnswer(
        status: reply.status, text: reply.body.map { String(decoding: $0, as: UTF8.self) }.joined())
    }
    for chunk in reply.body { try body(chunk) }
    return HTTPAnswer(status: 200)
  }
}
