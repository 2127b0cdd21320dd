/// Tries the files of one batch at one place until each has settled, the policy has no more attempts, or the
/// run stops.
struct Retrier: Sendable {
  /// How one file fared at one place.
  struct Result: Sendable {
    /// Nil when it was never tried.
    var end: AttemptMachine.End?
    /// Attempts that count.
    var attempts: Int
    /// Time the storage took, in seconds, without pauses.
    var seconds: Double
  }

  let policy: RetryPolicy
  let time: any TimeSource
  let stop: StopSignal

  /// The results are aligned with the targets.
  func delete(_ targets: [DeletionTarget], with backend: any Backend, deadline: Deadline) async -> [Result] {
    var files = Array(repeating: File(), count: targets.count)
    var pending = Array(files.indices)
    while !pending.isEmpty, mayGoOn(deadline) {
      let batch = pending.count == targets.count ? targets : pending.map { targets[$0] }
      let answers = await backend.delete(batch: batch, deadline: deadline)
      let isOver = !mayGoOn(deadline)
      var pause: Duration = .zero
      var again: [Int] = []
      for (position, index) in pending.enumerated() {
        // A backend that answers for too few files has not answered for the rest.
        let answer = position < answers.count ? answers[position] : Self.missing(backend)
        // What the end of the run kept from being tried has not failed.
        if isOver, answer.isUntried {
          again.append(index)
        } else if let wait = files[index].receive(answer, policy: policy) {
          pause = max(pause, wait)
          again.append(index)
        }
      }
      pending = again
      guard !pending.isEmpty, await rest(pause, deadline) else { break }
    }
    return files.map(\.result)
  }

  /// Whether the run has not ended.
  private func mayGoOn(_ deadline: Deadline) -> Bool {
    stop.reason == nil && !Task.isCancelled && !deadline.hasPassed(on: time)
  }

  /// Waits out a pause; false when the run ends first.
  private func rest(_ pause: Duration, _ deadline: Deadline) async -> Bool {
    if let remaining = deadline.remaining(on: time), remaining <= pause { return false }
    let slept = await stop.sleep(for: pause, on: time)
    return slept && mayGoOn(deadline)
  }

  private static func missing(_ backend: any Backend) -> Answer {
    Answer(
      .failed(
        DeletionError(
          .unknown, code: "noAnswer", message: "\(backend.name) gave no answer for this file",
          isAmbiguous: true)))
  }

  private struct File {
    var machine = AttemptMachine()
    var seconds = 0.0
    var end: AttemptMachine.End?
    var lastError: DeletionError?

    /// Takes an answer; the pause before the next attempt, or nil when the file has settled.
    mutating func receive(_ answer: Answer, policy: RetryPolicy) -> Duration? {
      seconds += answer.seconds
      if case .failed(let error) = answer.kind { lastError = error }
      switch machine.receive(answer.kind, policy: policy, jitter: Double.random(in: 0...1)) {
      case .settle(let end):
        self.end = end
        return nil
      case .again(let pause):
        return pause
      }
    }

    /// A file that waits for another attempt when the run stops ends with the answer it had.
    var result: Result {
      Result(end: end ?? lastError.map { .failed($0) }, attempts: machine.attempts, seconds: seconds)
    }
  }
}

extension Answer {
  fileprivate var isUntried: Bool {
    if case .failed(let error) = kind { error.isUntried } else { false }
  }
}
