/// Gives each call the time that the circuit of its endpoint allows, and tells the circuit what came of it before
/// anybody else gets the call's place in the gate.
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

  func delete(_ target: DeletionTarget, deadline: Deadline) async -> Answer {
    await delete(batch: [target], deadline: deadline).first ?? Answer(.failed(.notTried))
  }

  func delete(batch targets: [DeletionTarget], deadline: Deadline) async -> [Answer] {
    guard let endpoint = targets.first?.pfn.endpoint else { return [] }
    let limit = circuits.limit(of: targets.count, at: endpoint)
    let answers = await inner.delete(batch: targets, deadline: deadline.within(limit, of: time))
    circuits.note(answers, at: endpoint)
    return answers
  }
}
