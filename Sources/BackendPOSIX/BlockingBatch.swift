import DeletionModel
import Dispatch
import Synchronization

/// Work on a list that blocks in the kernel, off the threads that Swift's tasks share.
///
/// A call on a dead network mount cannot be interrupted. So the caller does not wait for the thread beyond
/// its deadline: it takes the answers that are there, and the thread stops before the next item.
final class BlockingBatch: Sendable {
  private struct State {
    var isAnswered: [Bool]
    var inFlight: Int?
    var isAbandoned = false
    var waiter: CheckedContinuation<Void, Never>?
    var isFinished = false
  }

  private let state: Mutex<State>
  private let observer: any BatchObserver

  /// A list of `count` items without answers.
  init(count: Int, observer: any BatchObserver) {
    state = Mutex(State(isAnswered: Array(repeating: false, count: count)))
    self.observer = observer
  }

  /// Whether an item may be begun; call before touching anything.
  func begin(_ index: Int) -> Bool {
    guard observer.mayBegin(index) else { return false }
    return state.withLock { state in
      if state.isAbandoned { return false }
      state.inFlight = index
      return true
    }
  }

  /// Tells the observer the answer of an item; one that comes after the wait was given up is dropped.
  func finish(_ index: Int, _ answer: Answer) {
    state.withLock { state in
      state.inFlight = nil
      if state.isAbandoned { return }
      state.isAnswered[index] = true
      // Under the lock: no answer may come after ``run(limit:_:)`` has returned.
      observer.answered(index, answer)
    }
  }

  /// What became of the list.
  struct Outcome: Sendable {
    /// Aligned with the list; false for what was not begun or not ended.
    let isAnswered: [Bool]
    /// The item that was being worked on when the wait was given up.
    let inFlight: Int?
  }

  /// Runs `work` on a thread of Dispatch, which has one a processor running: with a thread for each of 50 batches `rm` took
  /// three times as long, as they waited for each other's locks. Returns at its end, at the limit or at cancellation.
  func run(limit: Duration?, _ work: @escaping @Sendable (BlockingBatch) -> Void) async -> Outcome {
    let timer = limit.map { limit in
      Task {
        try? await Task.sleep(for: limit)
        if !Task.isCancelled { self.abandon() }
      }
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let over = state.withLock { state in
          if state.isFinished || state.isAbandoned { return true }
          state.waiter = continuation
          return false
        }
        if over {
          continuation.resume()
          return
        }
        Self.queue.async {
          work(self)
          self.end()
        }
      }
    } onCancel: {
      abandon()
    }
    timer?.cancel()
    return state.withLock { Outcome(isAnswered: $0.isAnswered, inFlight: $0.inFlight) }
  }

  private static let queue = DispatchQueue(label: "swab.blocking", attributes: .concurrent)

  private func abandon() {
    let waiter = state.withLock { state in
      state.isAbandoned = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  private func end() {
    let waiter = state.withLock { state in
      state.isFinished = true
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }
}
