/// When the circuit of an endpoint opens, and how long a run waits until it can be closed.
package struct CircuitPolicy: Sendable, Equatable {
  /// Failures in a row after which the circuit opens: nothing answered, the connection broke, or the file may be gone.
  package var silentLimit: Int
  /// The same where it did answer, with an error that leaves no doubt of the file.
  package var errorLimit: Int
  /// The same where it lets us in nowhere, before it ever did.
  package var authLimit: Int
  /// The same where the token does not seem to fit: see ``CircuitBoard/expectRefusals(at:)``.
  static let doubtfulAuthLimit = 3
  /// The same where it did let us in before: a directory of somebody else's files is no expired credential.
  package var laterAuthLimit: Int
  /// Answers in a row that reject the credential after the endpoint had let us in; before that the first one counts.
  package var laterRejectionLimit: Int
  /// dCache from 11.2 on blocks the address of a client, and with it all that are behind the same NAT, after three answers
  /// 401 within so long (`RateLimitedHandlerList.java`, `webdav.properties`).
  package static let blockingTime = Duration.seconds(20)
  /// How long nothing is sent after a credential was rejected.
  package var rejectionPause: Duration
  /// How many further files are tried with a rejected credential before the endpoint is given up.
  package var rejectionTrials: Int
  /// The circuit opens, too, once the endpoint has failed for so long without a single good answer.
  package var silence: Duration
  /// The pause before it is tried again with one file; doubled each time.
  package var firstPause: Duration
  /// The longest of these pauses.
  package var longestPause: Duration
  /// How long that one file may wait for its answer.
  package var trialLimit: Duration
  /// How long a call may take, of however many files, before the endpoint has given any good answer.
  package var firstLimit: Duration
  /// How many trials it gets in any case.
  package var leastTrials: Int
  /// How long a circuit may be open before the files that are left for its endpoint are given up.
  package var patience: Duration
  /// The same for an endpoint that has given good answers and now asks for patience again and again.
  package var laterPatience: Duration
  /// The longest pause between two trials that a server's own word is believed for.
  package var longestAskedPause: Duration

  package init(
    silentLimit: Int = 20, errorLimit: Int = 100, authLimit: Int = 200, laterAuthLimit: Int = 1000,
    laterRejectionLimit: Int = 3, rejectionPause: Duration = blockingTime, rejectionTrials: Int = 1,
    silence: Duration = .seconds(15), firstPause: Duration = .seconds(1),
    longestPause: Duration = .seconds(8), trialLimit: Duration = .seconds(10),
    firstLimit: Duration = .seconds(30), leastTrials: Int = 2, patience: Duration = .seconds(35),
    laterPatience: Duration = .seconds(600), longestAskedPause: Duration = .seconds(60)
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
    self.laterRejectionLimit = laterRejectionLimit
    self.rejectionPause = rejectionPause
    self.rejectionTrials = rejectionTrials
    self.laterPatience = laterPatience
    self.longestAskedPause = longestAskedPause
  }

  /// The policy of a run: an endpoint is given the patience that one file would get by its retries, and to begin
  /// with the time of one file's answer.
  package init(for retry: RetryPolicy, attemptLimit: Duration = .seconds(30)) {
    self.init()
    // A little more, so that it is the backend who says what has taken so long.
    firstLimit = attemptLimit + .seconds(2)
    trialLimit = min(trialLimit, attemptLimit)
    patience = retry.pauses
    leastTrials = min(leastTrials, retry.retries)
    laterPatience = min(laterPatience, max(patience, retry.overloadLimit))
    firstPause = min(firstPause, retry.pause)
  }
}
