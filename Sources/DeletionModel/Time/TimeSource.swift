/// A clock that is passed in, so that everything with a pause in it is tested without waiting.
package protocol TimeSource: Sendable {
  /// Time since some fixed moment; never goes back.
  func now() -> Moment
  /// Waits; returns early, throwing, when the task is cancelled.
  func sleep(for duration: Duration) async throws
}

/// A point on a ``TimeSource``.
package struct Moment: Sendable, Comparable {
  /// Time since the clock's own start.
  package var sinceStart: Duration

  package init(sinceStart: Duration) { self.sinceStart = sinceStart }

  /// Earlier comes first.
  package static func < (left: Moment, right: Moment) -> Bool { left.sinceStart < right.sinceStart }

  /// The moment that much later.
  package static func + (moment: Moment, duration: Duration) -> Moment {
    Moment(sinceStart: moment.sinceStart + duration)
  }

  /// The time between two moments.
  package static func - (left: Moment, right: Moment) -> Duration { left.sinceStart - right.sinceStart }
}

extension Duration {
  /// The whole duration in seconds.
  package var inSeconds: Double {
    let parts = components
    return Double(parts.seconds) + Double(parts.attoseconds) * 1e-18
  }
}

/// When something must have ended. One deadline is passed down, from the job to the attempt, and each level
/// can only make it earlier.
package struct Deadline: Sendable, Equatable {
  /// The moment, or nil for none.
  package let moment: Moment?

  /// No deadline.
  package static let none = Deadline(at: nil)

  /// A deadline at a moment, or none.
  package init(at moment: Moment?) { self.moment = moment }

  /// This deadline, or `limit` from now where that is earlier.
  package func within(_ limit: Duration?, of time: any TimeSource) -> Deadline {
    guard let limit else { return self }
    let end = time.now() + limit
    guard let moment else { return Deadline(at: end) }
    return Deadline(at: min(moment, end))
  }

  /// The time that is left, never negative; nil without a deadline.
  package func remaining(on time: any TimeSource) -> Duration? {
    moment.map { max(.zero, $0 - time.now()) }
  }

  /// Whether the moment has come.
  package func hasPassed(on time: any TimeSource) -> Bool {
    moment.map { time.now() >= $0 } ?? false
  }
}
