/// Says to the ``CallWatch`` of a call that all of its files begin, for a backend that does not say it of each.
struct AnnounceLayer: Backend {
  private let inner: any Backend

  init(around inner: any Backend) { self.inner = inner }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    guard CallWatch.current?.beginAll() ?? true else {
      return targets.map { _ in Answer(.failed(.notTried)) }
    }
    return await inner.delete(batch: targets, deadline: deadline)
  }
}
