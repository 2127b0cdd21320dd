import Synchronization
import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct EndpointQueueTests {
  /// Counts who sleeps.
  private final class CountingTime: TimeSource {
    private let system = SystemTime()
    private let sleeps = Mutex(0)
    var count: Int { sleeps.withLock { $0 } }
    func now() -> Moment { system.now() }
    func sleep(for duration: Duration) async throws {
      sleeps.withLock { $0 += 1 }
      try await system.sleep(for: duration)
    }
  }

  @Test("news that come before a timer ends wake the worker once") func wakesOnce() async throws {
    let time = CountingTime()
    let queue = EndpointQueue(
      ScriptedBackend { _, _ in .deleted },
      through: CircuitBoard(CircuitPolicy(), time: time).circuit(of: "root://h"), concurrency: 1)
    let stop = StopSignal()
    let end = time.now() + .milliseconds(500)
    queue.wake()
    var rounds = 0
    while time.now() < end {
      await queue.news(until: end, stop, on: time)
      rounds += 1
    }
    // One for the news, one for the timer, and perhaps one more where that came a moment early.
    #expect(rounds <= 4)
    #expect(time.count <= 4)
  }
}
