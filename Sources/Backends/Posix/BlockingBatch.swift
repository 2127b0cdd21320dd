import Deletion
import Dispatch
import Synchronization

/// Work on a list that blocks in the kernel, off the threads that Swift's tasks share.
///
/// A call on a dead network mount cannot be interrupted. So the caller does not wait for the thread beyond
/// its deadline: it takes the answers that are there, and the thread stops before the next item.
final class BlockingBatch: Sendable {
  private struct State {
    var answers: [Answer?]
    var inFlight: Int?
    var isAbandoned = false
    var waiter: CheckedContinuation<Void, Never>?
    var isFinished = false
  }

  private let state: Mutex<State>
  private let watch: CallWatch?

  /// A list of `count` items without answers.
  init(count: Int, watch: CallWatch? = nil) {
    state = Mutex(State(answers: Array(repeating: nil, count: count)))
    self.watch = watch
  }

  /// Whether an item may be begun; call before touching anything.
  func begin(_ index: Int) -> Bool {
    if let watch, !watch.begin(index) { return false }
    return state.withLock { state in
      if state.isAbandoned { return false }
      state.inFlight = index
      return true
    }
  }

  /// The answer to an item. Too late ones are dropped.
  func finish(_ index: Int, _ answer: Answer) {
    let counts = state.withLock { state in
      state.inFlight = nil
      if !state.isAbandoned { state.answers[index] = answer }
      return !state.isAbandoned
    }
    if counts { watch?.answered(index, answer) }
  }

  /// What became of the list.
  struct Outcome: Sendable {
    /// Aligned with the list; nil for what was not begun or not ended.
    let answers: [Answer?]
    /// The item that was being worked on when the wait was given up.
    let inFlight: Int?
  }

  /// Runs `work` on a thread of its own kind; returns at its end, at the limit or at cancellation.
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
    return state.withLock { Outcome(answers: $0.answers, inFlight: $0.inFlight) }
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
