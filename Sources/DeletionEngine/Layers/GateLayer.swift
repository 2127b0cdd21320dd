import DeletionModel
import DequeModule

/// Lets so many batches through to one endpoint at a time; the others wait in order.
///
/// A queue sends no more than that by itself (``EndpointQueue``). The gate is for what comes from elsewhere: a backend that
/// leaves files to this one (``HandingOver``) gives it any number of batches.
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
