import DeletionModel

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

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    var start = 0
    while start < batch.targets.count {
      let rest = start..<batch.targets.count
      let admission = pacer.admitByRate(rest.count)
      if admission.count > 0, !admission.isOver {
        let part = start..<min(start + admission.count, rest.upperBound)
        await inner.delete(batch.part(part), observer: observer.part(part, of: batch))
        start = part.upperBound
        continue
      }
      let canWait = !admission.isOver
      guard canWait, await wait(admission.askAgainAfter ?? .milliseconds(50), batch.deadline) else {
        for index in rest { observer.answered(index, Answer(.failed(.heldBack))) }
        return
      }
    }
  }

  /// Waits; false when the run ends first, and then not before that end: whoever called would ask again at once.
  private func wait(_ pause: Duration, _ deadline: Deadline) async -> Bool {
    let remaining = deadline.remaining(on: time) ?? pause
    guard (try? await time.sleep(for: min(pause, remaining))) != nil else { return false }
    return !deadline.hasPassed(on: time)
  }
}
