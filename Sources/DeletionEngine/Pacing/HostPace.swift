import DeletionModel

/// How hard one host is worked: a window of requests in flight and a rate, both learnt from its answers. Pure: answers and
/// the time go in, how many requests may be sent comes out.
struct HostPace: Sendable {
  /// What the command line and the protocol bound.
  struct Bounds: Sendable, Equatable {
    /// Requests in flight that count, at most.
    var cap: Int
    /// Requests in flight altogether, at most.
    var outstandingLimit: Int
  }

  /// An answer, for telling a limit of the number in flight from one of the rate.
  private struct Sample {
    let inFlight: Int
    let isRefusal: Bool
    let moment: Moment
  }

  /// What is found out about a refusal.
  private struct Judging {
    let began: Moment
    /// How many were in flight when the refused request was sent.
    let inFlight: Int
    /// Whether that many in flight, or more, were accepted before.
    let isHeightProven: Bool
    /// The requests that had been sent until it was known.
    let ids: Range<Int>
    var accepted = 0
    var refused = 0
    /// Accepted requests a second before it.
    let rate: Double
    /// The request that is sent by itself then.
    var testID: Int?
  }

  private let bounds: Bounds
  private var requests = OutstandingRequests()
  private var window: RequestWindow
  private var limit: RateLimit?
  private var samples: [Sample] = []
  private var nextSample = 0
  /// Refusals of requests with a lower number tell nothing new.
  private var firstTelling = 0
  /// After a first refusal nothing is sent until what is in flight has ended, which tells why.
  private var judging: Judging?
  private var lastFull: Moment?
  /// Whether an answer came of a request that had been overtaken by others.
  private var holdsBack = false

  /// Requests that were refused, and all that were answered.
  private(set) var refused = 0
  private(set) var ended = 0

  private static let sampleLimit = 64

  init(_ bounds: Bounds) {
    self.bounds = bounds
    window = RequestWindow(cap: bounds.cap)
  }

  /// Requests that have not ended.
  var inFlight: Int { requests.count }

  // MARK: Sending

  /// How many requests may be sent now; they count as sent.
  mutating func admit(_ wanted: Int, at now: Moment) -> (count: Int, askAgainAfter: Duration?) {
    holdBackOld(at: now)
    let mayJudge = judge(at: now)
    var count = min(wanted, window.limit(at: now) - requests.quick, bounds.outstandingLimit - requests.count)
    if let known = window.knownLimit { count = min(count, known - requests.count) }
    count = min(count, mayJudge)
    count = max(0, count)
    if count < wanted { lastFull = now }
    var wait: Duration?
    if let taken = limit?.take(count, inFlight: requests.count, at: now) {
      if taken < count || requests.count == 0 && taken == 0 { wait = limit?.wait(at: now) }
      count = taken
    }
    if count > 0 { judging?.testID = requests.nextID }
    requests.add(count, at: now)
    // Nothing that comes by itself would bring us here again.
    if requests.count == 0, wait == nil { wait = .milliseconds(50) }
    return (count, wait)
  }

  /// The number that the next request gets.
  var nextID: Int { requests.nextID }

  private mutating func holdBackOld(at now: Moment) {
    guard window.hasLetIn, requests.quick >= window.limit(at: now), let oldest = requests.oldestQuick else {
      return
    }
    // Nobody has overtaken them, perhaps because all are of the same kind.
    let patience = max(0.1, 8 * (window.usual ?? 0))
    let seconds = now.sinceStart.inSeconds
    guard seconds - oldest > patience else { return }
    // A server that has stopped looks just the same; not much more is sent to it.
    requests.holdBack(
      sentBefore: seconds - patience,
      limit: holdsBack ? bounds.outstandingLimit : min(bounds.outstandingLimit / 4, 4 * bounds.cap))
  }

  // MARK: Ends

  /// Takes the end of a request.
  mutating func take(_ end: PaceOutcome, of ticket: PaceTicket, at now: Moment) {
    guard let wasSlow = requests.end(ticket.id) else { return }
    let isTest = judging?.testID == ticket.id
    defer { if isTest { judging = nil } }
    if end == .unsent {
      limit?.giveBack()
      return
    }
    ended += 1
    switch end {
    case .deleted, .served, .absent, .forbidden:
      accept(end, ticket, wasSlow: wasSlow, at: now)
    case .refused:
      refused += 1
      refuse(ticket, at: now)
    case .failed: window.takeFailure(at: now)
    case .unauthorized, .abandoned, .unsent: break
    }
  }

  private mutating func accept(
    _ end: PaceOutcome, _ ticket: PaceTicket, wasSlow: Bool, at now: Moment
  ) {
    limit?.accept()
    if judging?.ids.contains(ticket.id) == true { judging?.accepted += 1 }
    note(ticket, isRefusal: false, at: now)
    let wasFull = lastFull.map { $0 >= ticket.sent } ?? false
    window.takeAnswer(end, of: ticket, wasFull: wasFull, nextID: requests.nextID, at: now)
    if wasSlow {
      holdsBack = true
    } else if end != .forbidden {
      let patience = max(0.05, 4 * (window.usual ?? 0))
      requests.holdBack(
        sentBefore: ticket.sent.sinceStart.inSeconds - patience, limit: bounds.outstandingLimit)
    }
  }

  private mutating func refuse(_ ticket: PaceTicket, at now: Moment) {
    note(ticket, isRefusal: true, at: now)
    if judging?.ids.contains(ticket.id) == true { judging?.refused += 1 }
    guard ticket.id >= firstTelling else { return }
    firstTelling = requests.nextID
    if window.lowerTriedCeiling(ticket.inFlight, at: now) { return }
    let isHeightProven = isProven(ticket)
    // A rate limit that never delayed a request cannot be the cause: it is dropped.
    if limit?.isBinding(at: now) == false { limit = nil }
    if limit != nil {
      if !isHeightProven, ticket.inFlight > 1 { window.refuse(above: ticket.inFlight, at: now) }
      limit?.refuse(at: now)
    } else if ticket.inFlight == 1 {
      beginRate(after: judging?.rate ?? recentRate(at: now), at: now)
    } else {
      judging = Judging(
        began: now, inFlight: ticket.inFlight, isHeightProven: isHeightProven,
        ids: ticket.id + 1..<max(ticket.id + 1, requests.nextID),
        rate: recentRate(at: now))
    }
  }

  private mutating func beginRate(after rate: Double, at now: Moment) {
    judging = nil
    window.forgetCeiling()
    limit = RateLimit(after: rate, at: now)
  }

  /// How many requests may be sent while it is found out why one was refused.
  private mutating func judge(at now: Moment) -> Int {
    guard let judging else { return .max }
    guard judging.testID == nil else { return 0 }
    // One that hangs must not stop all others.
    let patience = max(1, 4 * (window.usual ?? 0))
    guard requests.quick == 0 || (now - judging.began).inSeconds > patience else { return 0 }
    let ended = judging.accepted + judging.refused
    if !judging.isHeightProven || ended == 0 {
      // Too many at a time, or too many in all: one by itself shows which.
      window.refuse(above: judging.inFlight, at: now)
      window.ramp()
      return 1
    }
    if ended > 0, judging.refused * 3 < ended {
      // Too many at a time, together with the requests that are still on their way.
      window.refuse(above: judging.inFlight, at: now)
      self.judging = nil
      return .max
    }
    beginRate(after: judging.rate, at: now)
    return 0
  }

  /// Whether as many requests in flight and more were accepted lately.
  private func isProven(_ ticket: PaceTicket) -> Bool {
    let alike = samples.filter { $0.inFlight >= ticket.inFlight }
    let refusals = alike.count(where: \.isRefusal)
    return alike.count - refusals > 2 * refusals
  }

  private mutating func note(_ ticket: PaceTicket, isRefusal: Bool, at now: Moment) {
    let sample = Sample(inFlight: ticket.inFlight, isRefusal: isRefusal, moment: now)
    if samples.count < Self.sampleLimit {
      samples.append(sample)
    } else {
      samples[nextSample] = sample
    }
    nextSample = (nextSample + 1) % Self.sampleLimit
  }

  /// Accepted requests a second, of the last of them.
  private func recentRate(at now: Moment) -> Double {
    let accepted = samples.filter { !$0.isRefusal }
    guard let first = accepted.map(\.moment).min(), now > first else { return 1 }
    return Double(accepted.count) / (now - first).inSeconds
  }

  // MARK: What was learnt

  /// For the report.
  func summary() -> PaceSummary {
    var summary = PaceSummary(requests: ended, refused: refused)
    if let limit, limit.isKnown {
      summary.kind = .rate
      summary.ratePerSecond = limit.rate
    } else if let known = window.knownLimit {
      summary.kind = .inFlight
      summary.inFlight = known
    }
    return summary
  }
}
