/// Gives each attempt its own time limit inside the deadline of the run.
struct TimeLimitLayer: Backend {
  private let inner: any Backend
  private let attemptLimit: Duration
  private let time: any TimeSource

  init(around inner: any Backend, attemptLimit: Duration, time: any TimeSource) {
    self.inner = inner
    self.attemptLimit = attemptLimit
    self.time = time
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await inner.delete(target, deadline: deadline.within(attemptLimit, of: time))
  }

  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    let limit = attemptLimit + traits.allowancePerFile * max(0, targets.count - 1)
    return await inner.delete(batch: targets, deadline: deadline.within(limit, of: time))
  }
}
