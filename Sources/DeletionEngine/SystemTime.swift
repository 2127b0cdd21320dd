import DeletionModel

/// The machine's monotonic clock.
package struct SystemTime: TimeSource {
  private let start = ContinuousClock.now

  /// A clock that starts now.
  package init() {}

  /// Time since this clock was made.
  package func now() -> Moment { Moment(sinceStart: ContinuousClock.now - start) }

  /// Waits on the machine's clock.
  package func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }
}
