/// Whether one endpoint is worth another request. Pure: answers and the time go in, verdicts come out.
///
/// An endpoint that fails again and again is *ill*: it is left alone but for one file at a time, after pauses that
/// grow. A good answer makes it well. One that stays ill for too long is given up for the rest of the run, so that
/// its outage costs a minute and not the time limit of every file.
struct Circuit: Sendable, Equatable {
  /// What may be done now.
  enum Verdict: Sendable, Equatable {
    /// Everything.
    case go
    /// One file, to see whether the endpoint is well again.
    case tryOne
    /// Nothing; ask again after this.
    case wait(Duration)
    /// Nothing in this run.
    case givenUp(DeletionError)
  }

  private enum State: Sendable, Equatable {
    case well
    case ill(nextTrial: Moment)
    case onTrial(until: Moment)
    case givenUp

    var isTrial: Bool { if case .onTrial = self { true } else { false } }
  }

  private let policy: CircuitPolicy
  private var state = State.well
  /// The share of what makes it ill that has come together since the last good answer.
  private var weight = 0.0
  /// When the first of these failures began, and what the last of them said.
  private var failingSince: Moment?
  private var lastError: DeletionError?
  private var trials = 0
  private var hasLetIn = false

  init(_ policy: CircuitPolicy) { self.policy = policy }

  /// Whether it has been given up.
  var isGivenUp: Bool { state == .givenUp }
  /// Whether one file is being tried.
  var isOnTrial: Bool { state.isTrial }
  /// Whether it ever gave a good answer.
  var hasAnswered: Bool { hasLetIn }
  /// Whether requests are held back.
  var isOpen: Bool { state != .well }

  /// Asks for permission.
  mutating func ask(at now: Moment) -> Verdict {
    switch state {
    case .well: return .go
    case .givenUp: return .givenUp(reason)
    case .ill(let nextTrial):
      guard now >= nextTrial else { return .wait(nextTrial - now) }
      // Whoever asked may never come back: then somebody else gets the turn.
      state = .onTrial(until: now + policy.trialLimit + policy.trialLimit)
      return .tryOne
    case .onTrial(let until):
      guard now < until else {
        state = .ill(nextTrial: now)
        return ask(at: now)
      }
      return .wait(min(until - now, .milliseconds(250)))
    }
  }

  /// Takes the answer to one request.
  mutating func receive(_ answer: Answer, at now: Moment) {
    guard state != .givenUp else { return }
    guard case .failed(let error) = answer.kind else { return recover() }
    // On trial there was time for one request: a file that was not even tried waited for something else, in vain.
    if error.isUntried { return state.isTrial ? fail(at: now) : () }
    switch error.errorClass {
    case .absent, .permanent, .overload: recover()
    case .unknown, .fatal: trialEndsWithoutAnswer(at: now)
    case .transient, .auth:
      failingSince = failingSince ?? Moment(sinceStart: now.sinceStart - .seconds(answer.seconds))
      lastError = error
      weight += 1 / Double(limit(for: error))
      fail(at: now)
    }
  }

  private mutating func recover() {
    hasLetIn = true
    (state, weight, failingSince, trials) = (.well, 0, nil, 0)
  }

  private func limit(for error: DeletionError) -> Int {
    if error.errorClass == .auth { return hasLetIn ? policy.laterAuthLimit : policy.authLimit }
    return error.isUnavailable || error.isAmbiguous ? policy.silentLimit : policy.errorLimit
  }

  private mutating func fail(at now: Moment) {
    guard let failingSince else { return }
    switch state {
    case .givenUp, .ill: return
    case .well:
      // Sums of reciprocals fall short of 1 by a rounding error.
      guard weight > 1 - 1e-9 || now - failingSince >= policy.silence else { return }
    case .onTrial: break
    }
    // A machine that slept is no outage: trials decide.
    if now - failingSince >= policy.patience, trials >= policy.leastTrials {
      state = .givenUp
      return
    }
    let pause = min(policy.firstPause * (1 << min(trials, 10)), policy.longestPause)
    trials += 1
    state = .ill(nextTrial: now + max(.zero, min(pause, policy.patience - (now - failingSince))))
  }

  private mutating func trialEndsWithoutAnswer(at now: Moment) {
    if state.isTrial { state = .ill(nextTrial: now + policy.firstPause) }
  }

  /// What the files are told that are not tried any more.
  private var reason: DeletionError {
    let last = lastError ?? .notTried
    return DeletionError(
      last.errorClass, code: last.code,
      message: "not tried: the endpoint has been given up; it said last: \(last.message)",
      isUnavailable: last.isUnavailable, isUntried: true)
  }
}
