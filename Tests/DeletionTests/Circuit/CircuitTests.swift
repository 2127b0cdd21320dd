import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct CircuitTests {
  static let refused = Answer(
    .failed(DeletionError(.transient, code: "refused", message: "nobody listens", isUnavailable: true)))
  static let timedOut = Answer(
    .failed(DeletionError(.transient, code: "timeout", message: "no answer", isAmbiguous: true)),
    seconds: 30)
  static let serverError = Answer(.failed(DeletionError(.transient, code: "HTTP 500", message: "oops")))
  static let forbidden = Answer(.failed(DeletionError(.auth, code: "HTTP 403", message: "no")))
  static let busy = Answer(.failed(DeletionError(.overload, code: "HTTP 429", message: "slowly")))
  static let directory = Answer(.failed(DeletionError(.permanent, code: "EISDIR", message: "a directory")))

  private func at(_ seconds: Double) -> Moment { Moment(sinceStart: .seconds(100) + .seconds(seconds)) }

  struct Opening: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var before: [Answer] = []
    let answer: Answer
    let limit: Int
  }

  @Test(
    "so many failures in a row hold requests back",
    arguments: [
      Opening(testDescription: "nobody listens", answer: refused, limit: 20),
      Opening(testDescription: "server errors", answer: serverError, limit: 100),
      Opening(testDescription: "never let in", answer: forbidden, limit: 200),
      Opening(
        testDescription: "no longer let in", before: [Answer(.deleted)], answer: forbidden, limit: 1000),
      Opening(
        testDescription: "not in a row", before: Array(repeating: refused, count: 19) + [Answer(.absent)],
        answer: refused, limit: 20),
    ]) func opens(_ row: Opening)
  {
    var circuit = Circuit(CircuitPolicy())
    for answer in row.before { circuit.receive(answer, at: at(0)) }
    for _ in 1..<row.limit { circuit.receive(row.answer, at: at(0)) }
    #expect(circuit.ask(at: at(0)) == .go)
    circuit.receive(row.answer, at: at(0))
    #expect(circuit.ask(at: at(0)) == .wait(.seconds(1)))
  }

  @Test("where refusals are to be expected a few are enough, and a good answer ends the doubt") func doubt() {
    let board = CircuitBoard(CircuitPolicy(), time: VirtualTime())
    for endpoint in ["doubtful", "good"] { board.expectRefusals(at: endpoint) }
    func note(_ answers: [Answer], at endpoint: String) {
      for answer in answers { board.circuit(of: endpoint).note(answer) }
    }
    note([Answer(.deleted)] + Array(repeating: Self.forbidden, count: 999), at: "good")
    note(Array(repeating: Self.forbidden, count: 2), at: "doubtful")
    #expect(board.open.isEmpty)
    for endpoint in ["doubtful", "other"] { note([Self.forbidden], at: endpoint) }
    #expect(board.open.keys.sorted() == ["doubtful"])
  }

  @Test("one failure is enough when it took long") func opensByTime() {
    var circuit = Circuit(CircuitPolicy())
    circuit.receive(Self.timedOut, at: at(30))
    #expect(circuit.isOpen)
  }

  @Test("what is answered for one file says nothing of the endpoint", arguments: [directory])
  func staysClosed(_ answer: Answer) {
    var circuit = Circuit(CircuitPolicy())
    for second in 0..<5000 {
      circuit.receive(answer, at: at(Double(second)))
      circuit.receive(Self.refused, at: at(Double(second)))
    }
    #expect(circuit.ask(at: at(5000)) == .go)
  }

  @Test("an endpoint that only ever asks for patience is given up like one that is silent")
  func onlyBusy() {
    var circuit = Circuit(CircuitPolicy())
    var now = 0.0
    while !circuit.isGivenUp, now < 3600 {
      if case .wait(let pause) = circuit.ask(at: at(now)) { now += pause.inSeconds }
      circuit.receive(Self.busy, at: at(now))
      now += 0.01
    }
    #expect(now >= 35 && now < 60)
    guard case .givenUp(let error) = circuit.ask(at: at(now)) else {
      Issue.record("not given up")
      return
    }
    #expect(error.errorClass == .overload && error.isUnavailable && error.isUntried)
  }

  @Test("one that has let us in before is waited for ten minutes when it asks for patience")
  func busyLater() {
    var circuit = Circuit(CircuitPolicy())
    circuit.receive(Self.directory, at: at(0))
    var now = 0.0
    while !circuit.isGivenUp, now < 3600 {
      if case .wait(let pause) = circuit.ask(at: at(now)) { now += pause.inSeconds }
      circuit.receive(Self.busy, at: at(now))
      now += 0.01
    }
    #expect(now >= 600 && now < 700)
  }

  @Test("a refusal among good answers is the file's own, and the pacer's")
  func sometimesBusy() {
    var circuit = Circuit(CircuitPolicy())
    for second in 0..<5000 {
      circuit.receive(Self.busy, at: at(Double(second)))
      circuit.receive(Self.directory, at: at(Double(second)))
    }
    #expect(circuit.ask(at: at(5000)) == .go)
  }

  @Test("a rejected credential is shown once in 20 s, to two files, and never again")
  func rejected() {
    let rejection = Answer(
      .failed(.init(.auth, code: "HTTP 401", message: "no", rejectsCredential: true)))
    var circuit = Circuit(CircuitPolicy())
    circuit.receive(rejection, at: at(0))
    #expect(circuit.ask(at: at(0)) == .wait(.seconds(20)))
    #expect(circuit.ask(at: at(20)) == .tryOne)
    circuit.receive(rejection, at: at(20))
    #expect(circuit.isGivenUp)
  }

  @Test("where the credential was good before, one rejection is that file's own")
  func rejectedLater() {
    let rejection = Answer(
      .failed(.init(.auth, code: "HTTP 401", message: "no", rejectsCredential: true)))
    var circuit = Circuit(CircuitPolicy())
    for second in 0..<100 {
      circuit.receive(Self.directory, at: at(Double(second)))
      circuit.receive(rejection, at: at(Double(second)))
      circuit.receive(rejection, at: at(Double(second)))
      #expect(circuit.ask(at: at(Double(second))) == .go)
    }
    for _ in 0..<3 { circuit.receive(rejection, at: at(100)) }
    #expect(circuit.ask(at: at(100)) == .wait(.seconds(20)))
  }

  private func ill(_ policy: CircuitPolicy = CircuitPolicy()) -> Circuit {
    var circuit = Circuit(policy)
    for _ in 1...20 { circuit.receive(Self.refused, at: at(0)) }
    return circuit
  }

  @Test("one file is let through after a pause, and a good answer lets all through") func recovers() {
    var circuit = ill()
    #expect(circuit.ask(at: at(0.5)) == .wait(.milliseconds(500)))
    #expect(circuit.ask(at: at(1)) == .tryOne)
    #expect(circuit.ask(at: at(1)) == .wait(.milliseconds(250)))
    circuit.receive(Answer(.absent), at: at(1.1))
    #expect(circuit.ask(at: at(1.1)) == .go)
  }

  @Test("trials become rarer, and end when patience does") func givesUp() {
    var circuit = ill()
    var trials: [Double] = []
    var now = 0.0
    while now < 100 {
      switch circuit.ask(at: at(now)) {
      case .go: Issue.record("it is still ill")
      case .wait(let pause): now += max(pause.inSeconds, 0.001)
      case .tryOne:
        trials.append(now)
        circuit.receive(Self.refused, at: at(now))
      case .givenUp(let error):
        #expect(error.isUntried && error.isUnavailable)
        #expect(error.message.contains("nobody listens"))
        now = 1000
      }
    }
    #expect(trials.map { ($0 * 10).rounded() / 10 } == [1, 3, 7, 15, 23, 31, 35])
    #expect(circuit.isGivenUp)
    circuit.receive(Answer(.deleted), at: at(200))
    #expect(circuit.isGivenUp)
  }

  @Test("no patience, no trial") func givesUpAtOnce() {
    let circuit = ill(CircuitPolicy(for: RetryPolicy(retries: 0)))
    #expect(circuit.isGivenUp)
  }

  @Test("whoever was to try and never came back does not keep the others out") func forgottenTrial() {
    var circuit = ill()
    #expect(circuit.ask(at: at(1)) == .tryOne)
    #expect(circuit.ask(at: at(20)) == .wait(.milliseconds(250)))
    #expect(circuit.ask(at: at(21)) == .tryOne)
  }

  @Test("answers to what was sent before it became ill change nothing") func lateFailures() {
    var circuit = ill()
    for _ in 1...100 { circuit.receive(Self.refused, at: at(50)) }
    #expect(!circuit.isGivenUp)
    #expect(circuit.ask(at: at(50)) == .tryOne)
  }

  @Test(
    "the patience of a run is that of one file's retries",
    arguments: [(3, 5.0, 35.0), (0, 5, 0), (3, 0.1, 0.7), (2, 200, 500)])
  func patience(_ retries: Int, _ pause: Double, _ expected: Double) {
    let policy = CircuitPolicy(for: RetryPolicy(retries: retries, pause: .seconds(pause)))
    #expect(abs(policy.patience.inSeconds - expected) < 1e-6)
  }

  @Test("endpoints don't share a circuit") func board() {
    let board = CircuitBoard(CircuitPolicy(for: RetryPolicy(retries: 0)), time: SystemTime())
    let circuit = board.circuit(of: "root://a:1094")
    for _ in 0..<20 { circuit.note(Self.refused) }
    #expect(board.open.keys.sorted() == ["root://a:1094"])
    #expect(board.circuit(of: "root://b:1094").ask() == .go)
    guard case .givenUp = circuit.ask() else {
      Issue.record("it has been given up")
      return
    }
  }
}
