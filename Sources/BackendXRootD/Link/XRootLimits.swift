/// The time limits of connections.
struct XRootLimits: Sendable {
  /// From connecting to the end of the login.
  var setup = Duration.seconds(30)
  /// How long a server may say nothing while answers are due.
  var silence = Duration.seconds(60)
  /// How long an unused connection is kept.
  var idle = Duration.seconds(15)
  /// How long an address may be silent before the next one is asked too (RFC 8305 recommends 250 ms).
  var addressPause = Duration.milliseconds(250)
}

extension XRootLimits {
  /// Limits for one that gives a server so long for an answer.
  init(answer: Duration) {
    self.init()
    silence = answer
    setup = min(setup, answer)
  }
}
