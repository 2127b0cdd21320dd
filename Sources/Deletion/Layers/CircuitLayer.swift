/// Tells the circuit of the endpoint what came of each call, before anybody else gets the call's place in the gate.
struct CircuitLayer: Backend {
  private let inner: any Backend
  private let circuits: CircuitBoard

  init(around inner: any Backend, circuits: CircuitBoard) {
    self.inner = inner
    self.circuits = circuits
  }

  var name: String { inner.name }
  var traits: BackendTraits { inner.traits }

  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    let answers = await inner.delete(batch: targets, deadline: deadline)
    if let endpoint = targets.first?.pfn.endpoint { circuits.note(answers, at: endpoint) }
    return answers
  }
}
