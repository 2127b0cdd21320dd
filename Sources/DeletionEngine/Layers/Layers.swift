import DeletionModel
import Logging

/// The order of the layers around every backend, written down once:
/// `gate(rate(circuit(timeLimit(log(announce(backend))))))`, and `circuit(log(announce(backend)))` for a backend that paces
/// itself, because it bounds each request and its pacer bounds their number. A backend that announces its files has no
/// layer for that. The engine, with its retries, is around all of them.
package enum Layers {
  /// Puts the layers around a backend.
  ///
  /// - Parameters:
  ///   - attemptLimit: how long one file may wait for its answer.
  ///   - concurrency: how many batches may be in flight at one endpoint, for a backend that doesn't pace itself.
  package static func around(
    _ backend: any Backend, attemptLimit: Duration, concurrency: Int, pacer: any RequestPacer,
    circuits: CircuitBoard, time: any TimeSource, log: Logger
  ) -> any Backend {
    backend.layered { backend in
      let announced: any Backend =
        backend.traits.announcesFiles ? backend : AnnounceLayer(around: backend)
      let logged = LogLayer(around: announced, log: log)
      if backend.traits.pacesItself { return CircuitLayer(around: logged, circuits: circuits, time: time) }
      let limited = TimeLimitLayer(around: logged, attemptLimit: attemptLimit, time: time)
      let guarded = CircuitLayer(around: limited, circuits: circuits, time: time)
      return GateLayer(
        around: RateLayer(around: guarded, pacer: pacer, time: time), concurrency: concurrency)
    }
  }
}

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

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    let limit = attemptLimit + traits.allowancePerFile * max(0, batch.targets.count - 1)
    await inner.delete(batch.within(limit, of: time), observer: observer)
  }
}

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
