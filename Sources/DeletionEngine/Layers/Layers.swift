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

/// Sends no batch that the circuit of its endpoint does not let through, and gives each the time that the circuit allows,
/// unless the backend limits itself. Tells the circuit of each answer of the endpoint before anybody else hears of it.
struct CircuitLayer: Backend {
  private let inner: any Backend
  private let circuits: CircuitBoard
  private let time: any TimeSource

  init(around inner: any Backend, circuits: CircuitBoard, time: any TimeSource) {
    self.inner = inner
    self.circuits = circuits
    self.time = time
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ batch: Batch, observer: any BatchObserver) async {
    guard let endpoint = batch.targets.first?.pfn.endpoint else { return }
    // It may have opened while the batch waited its turn.
    let circuit = circuits.circuit(of: endpoint)
    guard circuit.lets(through: batch.targets.count) else { return batch.answerAll(.notTried, observer) }
    let limit = traits.limitsItself ? nil : circuit.limit(of: batch.targets.count)
    await inner.delete(batch.within(limit, of: time), observer: Observer(whole: observer, circuit: circuit))
  }

  private struct Observer: BatchObserver {
    let whole: any BatchObserver
    let circuit: EndpointCircuit

    func mayBegin(_ index: Int) -> Bool { whole.mayBegin(index) }

    func answered(_ index: Int, _ answer: Answer) {
      // Left to another backend: the endpoint has said nothing yet.
      if answer.error?.isForAnother != true { circuit.note(answer) }
      whole.answered(index, answer)
    }
  }
}

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
