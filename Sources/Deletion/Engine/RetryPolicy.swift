/// How often and after which pauses a file is tried again.
public struct RetryPolicy: Sendable, Equatable {
  /// Attempts after the first.
  public var retries: Int
  /// The pause before the first of them; it doubles each time.
  public var pause: Duration
  /// The longest pause.
  public var longestPause: Duration
  /// The shortest wait after an overload answer that names none.
  public var overloadPause: Duration
  /// The longest time in all that one file is kept waiting by overload answers, which are no attempts.
  public var overloadLimit: Duration

  /// Makes a policy.
  public init(
    retries: Int = 3, pause: Duration = .seconds(5), longestPause: Duration = .seconds(300),
    overloadPause: Duration = .seconds(10), overloadLimit: Duration = .seconds(3600)
  ) {
    self.retries = retries
    self.pause = pause
    self.longestPause = longestPause
    self.overloadPause = overloadPause
    self.overloadLimit = overloadLimit
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
