import DeletionModel
import DequeModule
import Logging

/// Lets so many batches through to one endpoint at a time; the others wait in order.
struct GateLayer: Backend {
  private let inner: any Backend
  private let gate: EndpointGate

  init(around inner: any Backend, concurrency: Int) {
    self.inner = inner
    self.gate = EndpointGate(capacity: concurrency)
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard let endpoint = batch.targets.first?.pfn.endpoint else { return }
    await gate.enter(endpoint)
    await inner.delete(batch, observer: observer)
    await gate.leave(endpoint)
  }
}

/// Counts who is inside, an endpoint at a time.
actor EndpointGate {
  private let capacity: Int
  private var inside: [String: Int] = [:]
  private var waiting: [String: Deque<CheckedContinuation<Void, Never>>] = [:]

  init(capacity: Int) {
    self.capacity = max(1, capacity)
  }

  /// Returns once there is room. Every caller gets in, also a cancelled one: a backend does nothing once its
  /// task is cancelled, so those ahead leave quickly.
  func enter(_ endpoint: String) async {
    if inside[endpoint, default: 0] < capacity {
      inside[endpoint, default: 0] += 1
      return
    }
    await withCheckedContinuation { waiting[endpoint, default: []].append($0) }
  }

  /// Makes room; whoever waits longest takes the place over.
  func leave(_ endpoint: String) {
    if let next = waiting[endpoint]?.popFirst() {
      next.resume()
    } else {
      inside[endpoint, default: 1] -= 1
    }
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

/// Logs each answer: at `debug` where the file is gone, at `info` where the attempt failed.
struct LogLayer: Backend {
  private let inner: any Backend
  private let log: Logger

  init(around inner: any Backend, log: Logger) {
    self.inner = inner
    self.log = log
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard log.logLevel <= .info else { return await inner.delete(batch, observer: observer) }
    await inner.delete(
      batch, observer: Observer(whole: observer, targets: batch.targets, backend: name, log: log))
  }

  private struct Observer: BatchObserver {
    let whole: any BatchObserver
    let targets: [DeletionTarget]
    let backend: String
    let log: Logger

    func mayBegin(_ index: Int) -> Bool { whole.mayBegin(index) }

    func answered(_ index: Int, _ answer: Answer) {
      if targets.indices.contains(index) { note(targets[index], answer) }
      whole.answered(index, answer)
    }

    private func note(_ target: DeletionTarget, _ answer: Answer) {
      switch answer.kind {
      case .deleted: log.debug("deleted", metadata: about(target))
      case .absent: log.debug("absent", metadata: about(target))
      case .failed(let error):
        var metadata = about(target)
        metadata["class"] = "\(error.errorClass.rawValue)"
        metadata["code"] = "\(error.code)"
        metadata["message"] = "\(error.message)"
        log.info("attempt failed", metadata: metadata)
      }
    }

    private func about(_ target: DeletionTarget) -> Logger.Metadata {
      ["lfn": "\(target.lfn)", "pfn": "\(target.pfn.text)", "backend": "\(backend)"]
    }
  }
}
