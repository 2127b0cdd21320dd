import Synchronization
import TestSupport
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// How many calls are in flight at one endpoint, and what time they have.
@Suite("The gate") struct GateTests {
  /// A backend whose calls take some time, and that notes what it sees when they begin.
  private final class SlowBackend: BatchAnswering {
    struct Seen {
      var inside = 0
      var most = 0
      var times: [Duration?] = []
    }

    let name = "slow"
    let traits: BackendTraits
    let time = VirtualTime()
    private let state = Mutex(Seen())

    init(pacesItself: Bool) { traits = BackendTraits(batchLimit: 10, pacesItself: pacesItself) }

    var seen: Seen { state.withLock { $0 } }

    func answer(_ batch: Batch) async -> [Answer] {
      state.withLock { seen in
        seen.inside += 1
        seen.most = max(seen.most, seen.inside)
        seen.times.append(batch.deadline.remaining(on: time))
      }
      try? await time.sleep(for: .seconds(20))
      state.withLock { $0.inside -= 1 }
      return batch.targets.map { _ in Answer(.deleted) }
    }
  }

  @Test(
    "few calls of a backend that paces itself, of another as many as it may have", arguments: [true, false])
  func calls(pacesItself: Bool) async throws {
    let backend = SlowBackend(pacesItself: pacesItself)
    let lfns = (0..<200).map { "/store/unmerged/f\($0)" }
    let records = try await EngineTests().run(
      lfns, [EngineTests.route("root://h/", backend)],
      options: .init(retry: RetryPolicy(), concurrency: 7), time: backend.time)
    #expect(backend.seen.most == (pacesItself ? EndpointQueue.fullBatches : 7))
    #expect(await records.all.allSatisfy { $0.outcome == .deleted && $0.attempts == 1 })
  }

  @Test("a call that had to wait for others has all of its time when it begins")
  func waiting() async throws {
    let backend = SlowBackend(pacesItself: false)
    let lfns = (0..<60).map { "/store/unmerged/f\($0)" }
    let records = try await EngineTests().run(
      lfns, [EngineTests.route("root://h/", backend)],
      options: .init(retry: RetryPolicy(), concurrency: 1), time: backend.time)
    #expect(backend.seen.times.allSatisfy { ($0 ?? .seconds(3600)) >= .seconds(30) }, "\(backend.seen.times)")
    #expect(await records.all.allSatisfy { $0.outcome == .deleted && $0.attempts == 1 })
  }
}
