import DeletionModel

/// What has been tried for one replica of a file, and what follows from the next answer. No clock, no
/// randomness, no I/O of its own: answers go in, steps come out.
package struct AttemptMachine: Sendable, Equatable {
  /// How a replica ended.
  package enum End: Sendable, Equatable {
    /// It was there and is gone.
    case deleted
    /// It is gone, and an earlier attempt without a clear answer must have done it: the storage now says that
    /// there is no such file.
    case deletedConfirmedByAbsence
    /// It was not there.
    case absent
    /// It may still be there.
    case failed(DeletionError)
  }

  /// What to do next.
  package enum Step: Sendable, Equatable {
    /// Nothing: this is how it ended.
    case complete(End)
    /// Try again after a pause.
    case again(after: Duration)
  }

  /// Attempts that count. Answers that ask for patience (overload) are pauses and no attempts.
  package private(set) var attempts = 0
  /// Overload answers.
  private var overloads = 0
  /// How long the file has been waiting because of overload answers.
  package private(set) var overloadWait: Duration = .zero
  /// Whether some attempt may have deleted the file without saying so.
  package private(set) var mayBeGone = false

  /// A file that this run has not tried yet.
  ///
  /// - Parameter mayBeGone: whether an earlier run may have deleted it without knowing.
  package init(mayBeGone: Bool = false) { self.mayBeGone = mayBeGone }

  /// Takes what the answer says of the requests before it.
  mutating func learn(mayBeGone: Bool) { self.mayBeGone = mayBeGone }

  /// Takes an answer and says what follows.
  ///
  /// - Parameter jitter: a number from 0 to 1 that spreads the pauses; asked for only where there is one.
  package mutating func receive(
    _ answer: Answer.Kind, policy: RetryPolicy, jitter: @autoclosure () -> Double
  ) -> Step {
    switch answer {
    case .deleted:
      attempts += 1
      return .complete(.deleted)
    case .absent:
      attempts += 1
      return .complete(mayBeGone ? .deletedConfirmedByAbsence : .absent)
    case .failed(let error):
      if error.isAmbiguous { mayBeGone = true }
      return error.errorClass == .overload
        ? overloaded(error, policy: policy, jitter: jitter())
        : failed(error, policy: policy, jitter: jitter())
    }
  }

  private mutating func failed(_ error: DeletionError, policy: RetryPolicy, jitter: Double) -> Step {
    attempts += 1
    guard error.errorClass.isWorthRetrying, attempts <= policy.retries else {
      return .complete(.failed(error))
    }
    return .again(after: max(policy.pause(after: attempts, jitter: jitter), error.retryAfter ?? .zero))
  }

  private mutating func overloaded(_ error: DeletionError, policy: RetryPolicy, jitter: Double) -> Step {
    let wait = max(policy.overloadPause(after: overloads, jitter: jitter), error.retryAfter ?? .zero)
    overloads += 1
    guard overloadWait + wait <= policy.overloadLimit else {
      attempts = max(attempts, 1)
      return .complete(.failed(error))
    }
    overloadWait += wait
    return .again(after: wait)
  }
}
