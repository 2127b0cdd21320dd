import DeletionModel
import Threads

/// Work that may block for ever, on a thread of its own.
enum BoundedWork {
  /// Runs it, and waits for it for so long; then it is told to stop, and after as long again nobody waits any more.
  ///
  /// - Returns: what came of it; nil where it did not end.
  static func run<Value: Sendable>(
    seconds: Double, _ body: @escaping @Sendable (StopSignal) throws -> Value
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
      do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
      stop.stop(.deadline)
      do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
      sender.finish()
    }
    defer { timer.cancel() }
    var iterator = results.makeAsyncIterator()
    return await iterator.next()
  }
}
