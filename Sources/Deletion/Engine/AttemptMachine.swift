/// What has been tried for one file at one place, and what follows from the next answer. No clock, no
/// randomness, no I/O of its own: answers go in, steps come out.
public struct AttemptMachine: Sendable, Equatable {
  /// How a file ended at one place.
  public enum End: Sendable, Equatable {
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
  public enum Step: Sendable, Equatable {
    /// Nothing: this is how it ended.
    case settle(End)
    /// Try again after a pause.
    case again(after: Duration)
  }

  /// Attempts that count. Overload answers don't.
  public private(set) var attempts = 0
  /// How long the file has been waiting because of overload answers.
  public private(set) var overloadWait: Duration = .zero
  /// Whether some attempt may have deleted the file without saying so.
  public private(set) var mayBeGone = false

  /// A file that was not tried yet.
  public init() {}

  /// Takes an answer and says what follows.
  ///
  /// - Parameter jitter: a number from 0 to 1 that spreads the pauses; only asked for where there is one.
  public mutating func receive(
    _ answer: Answer.Kind, policy: RetryPolicy, jitter: @autoclosure () -> Double
  ) -> Step {
    switch answer {
    case .deleted:
      attempts += 1
      return .settle(.deleted)
    case .absent:
      attempts += 1
      return .settle(mayBeGone ? .deletedConfirmedByAbsence : .absent)
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
      return .settle(.failed(error))
    }
    return .again(after: max(policy.pause(after: attempts, jitter: jitter), error.retryAfter ?? .zero))
  }

  private mutating func overloaded(_ error: DeletionError, policy: RetryPolicy, jitter: Double) -> Step {
    let wait = max(policy.overloadPause * (0.5 + jitter), error.retryAfter ?? .zero)
    guard overloadWait + wait <= policy.overloadLimit else {
      attempts = max(attempts, 1)
      return .settle(.failed(error))
    }
    overloadWait += wait
    return .again(after: wait)
  }
}
