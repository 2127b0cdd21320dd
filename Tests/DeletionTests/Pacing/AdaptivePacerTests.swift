import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct AdaptivePacerTests {
  static func at(_ seconds: Double) -> Moment { Moment(sinceStart: .seconds(seconds)) }

  @Test("the rate is kept, whatever is asked")
  func rate() {
    var budget = RateBudget(perSecond: 100, at: Self.at(0))
    var taken = 0
    for step in 0...1000 { taken += budget.take(7, at: Self.at(Double(step) / 100)) }
    #expect((1000...1100).contains(taken))
    #expect(budget.take(1000, at: Self.at(100)) == 100)
    #expect(budget.take(1, at: Self.at(100)) == 0)
    #expect(budget.wait == .milliseconds(10))
  }

  @Test("a rate below one file a second still comes to something")
  func slowRate() {
    var budget = RateBudget(perSecond: 0.1, at: Self.at(0))
    var taken = 0
    for step in 0...100 { taken += budget.take(5, at: Self.at(Double(step))) }
    #expect((9...11).contains(taken))
  }

  @Test func `one request until an endpoint lets us in, and two endpoints of a host share its window`() {
    let pacer = AdaptivePacer(time: JumpingTime())
    let first = pacer.admit(100, at: "root://se:1094")
    #expect(first.count == 1 && first.ticket(0).inFlight == 1)
    #expect(pacer.admit(100, at: "root://se:1094").count == 0)
    #expect(pacer.admit(100, at: "davs://se:443").count == 0)
    #expect(pacer.admit(100, at: "davs://other:443").count == 1)
    pacer.note(.deleted, of: first.ticket(0), at: "root://se:1094")
    let second = pacer.admit(1, at: "davs://se:443")
    #expect(second.count == 1 && second.ticket(0).id == 1)
    // Nobody has been let in here yet.
    #expect(pacer.admit(1, at: "davs://se:443").count == 0)
    #expect(pacer.admit(1, at: "davs://se:443").askAgainAfter != nil)
  }

  @Test func `what was not sent is given back, also to the rate`() {
    let pacer = AdaptivePacer(maxRate: 1, time: JumpingTime())
    for _ in 0..<5 {
      let admission = pacer.admit(1, at: "https://h")
      #expect(admission.count == 1)
      pacer.note(.unsent, of: admission.ticket(0), at: "https://h")
    }
    #expect(pacer.admit(1, at: "https://h").count == 1)
    #expect(pacer.admit(1, at: "https://h").count == 0)
  }

  static let refused = DeletionError(
    .overload, code: "HTTP 429", message: "slow down", retryAfter: .seconds(9))

  static let rejection = Answer(
    .failed(.init(.auth, code: "HTTP 401", message: "no", rejectsCredential: true)))

  @Test func `after a rejected credential nothing is sent for twenty seconds, and 429 is its consequence`()
    async throws
  {
    let time = JumpingTime()
    let circuits = CircuitBoard(CircuitPolicy(), time: time)
    let pacer = AdaptivePacer(time: time, circuits: circuits)
    #expect(pacer.interpret(Self.refused, at: "https://h") == Self.refused)
    let first = pacer.admit(10, at: "https://h")
    #expect(first.count == 1)
    pacer.note(.unauthorized, of: first.ticket(0), at: "https://h")
    circuits.circuit(of: "https://h").note(Self.rejection)
    #expect(pacer.admit(10, at: "https://h") == PaceAdmission(count: 0, isOver: true))
    #expect(circuits.circuit(of: "https://h").ask() == .wait(.seconds(20)))
    // Another endpoint of the same host has rejected nothing.
    let elsewhere = pacer.admit(10, at: "https://h:8443")
    #expect(elsewhere.count == 1)
    pacer.note(.unsent, of: elsewhere.ticket(0), at: "https://h:8443")
    let blocked = pacer.interpret(Self.refused, at: "https://h")
    #expect(blocked.errorClass == .auth && blocked.retryAfter == nil && blocked.message.contains("slow down"))
    #expect(pacer.interpret(.notTried, at: "https://h") == .notTried)
    try await time.sleep(for: .seconds(20))
    #expect(circuits.circuit(of: "https://h").ask() == .tryOne)
    #expect(pacer.admit(10, at: "https://h").count == 1)
    try await time.sleep(for: .seconds(1))
    #expect(pacer.interpret(Self.refused, at: "https://h") == Self.refused)
  }

  @Test func `a credential that is renewed within the request is tried at once`() {
    let pacer = AdaptivePacer(time: JumpingTime())
    pacer.note(.unauthorized, of: pacer.admit(1, at: "https://h").ticket(0), at: "https://h")
    #expect(pacer.admit(1, at: "https://h").count == 1)
  }

  @Test func `what was learnt can be asked for`() {
    let pacer = AdaptivePacer(time: JumpingTime())
    #expect(pacer.summary(of: "https://h") == nil)
    pacer.note(.deleted, of: pacer.admit(1, at: "https://h").ticket(0), at: "https://h")
    #expect(pacer.summary(of: "https://h") == PaceSummary(requests: 1, refused: 0))
  }

  @Test(
    "the host of an endpoint",
    arguments: [
      ("root://h:1094", "h"), ("davs://h", "h"), ("https://u@h:1", "h"), ("https://[::1]:443", "[::1]"),
    ])
  func host(endpoint: String, expected: String) {
    #expect(AdaptivePacer.host(of: endpoint) == expected)
  }
}
