import Synchronization

/// Warnings that come up while a run goes on, from any task; each is kept once.
final class RunWarnings: Sendable {
  private let texts = Mutex<[String]>([])

  /// Adds one.
  func add(_ text: String) {
    texts.withLock { if !$0.contains(text) { $0.append(text) } }
  }

  /// All of them, in the order in which they came.
  var all: [String] { texts.withLock { $0 } }
}
