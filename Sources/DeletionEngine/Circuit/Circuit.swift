import DeletionModel

/// Whether one endpoint is worth another request. Pure: answers and the time go in, decisions come out.
///
/// The circuit of an endpoint that fails again and again opens: nothing is sent but one file at a time, after pauses
/// that grow. A good answer closes it. An endpoint whose circuit stays open for too long is given up for the rest of the
/// run, so that its outage costs a minute and not the time limit of every file.
///
/// A good answer is one that says something of the file: deleted, absent, a directory. An answer that cannot be understood
/// is no evidence, as it may be a broken tool's. What the circuit is opened by:
///
/// | evidence | opens after | given up after |
/// | --- | --- | --- |
/// | no answer, broken connections, errors after which the file may be gone | ``CircuitPolicy/silentLimit`` in a row, or ``CircuitPolicy/silence`` | ``CircuitPolicy/patience`` |
/// | other server errors, refusals by the endpoint | ``CircuitPolicy/errorLimit`` in a row, or ``CircuitPolicy/silence`` | the same |
/// | "wait", 429, 503 | the same | the same before the first good answer, ``CircuitPolicy/laterPatience`` after it |
/// | the credential is rejected (401, a refused login) | the first, before any good answer; else three in a row | one further file |
/// | forbidden (403) | ``CircuitPolicy/authLimit`` in a row, ``CircuitPolicy/laterAuthLimit`` after a good answer, or ``CircuitPolicy/silence`` | ``CircuitPolicy/patience`` |
struct Circuit: Sendable, Equatable {
  /// What may be done now.
  enum Decision: Sendable, Equatable {
    /// Everything.
    case go
    /// One file, to see whether the endpoint works again.
    case tryOne
    /// Nothing; ask again after this.
    case wait(Duration)
    /// Nothing in this run.
    case givenUp(DeletionError)
  }

  private enum State: Sendable, Equatable {
    case closed
    case open(nextTrial: Moment)
    case onTrial(until: Moment)
    case givenUp

    var isTrial: Bool { if case .onTrial = self { true } else { false } }
  }

  private let policy: CircuitPolicy
  private var state = State.closed
  /// The share of what opens it that has come together since the last good answer.
  private var weight = 0.0
  /// When the first of these failures began, and what the last of them said.
  private(set) var failingSince: Moment?
  private(set) var lastError: DeletionError?
  private var trials = 0
  /// Answers in a row that rejected the credential.
  private var rejections = 0
  private var hasLetIn = false

  init(_ policy: CircuitPolicy) { self.policy = policy }

  /// Whether it has been given up.
  var isGivenUp: Bool { state == .givenUp }
  /// Whether one file is being tried.
  var isOnTrial: Bool { state.isTrial }
  /// Whether it ever gave a good answer.
  var hasAnswered: Bool { hasLetIn }
  /// Whether it has failed since its last good answer.
  var isFailing: Bool { failingSince != nil }
  /// Whether a good answer changes nothing.
  var isWell: Bool { hasLetIn && state == .closed && failingSince == nil && weight == 0 }
  /// Whether no requests go out, but for a trial.
  var isOpen: Bool { state != .closed }
  /// When the next file is tried; nil where that is not known, or the circuit is closed.
  var nextTrial: Moment? { if case .open(let moment) = state { moment } else { nil } }

  /// Asks for permission.
  mutating func ask(at now: Moment) -> Decision {
    switch state {
    case .closed: return .go
    case .givenUp: return .givenUp(reason)
    case .open(let nextTrial):
      guard now >= nextTrial else { return .wait(nextTrial - now) }
      // Whoever asked may never come back: then somebody else gets the turn.
      state = .onTrial(until: now + policy.trialLimit + policy.trialLimit)
      return .tryOne
    case .onTrial(let until):
      guard now < until else {
        state = .open(nextTrial: now)
        return ask(at: now)
      }
      return .wait(min(until - now, .milliseconds(250)))
    }
  }

  /// Takes the answer to one request.
  mutating func receive(_ answer: Answer, at now: Moment) {
    guard state != .givenUp else { return }
    guard case .failed(let error) = answer.kind else { return recover() }
    // In a trial, a file that was not tried means that the server was not ready.
    if error.isUntried { return state.isTrial ? fail(at: now) : () }
    switch error.errorClass {
    case .absent, .permanent: recover()
    case .unknown, .fatal: trialEndsWithoutAnswer(at: now)
    case .transient, .auth, .endpoint, .overload:
      failingSince = failingSince ?? Moment(sinceStart: now.sinceStart - .seconds(answer.seconds))
      lastError = error
      rejections = error.rejectsCredential ? rejections + 1 : 0
      weight += 1 / Double(limit(for: error))
      fail(at: now)
    }
  }

  private mutating func recover() {
    hasLetIn = true
    (state, weight, failingSince, trials, rejections) = (.closed, 0, nil, 0, 0)
  }

  private func limit(for error: DeletionError) -> Int {
    if error.rejectsCredential { return hasLetIn ? policy.laterRejectionLimit : 1 }
    if error.errorClass == .auth { return hasLetIn ? policy.laterAuthLimit : policy.authLimit }
    return error.isUnavailable || error.isAmbiguous ? policy.silentLimit : policy.errorLimit
  }

  private mutating func fail(at now: Moment) {
    guard let failingSince else { return }
    switch state {
    case .givenUp, .open: return
    case .closed:
      // Sums of reciprocals fall short of 1 by a rounding error.
      guard weight > 1 - 1e-9 || now - failingSince >= policy.silence else { return }
    case .onTrial: break
    }
    if isHopeless(after: now - failingSince) {
      state = .givenUp
      return
    }
    state = .open(nextTrial: now + pause(after: now - failingSince))
    trials += 1
  }

  /// Whether further trials are no use.
  private func isHopeless(after outage: Duration) -> Bool {
    if rejections > 0 { return trials >= policy.rejectionTrials }
    // A machine that slept is no outage: trials decide.
    return outage >= patience && trials >= policy.leastTrials
  }

  private var patience: Duration {
    hasLetIn && lastError?.errorClass == .overload ? policy.laterPatience : policy.patience
  }

  private func pause(after outage: Duration) -> Duration {
    if rejections > 0 { return policy.rejectionPause }
    let pause = min(policy.firstPause * (1 << min(trials, 10)), policy.longestPause)
    // A server that says for how long is believed, as far as it lets us try once more before it is given up.
    let wanted = max(pause, min(lastError?.retryAfter ?? .zero, policy.longestAskedPause))
    return max(.zero, min(wanted, patience - outage))
  }

  private mutating func trialEndsWithoutAnswer(at now: Moment) {
    if state.isTrial { state = .open(nextTrial: now + policy.firstPause) }
  }

  /// What the files are told that are not tried any more.
  private var reason: DeletionError {
    let last = lastError ?? .notTried
    return DeletionError(
      last.errorClass, code: last.code,
      message: "not tried: the endpoint has been given up; it said last: \(last.message)",
      isUnavailable: last.isUnavailable || (!hasLetIn && last.errorClass == .overload), isUntried: true)
  }
}
