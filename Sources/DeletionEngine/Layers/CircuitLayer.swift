import DeletionModel

/// Sends no batch that the circuit of its endpoint does not let through, and gives each the time that the circuit allows,
/// unless the backend limits itself. Tells the circuit of each answer of the endpoint before the engine hears of it.
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
