/// A clock that is passed in, so that everything with a pause in it is tested without waiting.
public protocol TimeSource: Sendable {
  /// Time since some fixed moment; never goes back.
  func now() -> Moment
  /// Waits; returns early, throwing, when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// A point on a ``TimeSource``.
public struct Moment: Sendable, Comparable {
  /// Time since the clock's own start.
  public var sinceStart: Duration

  /// Makes a moment.
  public init(sinceStart: Duration) { self.sinceStart = sinceStart }

  /// Earlier comes first.
  public static func < (left: Moment, right: Moment) -> Bool { left.sinceStart < right.sinceStart }

  /// The moment that much later.
  public static func + (moment: Moment, duration: Duration) -> Moment {
    Moment(sinceStart: moment.sinceStart + duration)
  }

  /// The time between two moments.
  public static func - (left: Moment, right: Moment) -> Duration { left.sinceStart - right.sinceStart }
}

/// The machine's monotonic clock.
public struct SystemTime: TimeSource {
  private let start = ContinuousClock.now

  /// A clock that starts now.
  public init() {}

  /// Time since this clock was made.
  public func now() -> Moment { Moment(sinceStart: ContinuousClock.now - start) }

  /// Waits on the machine's clock.
  public func sleep(for duration: Duration) async throws {
    try await Task.sleep(for: duration, clock: .continuous)
  }
}

extension Duration {
  /// The whole duration in seconds.
  public var inSeconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
