import Synchronization

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// A clock that goes on to the next sleeper's end whenever everybody else has had some turns: many may sleep at a
/// time. Who sleeps for an hour only waits to be woken.
final class VirtualTime: TimeSource {
  private struct State {
    var now = Duration.zero
    var sleepers: [Int: (end: Duration, continuation: CheckedContinuation<Void, Never>)] = [:]
    var cancelled: Set<Int> = []
    var next = 0
    var isPumping = false
  }

  private let state = Mutex(State())

  func now() -> Moment { Moment(sinceStart: state.withLock { $0.now }) }

  func sleep(for duration: Duration) async throws {
    guard duration < .seconds(3600) else { return try await Task.sleep(for: .seconds(600)) }
    let number = state.withLock { state in
      state.next += 1
      return state.next
    }
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mayNot = state.withLock { state in
          if state.cancelled.remove(number) != nil { return true }
          state.sleepers[number] = (state.now + duration, continuation)
          return false
        }
        if mayNot { continuation.resume() } else { pump() }
      }
    } onCancel: {
      let sleeper = state.withLock { state in
        let sleeper = state.sleepers.removeValue(forKey: number)
        if sleeper == nil { state.cancelled.insert(number) }
        return sleeper
      }
      sleeper?.continuation.resume()
    }
    try Task.checkCancellation()
  }

  private func pump() {
    let isPumping = state.withLock { state in
      defer { state.isPumping = true }
      return state.isPumping
    }
    if isPumping { return }
    Task {
      while true {
        for _ in 0..<100 { await Task.yield() }
        let due = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
          guard let first = state.sleepers.values.map(\.end).min() else {
            state.isPumping = false
            return nil
          }
          state.now = first
          let due = state.sleepers.filter { $0.value.end == first }
          for number in due.keys { state.sleepers[number] = nil }
          return due.values.map(\.continuation)
        }
        guard let due else { return }
        for continuation in due { continuation.resume() }
      }
    }
  }
}
