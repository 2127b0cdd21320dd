import DeletionModel
import Synchronization
import SystemPackage
import Threads

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
    var threadFailure: Errno?
  }

  private let state: Mutex<State>
  private let observer: any BatchObserver

  /// How a thread is started.
  typealias ThreadStart = @Sendable (@escaping @Sendable () -> Void) throws(Errno) -> Void
  private let startThread: ThreadStart

  /// A list of `count` items without answers.
  init(
    count: Int, observer: any BatchObserver,
    startThread: @escaping ThreadStart = { try DetachedThread.start($0) }
  ) {
    self.startThread = startThread
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
    /// Why there was no thread to do it on; nil where there was.
    var threadFailure: Errno?
    /// Aligned with the list; false for what was not begun or not ended.
    let isAnswered: [Bool]
    /// The item that was being worked on when the wait was given up.
    let inFlight: Int?
  }

  /// Runs `work` on a thread of its own; returns at its end, at the limit or at cancellation. Dispatch's threads would not
  /// do: it has 64 at most that block, and as many calls on dead mounts would stop all others.
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
        do throws(Errno) {
          try startThread {
            work(self)
            self.end()
          }
        } catch {
          state.withLock { $0.threadFailure = error }
          end()
        }
      }
    } onCancel: {
      abandon()
    }
    timer?.cancel()
    return state.withLock {
      Outcome(threadFailure: $0.threadFailure, isAnswered: $0.isAnswered, inFlight: $0.inFlight)
    }
  }

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
