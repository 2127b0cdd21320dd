import Testing

@testable import Deletion

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

  @Test("one failure is enough when it took long") func opensByTime() {
    var circuit = Circuit(CircuitPolicy())
    circuit.receive(Self.timedOut, at: at(30))
    #expect(circuit.isOpen)
  }

  @Test("what is answered for one file says nothing of the endpoint", arguments: [busy, directory])
  func staysClosed(_ answer: Answer) {
    var circuit = Circuit(CircuitPolicy())
    for second in 0..<5000 {
      circuit.receive(answer, at: at(Double(second)))
      circuit.receive(Self.refused, at: at(Double(second)))
    }
    #expect(circuit.ask(at: at(5000)) == .go)
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
    board.note(Array(repeating: Self.refused, count: 20), at: "root://a:1094")
    #expect(board.givenUp == ["root://a:1094"])
    #expect(board.ask("root://b:1094") == .go)
    guard case .givenUp = board.ask("root://a:1094") else {
      Issue.record("it has been given up")
      return
    }
  }
}
