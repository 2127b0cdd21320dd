/// When an endpoint counts as ill, and how long a run waits for it to get well.
public struct CircuitPolicy: Sendable, Equatable {
  /// Failures in a row after which an endpoint is ill: nothing answered, or the connection broke.
  public var silentLimit: Int
  /// The same where it did answer, with a server error.
  public var errorLimit: Int
  /// The same where it lets us in nowhere, before it ever did.
  public var authLimit: Int
  /// The same where it did let us in before: a folder of somebody else's files is no expired credential.
  public var laterAuthLimit: Int
  /// It is ill, too, once it has failed for so long without a single good answer.
  public var silence: Duration
  /// The pause before it is tried again with one file; doubled each time.
  public var firstPause: Duration
  /// The longest of these pauses.
  public var longestPause: Duration
  /// How long that one file may wait for its answer.
  public var trialLimit: Duration
  /// How long a call may take, of however many files, before the endpoint has given any good answer.
  public var firstLimit: Duration
  /// How many trials it gets in any case.
  public var leastTrials: Int
  /// How long an endpoint may be ill before the files that are left for it are given up.
  public var patience: Duration

  /// Makes a policy.
  public init(
    silentLimit: Int = 20, errorLimit: Int = 100, authLimit: Int = 200, laterAuthLimit: Int = 1000,
    silence: Duration = .seconds(15), firstPause: Duration = .seconds(1),
    longestPause: Duration = .seconds(8), trialLimit: Duration = .seconds(10),
    firstLimit: Duration = .seconds(30), leastTrials: Int = 2, patience: Duration = .seconds(35)
  ) {
    self.silentLimit = silentLimit
    self.errorLimit = errorLimit
    self.authLimit = authLimit
    self.laterAuthLimit = laterAuthLimit
    self.silence = silence
    self.firstPause = firstPause
    self.longestPause = longestPause
    self.trialLimit = trialLimit
    self.firstLimit = firstLimit
    self.patience = patience
    self.leastTrials = leastTrials
  }

  /// The policy of a run: an endpoint is given the patience that one file would get by its retries, and to begin
  /// with the time of one file's answer.
  public init(for retry: RetryPolicy, attemptLimit: Duration = .seconds(30)) {
    self.init()
    // A little more, so that it is the backend who says what has taken so long.
    firstLimit = attemptLimit + .seconds(2)
    trialLimit = min(trialLimit, attemptLimit)
    patience = retry.pauses
    leastTrials = min(leastTrials, retry.retries)
    firstPause = min(firstPause, retry.pause)
  }
}
