import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// The pace against models of limiters, in virtual time.
@Suite struct HostPaceTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var name: String
    var make: @Sendable () -> LimiterModel
    /// What the limiter allows, requests a second.
    var ideal: Double
    var refused = 0.03
    var testDescription: String { name }
    init(
      _ name: String, ideal: Double, refused: Double = 0.03, _ make: @escaping @Sendable () -> LimiterModel
    ) {
      (self.name, self.ideal, self.refused, self.make) = (name, ideal, refused, make)
    }
  }

  static let rows = [
    Row("dCache: 250/s and a second's worth at once", ideal: 250) { LimiterModel(.rate(250, burst: 250)) },
    Row("the same, far away", ideal: 250) { LimiterModel(.rate(250, burst: 250), latency: 0.05) },
    Row("1000/s and a second's worth at once", ideal: 1000) { LimiterModel(.rate(1000, burst: 1000)) },
    Row("nginx 200/s burst 20 nodelay", ideal: 200) { LimiterModel(.rate(200, burst: 20)) },
    Row("the same, far away", ideal: 200) { LimiterModel(.rate(200, burst: 20), latency: 0.05) },
    Row("nginx 200/s burst 20", ideal: 200) { LimiterModel(.delayed(200, burst: 20)) },
    Row("nginx 20/s burst 5 nodelay", ideal: 20, refused: 0.05) { LimiterModel(.rate(20, burst: 5)) },
    Row("nginx 20/s burst 5", ideal: 20) { LimiterModel(.delayed(20, burst: 5)) },
    Row("50/s and a second's worth at once", ideal: 50) { LimiterModel(.rate(50, burst: 50)) },
    Row("250 in each second of the clock", ideal: 250) { LimiterModel(.calendar(250)) },
    Row("250 in any second", ideal: 250) { LimiterModel(.sliding(250)) },
    Row("20 in any second", ideal: 20, refused: 0.05) { LimiterModel(.sliding(20)) },
    Row("200/s and 3 at once", ideal: 200) { LimiterModel(.rate(200, burst: 3)) },
    Row("1 in flight", ideal: 1 / 0.0506) { LimiterModel(.inFlight(1), latency: 0.05) },
    Row("2 in flight", ideal: 2 / 0.0506) { LimiterModel(.inFlight(2), latency: 0.05) },
    Row("10 in flight", ideal: 10 / 0.0506) { LimiterModel(.inFlight(10), latency: 0.05) },
    Row("10 in flight, refused at once", ideal: 10 / 0.0506) {
      var model = LimiterModel(.inFlight(10), latency: 0.05)
      model.refusalLatency = 0.0003
      return model
    },
    Row("50 in flight", ideal: 50 / 0.0506) { LimiterModel(.inFlight(50), latency: 0.05) },
    Row("no limit", ideal: 3000, refused: 0) { LimiterModel(.none) },
    Row("no limit, far away", ideal: 64 / 0.0506, refused: 0) { LimiterModel(.none, latency: 0.05) },
  ]

  @Test(arguments: rows) func `nine tenths of a limit within ten seconds, and little is refused`(_ row: Row) {
    var model = row.make()
    // Where there is no limit to be found, less is enough.
    let seconds = row.ideal > 1000 ? 12 : 30
    let result = model.run(seconds)
    #expect(result.rate(9..<seconds) >= 0.9 * row.ideal, "\(result.rate(9..<seconds)) of \(row.ideal)")
    #expect(result.refusedShare <= row.refused, "\(result.refusedShare)")
  }

  /// Whoever is early by a moment is refused there: a client that wakes up a little late each time cannot be as fast as it
  /// may be.
  @Test(arguments: [(200.0, 0.6), (100, 0.7), (20, 0.8)])
  func `a limit without any burst is kept`(_ limit: Double, _ share: Double) {
    var model = LimiterModel(.rate(limit, burst: 1))
    let result = model.run(30)
    #expect(result.rate(9..<30) >= share * limit, "\(result.rate(9..<30)) of \(limit)")
    #expect(result.refusedShare <= 0.035, "\(result.refusedShare)")
  }

  @Test func `the kind of a limit is known`() {
    var rate = LimiterModel(.rate(250, burst: 250))
    let byRate = rate.run(20).summary
    #expect(byRate.kind == .rate && (200...300).contains(byRate.ratePerSecond ?? 0))
    var number = LimiterModel(.inFlight(10), latency: 0.05)
    let byNumber = number.run(20).summary
    #expect(byNumber.kind == .inFlight && byNumber.inFlight == 10)
    var nothing = LimiterModel(.none)
    #expect(nothing.run(5).summary.kind == PaceSummary.Kind.none)
  }

  @Test func `a limit that rises is found, and one that falls is kept`() {
    var rising = LimiterModel(.rate(100, burst: 100))
    rising.change = (15, .rate(400, burst: 400))
    let up = rising.run(45)
    #expect(up.rate(30..<45) >= 360 && up.refusedShare <= 0.03, "\(up.rate(30..<45)) \(up.refusedShare)")

    var falling = LimiterModel(.rate(400, burst: 400))
    falling.change = (15, .rate(50, burst: 50))
    let down = falling.run(40)
    #expect(
      down.rate(25..<40) >= 45 && down.refusedShare <= 0.03, "\(down.rate(25..<40)) \(down.refusedShare)")

    var room = LimiterModel(.inFlight(4), latency: 0.05)
    room.change = (15, .inFlight(32))
    let wider = room.run(45)
    #expect(wider.rate(35..<45) >= 0.9 * 32 / 0.0506, "\(wider.rate(35..<45))")
  }

  static let meetings:
    [(name: String, limit: LimiterModel.Limit, latency: Double, stagger: Double, ideal: Double)] = [
      ("250/s", .rate(250, burst: 250), 0.001, 0, 250),
      ("250/s, one after the other", .rate(250, burst: 250), 0.001, 3, 250),
      ("250/s, far away", .rate(250, burst: 20), 0.05, 3, 250),
      ("16 in flight", .inFlight(16), 0.05, 0, 16 / 0.0506),
      ("8 in flight, one after the other", .inFlight(8), 0.05, 3, 8 / 0.0506),
    ]

  @Test(arguments: meetings.indices) func `four clients of one host share what it allows`(_ index: Int) {
    let row = Self.meetings[index]
    var model = LimiterModel(row.limit, latency: row.latency)
    model.clients = 4
    model.stagger = row.stagger
    model.refusalLatency = 0.001
    let result = model.run(60)
    #expect(result.rate(20..<60) >= 0.85 * row.ideal, "\(row.name) \(result.rate(20..<60))")
    #expect(result.refusedShare <= 0.03, "\(row.name) \(result.refusedShare)")
    for client in 0..<4 {
      #expect(result.share(of: client, 20..<60) > 0.01, "\(row.name) \(result.share(of: client, 20..<60))")
    }
  }

  @Test func `who is shut out asks once a second`() {
    var model = LimiterModel(.blocked(until: 20))
    let result = model.run(24)
    #expect(result.refused[0][..<20].reduce(0, +) <= 40)
    #expect(result.rate(22..<24) >= 2000)
  }

  @Test func `answers that are held back cost nobody anything`() {
    // A manager of a cluster: half of the files are missing, and it says so after five seconds.
    var model = LimiterModel(.none, latency: 0.001)
    model.absent = (2, 5)
    let result = model.run(30, outstanding: 4096)
    #expect(result.rate(10..<30) >= 700, "\(result.rate(10..<30))")
    #expect(result.mostInFlight <= 4096)
  }

  @Test func `failures and ever slower deletions make the window fall, answers "absent" do not`() {
    func window(_ ends: [(PaceOutcome, Double)]) -> Int {
      var window = RequestWindow(cap: 64)
      var now = 0.0
      for (number, (end, seconds)) in ends.enumerated() {
        now += 0.05
        let ticket = PaceTicket(
          id: number, sent: Moment(sinceStart: .seconds(now - seconds)), inFlight: 1)
        let moment = Moment(sinceStart: .seconds(now))
        if end == .failed {
          window.takeFailure(at: moment)
        } else {
          window.takeAnswer(end, of: ticket, wasFull: true, nextID: number + 1, at: moment)
        }
      }
      return window.limit(at: Moment(sinceStart: .seconds(now)))
    }
    let quick = Array(repeating: (PaceOutcome.deleted, 0.02), count: 400)
    let full = window(quick)
    #expect(full > 20)
    #expect(window(quick + Array(repeating: (.absent, 6), count: 400)) >= full)
    #expect(window(quick + Array(repeating: (.served, 6), count: 400)) >= full)
    #expect(window(quick + Array(repeating: (.deleted, 6), count: 400)) < full / 2)
    #expect(window(quick + Array(repeating: (.failed, 0), count: 100)) < full / 2)
  }
}
