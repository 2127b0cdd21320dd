import DeletionModel
import Threads

/// Work that may block for ever, on a thread of its own.
enum BoundedWork {
  /// How long work may take to end once everything is stopped, in seconds.
  private static let grace = 5.0

  /// Runs it, and waits for it for so long; then it is told to stop, and after as long again nobody waits any more.
  ///
  /// - Parameter outer: once it is set, the work is told to stop as well, and has a few seconds to do so.
  /// - Returns: what came of it; nil where it did not end.
  static func run<Value: Sendable>(
    seconds: Double, unless outer: StopSignal? = nil, _ body: @escaping @Sendable (StopSignal) throws -> Value
  ) async -> Result<Value, any Error>? {
    let (results, sender) = AsyncStream.makeStream(of: Result<Value, any Error>.self)
    let stop = StopSignal()
    do {
      try DetachedThread.start {
        sender.yield(Result { try body(stop) })
        sender.finish()
      }
    } catch {
      return .failure(error)
    }
    let timer = Task {
      do {
        try await wait(seconds, unless: outer)
        stop.stop(outer?.reason ?? .deadline)
        try await Task.sleep(for: .seconds(outer?.reason == nil ? seconds : min(seconds, grace)))
      } catch {
        return
      }
      sender.finish()
    }
    defer { timer.cancel() }
    var iterator = results.makeAsyncIterator()
    return await iterator.next()
  }

  /// A signal can come at any time; one that is set is seen within a tenth of a second.
  private static func wait(_ seconds: Double, unless outer: StopSignal?) async throws {
    guard let outer else { return try await Task.sleep(for: .seconds(seconds)) }
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end, outer.reason == nil { try await Task.sleep(for: .milliseconds(100)) }
  }
}
