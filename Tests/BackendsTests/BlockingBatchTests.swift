import SystemPackage
import TestSupport
import Testing
import Synchronization
import Glibc

@testable import BackendPOSIX
@testable import DeletionModel

@Suite("Calls that block", .timeLimit(.minutes(5)))
struct BlockingBatchTests {
  /// Holds all that come until there are as many as are expected.
  private final class Barrier: Sendable {
    private let count: Int
    private let arrived = Mutex(0)

    init(_ count: Int) { self.count = count }

    /// Blocks the thread, as a call on a dead mount does.
    func wait() {
      arrived.withLock { $0 += 1 }
      while arrived.withLock({ $0 < count }) { usleep(1000) }
    }
  }

  @Test func `a hundred that hang do not keep the next one from its thread`() async {
    let count = 101
    let barrier = Barrier(count)
    let answered = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<count {
        group.addTask {
          let batch = BlockingBatch(count: 1, observer: BatchAnswers(count: 1))
          // Only where some wait in vain for a thread does the limit end this.
          let outcome = await batch.run(limit: .seconds(60)) { work in
            guard work.begin(0) else { return }
            barrier.wait()
            work.finish(0, Answer(.deleted))
          }
          return outcome.isAnswered == [true]
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(answered == count)
  }

  @Test func `without a thread nothing is tried, and it is said why`() async {
    let batch = BlockingBatch(count: 2, observer: BatchAnswers(count: 2)) { _ throws(Errno) in
      throw .resourceTemporarilyUnavailable
    }
    let outcome = await batch.run(limit: nil) { work in
      if work.begin(0) { work.finish(0, Answer(.deleted)) }
    }
    #expect(outcome.threadFailure == .resourceTemporarilyUnavailable)
    #expect(outcome.isAnswered == [false, false] && outcome.inFlight == nil)
  }
}
