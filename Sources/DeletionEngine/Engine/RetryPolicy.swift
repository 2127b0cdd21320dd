import DeletionModel

/// How often and after which pauses a file is tried again.
package struct RetryPolicy: Sendable, Equatable {
  /// Attempts after the first.
  package var retries: Int
  /// The pause before the first of them; it doubles each time.
  package var pause: Duration
  /// The longest pause.
  package var longestPause: Duration
  /// The wait after the first overload answer that names none; doubled each time, up to ``longestOverloadPause``. It is
  /// short, as it is the pacer that keeps below what the server allows.
  package var overloadPause: Duration
  /// The longest time in all that one file is kept waiting by overload answers, which are no attempts.
  package var overloadLimit: Duration

  package init(
    retries: Int = 3, pause: Duration = .seconds(5), longestPause: Duration = .seconds(300),
    overloadPause: Duration = .seconds(1), overloadLimit: Duration = .seconds(600)
  ) {
    self.retries = retries
    self.pause = pause
    self.longestPause = longestPause
    self.overloadPause = overloadPause
    self.overloadLimit = overloadLimit
  }

  /// The longest wait after an overload answer that names none.
  static let longestOverloadPause = Duration.seconds(30)

  /// The wait after an overload answer that names none, drawn like ``pause(after:jitter:)``.
  ///
  /// - Parameter refusals: how many such answers the file had before.
  func overloadPause(after refusals: Int, jitter: Double) -> Duration {
    min(overloadPause * (1 << min(max(0, refusals), 10)), Self.longestOverloadPause) * (0.5 + jitter)
  }

  /// All pauses of one file together, unspread: how long it holds out.
  var pauses: Duration {
    (0..<max(0, retries)).reduce(.zero) { $0 + pause(after: $1 + 1, jitter: 0.5) }
  }

  /// The pause before an attempt: doubled each time, then drawn between half of it and one and a half, so that
  /// the jobs of a site don't come back together.
  ///
  /// - Parameters:
  ///   - attempts: how many attempts were made already, at least 1.
  ///   - jitter: a number from 0 to 1.
  func pause(after attempts: Int, jitter: Double) -> Duration {
    var pause = pause
    for _ in 1..<max(2, attempts) where attempts > 1 && pause < longestPause { pause *= 2 }
    return min(pause, longestPause) * (0.5 + jitter)
  }
}
