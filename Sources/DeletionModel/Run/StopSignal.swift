import Synchronization

/// Why a run ends before its list does.
package enum StopReason: Sendable, Equatable {
  /// The deadline has come.
  case deadline
  /// A signal was received: its name, such as `SIGTERM`.
  case signal(String)
  /// What is done can't be written down any more: why.
  case journal(String)

  /// For a person, and for the report.
  package var text: String {
    switch self {
    case .deadline: "the deadline was reached"
    case .signal(let name): "\(name) was received"
    case .journal(let why): "the journal could not be written (\(why))"
    }
  }
}

/// Set once from outside, seen everywhere in a run: no new work after it.
package final class StopSignal: Sendable {
  private struct State {
    var reason: StopReason?
    var ranOutOfTime = false
    var sleepers: [Int: Task<Void, Never>] = [:]
    var nextSleeper = 0
  }

  private let state = Mutex(State())
  /// Whether there is a reason. Every file asks, on every thread: a lock for each took 1 % of the time of `rm`.
  private let isSet = Atomic(false)

  /// A signal that is not set.
  package init() {}

  /// Why the run is to stop; nil while it may continue.
  package var reason: StopReason? {
    isSet.load(ordering: .acquiring) ? state.withLock { $0.reason } : nil
  }

  /// Why the run ended before its list was done: ``reason``, or the deadline where some file had no time left for
  /// another attempt although others continued.
  package var endReason: StopReason? {
    state.withLock { $0.reason ?? ($0.ranOutOfTime ? .deadline : nil) }
  }

  /// Notes that a file would have been tried again if there had been time.
  package func noteOutOfTime() { state.withLock { $0.ranOutOfTime = true } }

  /// Sets it and wakes whoever sleeps on it; the first reason stays.
  package func stop(_ reason: StopReason) {
    let sleepers = state.withLock { state in
      state.reason = state.reason ?? reason
      isSet.store(true, ordering: .releasing)
      defer { state.sleepers = [:] }
      return state.sleepers
    }
    for sleeper in sleepers.values { sleeper.cancel() }
  }

  /// Sleeps; false when the signal was set, or the task cancelled, before the time was over.
  package func sleep(for duration: Duration, on time: any TimeSource) async -> Bool {
    let sleeper = Task<Void, Never> { try? await time.sleep(for: duration) }
    let number = state.withLock { state -> Int? in
      guard state.reason == nil else { return nil }
      state.nextSleeper += 1
      state.sleepers[state.nextSleeper] = sleeper
      return state.nextSleeper
    }
    guard let number else {
      sleeper.cancel()
      return false
    }
    await withTaskCancellationHandler {
      await sleeper.value
    } onCancel: {
      sleeper.cancel()
    }
    return state.withLock { state in
      state.sleepers[number] = nil
      return state.reason == nil
    } && !Task.isCancelled
  }

  /// Runs `body`; once the signal is set it is left alone for `grace` and then cancelled.
  package func cancelling(
    after grace: Duration, on time: any TimeSource, _ body: @escaping @Sendable () async throws -> Void
  ) async throws {
    let work = Task { try await body() }
    let watch = Task {
      while reason == nil, !Task.isCancelled { _ = await sleep(for: .seconds(3600), on: time) }
      try? await time.sleep(for: grace)
      if !Task.isCancelled { work.cancel() }
    }
    defer { watch.cancel() }
    try await work.value
  }
}
