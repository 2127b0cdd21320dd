import Campaign
import Synchronization

/// A server that says what a test wants it to say.
final class FakeWebDoor: WebDoor {
  /// What is sent: a status, and a body in pieces.
  struct Reply: Sendable {
    var status = 200
    var body: [[UInt8]]

    init(_ text: String, status: Int = 200) {
      body = [Array(text.utf8)]
      self.status = status
    }

    init(bytes: [UInt8]) { body = [bytes] }
  }

  private let state: Mutex<(replies: [Reply], asked: [String])>

  /// Answers the requests one after the other.
  init(_ replies: [Reply]) { state = Mutex((replies, [])) }

  /// The URLs that were asked for.
  var asked: [String] { state.withLock { $0.asked } }

  func get(_ address: WebAddress, body: ([UInt8]) throws -> Void) throws -> WebAnswer {
    let reply = state.withLock { state -> Reply in
      state.asked.append("\(address)")
      return state.replies.isEmpty ? Reply("no more", status: 418) : state.replies.removeFirst()
    }
    guard reply.status == 200 else {
      return WebAnswer(
        status: reply.status, text: reply.body.map { String(decoding: $0, as: UTF8.self) }.joined())
    }
    for chunk in reply.body { try body(chunk) }
    return WebAnswer(status: 200)
  }
}
