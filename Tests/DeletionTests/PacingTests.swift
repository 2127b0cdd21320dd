import Testing

@testable import Deletion

@Suite("Pacing") struct PacingTests {
  static func answer(_ errorClass: ErrorClass? = nil, seconds: Double = 0.01) -> Answer {
    Answer(
      errorClass.map { .failed(DeletionError($0, code: "X", message: "")) } ?? .deleted, seconds: seconds)
  }

  static func at(_ seconds: Double) -> Moment { Moment(sinceStart: .seconds(seconds)) }

  @Test("the level starts low, rises to the cap and no further")
  func rises() {
    var level = PaceLevel(.init(start: 4, cap: 50))
    #expect(level.limit == 4)
    for _ in 0..<20 { level.receive(Self.answer(), at: Self.at(0)) }
    #expect(level.limit == 24)
    for _ in 0..<1000 { level.receive(Self.answer(.permanent), at: Self.at(1)) }
    #expect(level.limit == 50)
  }

  @Test(
    "overload and failures make it fall, once a second", arguments: [ErrorClass.overload, .transient])
  func falls(errorClass: ErrorClass) {
    var level = PaceLevel(.init(start: 4, cap: 40))
    for _ in 0..<100 { level.receive(Self.answer(), at: Self.at(0)) }
    for _ in 0..<40 { level.receive(Self.answer(errorClass), at: Self.at(1)) }
    #expect(level.limit == (errorClass == .overload ? 20 : 28))
    level.receive(Self.answer(errorClass), at: Self.at(2))
    #expect(level.limit == (errorClass == .overload ? 10 : 19))
    for step in 0..<100 { level.receive(Self.answer(errorClass), at: Self.at(Double(step) + 10)) }
    #expect(level.limit == 1)
  }

  @Test("after a fall it rises by one a round")
  func slowRise() {
    var level = PaceLevel(.init(start: 4, cap: 40))
    for _ in 0..<100 { level.receive(Self.answer(), at: Self.at(0)) }
    level.receive(Self.answer(.overload), at: Self.at(1))
    for _ in 0..<20 { level.receive(Self.answer(), at: Self.at(1)) }
    #expect(level.limit == 20 || level.limit == 21)
  }

  @Test("answers that take ever longer stop the rise and then turn it round")
  func slowness() {
    var level = PaceLevel(.init(start: 4, cap: 64))
    for _ in 0..<10 { level.receive(Self.answer(seconds: 0.02), at: Self.at(0)) }
    for _ in 0..<200 { level.receive(Self.answer(seconds: 0.15), at: Self.at(1)) }
    let stopped = level.limit
    for step in 0..<100 { level.receive(Self.answer(seconds: 2), at: Self.at(10 + Double(step))) }
    #expect(stopped < 64)
    #expect(level.limit < stopped / 2)
  }

  @Test("a slow way is no slow storage")
  func longWay() {
    var level = PaceLevel(.init(start: 4, cap: 64))
    for _ in 0..<200 { level.receive(Self.answer(seconds: 0.3), at: Self.at(0)) }
    #expect(level.limit == 64)
  }

  @Test(
    "a healthy host is worked at its cap after four rounds, however long its way is",
    arguments: [0.002, 0.1, 0.3])
  func quickStart(seconds: Double) {
    var level = PaceLevel(.init(start: 4, cap: 64))
    for round in 1...4 {
      // The first request of each connection takes as long again.
      let new = level.limit / 2
      for number in 0..<level.limit {
        level.receive(Self.answer(seconds: number < new ? 2 * seconds : seconds), at: Self.at(Double(round)))
      }
    }
    #expect(level.limit == 64)
  }

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

  @Test("two doors of one host share its level")
  func sharedHost() {
    let pacer = AdaptivePacer(cap: 10, time: JumpingTime())
    #expect(pacer.admit(100, underWay: 0, at: "root://se:1094").count == 4)
    #expect(pacer.admit(100, underWay: 0, at: "davs://se:443").count == 0)
    #expect(pacer.admit(100, underWay: 0, at: "davs://other:443").count == 4)
    pacer.note(Self.answer(), at: "root://se:1094")
    #expect(pacer.admit(100, underWay: 0, at: "davs://se:443").count == 2)
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
