@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

/// A server that limits its clients, and clients that always have more to ask: in virtual time.
struct LimiterModel {
  /// What is limited.
  enum Limit {
    case none
    /// Requests a second, with a bucket of so many that fills while nothing is asked; a refusal takes nothing. dCache
    /// (Guava's `tryAcquire`) has a bucket of a second's worth, nginx's `limit_req … nodelay` one of `burst`.
    case rate(Double, burst: Double)
    /// nginx's `limit_req` without `nodelay`: what is too early waits, and only what would wait for too long is refused.
    case delayed(Double, burst: Double)
    /// Requests in flight.
    case inFlight(Int)
    /// Requests within each second of the clock; refused ones count as well.
    case calendar(Double)
    /// Accepted requests within the last second, whenever it is looked at.
    case sliding(Int)
    /// Nobody gets anything until a moment.
    case blocked(until: Double)
  }

  /// What came out, by client and second.
  struct Result {
    var accepted: [[Int]]
    var refused: [[Int]]
    var summary = PaceSummary(requests: 0, refused: 0)
    var mostInFlight = 0

    /// Accepted requests a second in some seconds, of all clients.
    func rate(_ seconds: Range<Int>) -> Double {
      Double(accepted.map { $0[seconds].reduce(0, +) }.reduce(0, +)) / Double(seconds.count)
    }

    /// The share of all requests that was refused.
    var refusedShare: Double {
      let refused = refused.joined().reduce(0, +)
      return Double(refused) / Double(refused + accepted.joined().reduce(0, +))
    }

    /// What one client got of all, in some seconds.
    func share(of client: Int, _ seconds: Range<Int>) -> Double {
      Double(accepted[client][seconds].reduce(0, +)) / Double(seconds.count) / rate(seconds)
    }
  }

  private struct Event {
    enum Kind { case wake, arrive, leave, answer }
    let moment: Double
    let number: Int
    let kind: Kind
    let client: Int
    var ticket = PaceTicket(id: 0, sent: Moment(sinceStart: .zero), inFlight: 0)
    var isAccepted = true
  }

  var limit: Limit
  /// How long an answer takes, in seconds.
  var latency = 0.0005
  var refusalLatency: Double?
  /// Requests that the server can do a second.
  var capacity = 3000.0
  var clients = 1
  /// Each client begins so much later than the one before.
  var stagger = 0.0
  /// Another limit from a moment on.
  var change: (moment: Double, limit: Limit)?
  /// Every so-manieth request is for a file that is not there, and the answer comes after so many seconds.
  var absent: (each: Int, seconds: Double)?
  /// How late a client wakes up, at most, in seconds.
  var lateness = 0.002

  private var tokens = 0.0
  private var lastArrival = 0.0
  private var served = 0
  private var inFlight = 0
  private var second = -1.0
  private var lastSecond: [Double] = []
  private var busyUntil = 0.0
  private var seed: UInt64 = 7
  private var events: [Event] = []
  private var count = 0

  init(_ limit: Limit, latency: Double = 0.0005) {
    self.limit = limit
    self.latency = latency
    if case .rate(_, let burst) = limit { tokens = burst }
  }

  private mutating func random() -> Double {
    seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(seed >> 11) / Double(1 << 53)
  }

  /// Whether a request is accepted, and when its answer leaves.
  private mutating func arrive(_ now: Double) -> (isAccepted: Bool, leaves: Double) {
    busyUntil = max(busyUntil, now) + 1 / capacity
    let end = busyUntil + latency * (0.9 + 0.2 * random())
    let refusal = (false, busyUntil + (refusalLatency ?? latency))
    let passed = now - lastArrival
    switch limit {
    case .none: return (true, end)
    case .rate(let rate, let burst):
      tokens = min(burst, tokens + passed * rate)
      lastArrival = now
      guard tokens >= 1 else { return refusal }
      tokens -= 1
      return (true, end)
    case .delayed(let rate, let burst):
      let excess = max(0, tokens - passed * rate + 1)
      guard excess <= burst + 1 else { return refusal }
      tokens = excess
      lastArrival = now
      return (true, end + (excess - 1) / rate)
    case .inFlight(let most):
      guard inFlight < most else { return refusal }
      return (true, end)
    case .calendar(let most):
      if now.rounded(.down) != second { (second, tokens) = (now.rounded(.down), 0) }
      tokens += 1
      return tokens <= most ? (true, end) : refusal
    case .sliding(let most):
      lastSecond.removeAll { $0 <= now - 1 }
      guard lastSecond.count < most else { return refusal }
      lastSecond.append(now)
      return (true, end)
    case .blocked(let until): return now < until ? refusal : (true, end)
    }
  }

  private mutating func add(
    _ kind: Event.Kind, _ moment: Double, _ client: Int, _ ticket: PaceTicket? = nil,
    _ isAccepted: Bool = true
  ) {
    count += 1
    var event = Event(moment: moment, number: count, kind: kind, client: client)
    if let ticket { event.ticket = ticket }
    event.isAccepted = isAccepted
    // A heap: the next event is the last of `events` only by chance.
    events.append(event)
    var child = events.count - 1
    while child > 0, Self.isEarlier(events[child], events[(child - 1) / 2]) {
      events.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  private static func isEarlier(_ one: Event, _ other: Event) -> Bool {
    (one.moment, one.number) < (other.moment, other.number)
  }

  private mutating func next() -> Event? {
    guard !events.isEmpty else { return nil }
    events.swapAt(0, events.count - 1)
    let first = events.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < events.count {
        if Self.isEarlier(events[child], events[least]) { least = child }
      }
      if least == parent { return first }
      events.swapAt(parent, least)
      parent = least
    }
  }

  /// Lets the clients work for some seconds.
  mutating func run(_ seconds: Int, cap: Int = 64, outstanding: Int = 512) -> Result {
    let row = Array(repeating: 0, count: seconds + 1)
    var result = Result(
      accepted: Array(repeating: row, count: clients), refused: Array(repeating: row, count: clients))
    var paces = (0..<clients).map { _ in HostPace(.init(cap: cap, outstandingLimit: outstanding)) }
    var wakes = Array(repeating: -1.0, count: clients)
    for client in 0..<clients { add(.wake, Double(client) * stagger, client) }
    while let event = next(), event.moment < Double(seconds) {
      let client = event.client
      if let change, event.moment >= change.moment { limit = change.limit }
      switch event.kind {
      case .arrive:
        served += 1
        var (isAccepted, leaves) = arrive(event.moment)
        if let absent, isAccepted, served % absent.each == 0 { leaves += absent.seconds }
        if isAccepted { inFlight += 1 }
        add(.leave, leaves, client, event.ticket, isAccepted)
        continue
      case .leave:
        if event.isAccepted { inFlight -= 1 }
        add(.answer, event.moment + 0.0001, client, event.ticket, event.isAccepted)
        continue
      case .answer:
        let second = Int(event.moment)
        let now = Moment(sinceStart: .seconds(event.moment))
        let isLate = absent.map { (now - event.ticket.sent).inSeconds > $0.seconds } ?? false
        if event.isAccepted {
          result.accepted[client][second] += 1
        } else {
          result.refused[client][second] += 1
        }
        paces[client].take(
          event.isAccepted ? (isLate ? .absent : .deleted) : .refused(retryAfter: nil), of: event.ticket,
          at: now)
      case .wake: if wakes[client] >= 0, wakes[client] != event.moment { continue }
      }
      let now = Moment(sinceStart: .seconds(event.moment))
      let first = PaceTicket(id: paces[client].nextID, sent: now, inFlight: paces[client].inFlight + 1)
      let (sent, wait) = paces[client].admit(1000, at: now)
      for index in 0..<sent {
        add(
          .arrive, event.moment + 0.0001, client,
          PaceTicket(id: first.id + index, sent: now, inFlight: first.inFlight + index))
      }
      result.mostInFlight = max(result.mostInFlight, paces[client].inFlight)
      // As a thread that polls: in whole milliseconds, and a little late.
      wakes[client] =
        event.moment + max(0.001, ((wait?.inSeconds ?? 0.02) * 1000).rounded(.up) / 1000) + lateness
        * random()
      add(.wake, wakes[client], client)
    }
    result.summary = paces[0].summary()
    return result
  }
}
