import DeletionModel

/// Asks ``BatchObserver/mayBegin(_:)`` for all targets of a batch at its start, for a backend that does not ask for each.
struct AnnounceLayer: Backend {
  private let inner: any Backend

  init(around inner: any Backend) { self.inner = inner }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    let allowed = batch.targets.indices.filter { index in
      if observer.mayBegin(index) { return true }
      observer.answered(index, Answer(.failed(.notTried)))
      return false
    }
    guard !allowed.isEmpty else { return }
    await inner.delete(batch.part(allowed), observer: observer.part(allowed, of: batch))
  }
}
