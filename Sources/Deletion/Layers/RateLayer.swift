/// Keeps a backend that knows no pacer below the rate: a call is cut into as many as the rate asks for.
struct RateLayer: Backend {
  private let inner: any Backend
  private let pacer: any RequestPacer
  private let time: any TimeSource

  init(around inner: any Backend, pacer: any RequestPacer, time: any TimeSource) {
    self.inner = inner
    self.pacer = pacer
    self.time = time
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    var answers: [Answer] = []
    while answers.count < targets.count {
      let rest = targets[answers.count...]
      let admission = pacer.admitByRate(rest.count)
      if admission.isOver {
        return answers + rest.map { _ in Answer(.failed(.heldBack)) }
      } else if admission.count > 0 {
        let begun = Array(rest.prefix(admission.count))
        let watch = CallWatch.current?.part(answers.count..<answers.count + begun.count)
        let some = await CallWatch.$current.withValue(watch) {
          await inner.delete(batch: begun, deadline: deadline)
        }
        answers += some.prefix(begun.count)
        // Too few answers are the retrier's affair; none may be put in the place of another.
        if some.count < begun.count { return answers }
      } else if await !wait(admission.askAgainAfter ?? .milliseconds(50), deadline) {
        return answers + rest.map { _ in Answer(.failed(.heldBack)) }
      }
    }
    return answers
  }

  /// Waits; false when the run ends first, and then not before that end: whoever called would ask again at once.
  private func wait(_ pause: Duration, _ deadline: Deadline) async -> Bool {
    let remaining = deadline.remaining(on: time) ?? pause
    guard (try? await time.sleep(for: min(pause, remaining))) != nil else { return false }
    return !deadline.hasPassed(on: time)
  }
}
