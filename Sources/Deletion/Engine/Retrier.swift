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
    /// The backend that gave the last answer, where that is not the one that was called.
    var backend: String?
    /// Why it was never tried although the run went on: the endpoint has been given up.
    var leftOut: DeletionError?
    /// Whether some attempt may have deleted the file although this is not the end of it.
    var mayBeGone = false
  }

  /// Follows the files of a call; both get places in the list of targets.
  struct Watch: Sendable {
    /// Requests for these are about to be sent; false: they must not be.
    var begun: @Sendable ([Int]) -> Bool
    /// Has settled, while the call may go on for others.
    var settled: @Sendable (Int, Result) -> Void
  }

  /// A file, and what earlier runs have left of it.
  struct Errand: Sendable {
    var target: DeletionTarget
    var mayBeGone = false
  }

  let policy: RetryPolicy
  let time: any TimeSource
  let stop: StopSignal
  let circuits: CircuitBoard

  /// The results are aligned with the errands.
  func delete(
    _ errands: [Errand], with backend: any Backend, deadline: Deadline, watch: Watch? = nil
  ) async -> [Result] {
    var files = errands.map {
      File(target: $0.target, machine: AttemptMachine(mayBeGone: $0.mayBeGone))
    }
    var waiting = Array(files.indices)
    let endpoint = errands.first?.target.pfn.endpoint ?? ""
    while !waiting.isEmpty, mayGoOn(deadline) {
      var pending = waiting
      switch circuits.ask(endpoint) {
      case .go: break
      case .tryOne: pending = [waiting[0]]
      case .wait(let pause):
        guard await rest(pause, deadline) else { return files.map(\.result) }
        continue
      case .givenUp(let reason):
        for index in waiting { files[index].leaveOut(reason) }
        return files.map(\.result)
      }
      let targets = pending.map { files[$0].target }
      let call = watch.map { callWatch($0, pending, files) }
      var answers = await CallWatch.$current.withValue(call) {
        await backend.delete(batch: targets, deadline: deadline)
      }
      if mayGoOn(deadline), !circuits.isOpen(endpoint),
        answers.allSatisfy({ $0.error?.isUntried == true && $0.error != .heldBack })
      {
        // All of the time has gone into something else: the server was not even ready to be asked.
        answers = answers.map { _ in Answer(.failed(.notReady)) }
        circuits.note(answers, at: endpoint)
      }
      var pause: Duration = .zero
      var again: [Int] = []
      for (position, index) in pending.enumerated() {
        // A backend that answers for too few files has not answered for the rest.
        let answer = position < answers.count ? answers[position] : .missing(from: backend)
        // What was kept from being tried, by the end of the run, its neighbours or the endpoint, has not failed.
        if answer.error?.isUntried == true {
          again.append(index)
        } else if let wait = files[index].receive(answer, policy: policy) {
          pause = max(pause, wait)
          again.append(index)
        }
      }
      // What was not tried now comes first the next time.
      waiting = waiting.dropFirst(pending.count) + again
      // Where the endpoint is ill, its circuit says when to try again.
      if circuits.isOpen(endpoint) { pause = .zero }
      guard !waiting.isEmpty, await rest(pause, deadline) else { break }
    }
    return files.map(\.result)
  }

  /// Whether the run has not ended.
  private func mayGoOn(_ deadline: Deadline) -> Bool {
    stop.reason == nil && !Task.isCancelled && !deadline.hasPassed(on: time)
  }

  /// Waits out a pause; false when the run ends first.
  private func rest(_ pause: Duration, _ deadline: Deadline) async -> Bool {
    if let remaining = deadline.remaining(on: time), remaining <= pause {
      stop.noteOutOfTime()
      return false
    }
    let slept = await stop.sleep(for: pause, on: time)
    return slept && mayGoOn(deadline)
  }

  private func callWatch(_ watch: Watch, _ pending: [Int], _ files: [File]) -> CallWatch {
    CallWatch(count: pending.count) { places in
      watch.begun(Array(pending[places]))
    } answered: { [policy] place, answer in
      var file = files[pending[place]]
      if file.receive(answer, policy: policy) == nil { watch.settled(pending[place], file.result) }
    }
  }

  private struct File {
    let target: DeletionTarget
    var machine: AttemptMachine
    var seconds = 0.0
    var end: AttemptMachine.End?
    var lastError: DeletionError?
    var backend: String?
    var leftOut: DeletionError?

    /// The endpoint has been given up; what was answered before still stands.
    mutating func leaveOut(_ reason: DeletionError) {
      if lastError == nil { leftOut = reason }
    }

    /// Takes an answer; the pause before the next attempt, or nil when the file has settled.
    mutating func receive(_ answer: Answer, policy: RetryPolicy) -> Duration? {
      seconds += answer.seconds
      backend = answer.backend
      lastError = answer.error ?? lastError
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
      Result(
        end: end ?? lastError.map { .failed($0) }, attempts: machine.attempts, seconds: seconds,
        backend: backend, leftOut: leftOut, mayBeGone: machine.mayBeGone)
    }
  }
}
