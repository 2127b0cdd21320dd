import DeletionModel
import Glibc

/// The requests a second that one host allows, found out from what it refuses.
///
/// A refusal of a limiter means that at this moment it had nothing left to give. So what it accepted between two
/// refusals is what it gave in that time: its rate, however large the burst is that it allows after a rest. Below that rate
/// requests are sent evenly; it grows, slowly at first and faster the longer nothing is refused, as the limit may have
/// risen, and several clients of one host have to find their shares. Pure.
struct RateLimit: Sendable, Equatable {
  /// A refusal, and how much had been accepted before.
  private struct Mark: Sendable, Equatable {
    var moment: Moment
    var accepted: Int
  }

  private enum Phase: Sendable, Equatable {
    /// From the first refusal on until enough has been accepted between two of them.
    case measuring
    /// The measurement may be too low, where the limiter keeps little of what is not used: it grows quickly until it
    /// is refused again.
    case verifying
    case steady
  }

  /// Requests a second.
  private(set) var rate: Double
  private var phase = Phase.measuring
  /// Until a request has been accepted, one is sent at a time.
  private(set) var isProbing = true
  private var accepted = 0
  /// Where the measurement began.
  private var begin: Mark
  /// The last refusals.
  private var marks: [Mark]
  /// How much the last pause brought.
  private var lastCount = 0
  private var pausesInVain = 0
  private var isVerified = false
  /// Whether the limiter keeps little of what is not used, so that pauses tell too little.
  private var keepsLittle = false
  private var pause = Self.firstPause
  private var pauseEnd: Moment
  private var pauses = 0

  private var tokens = 0.0
  private var filled: Moment
  private var lastDry: Moment?
  private var quietSince: Moment

  private static let firstPause = 0.05
  private static let longestPause = 1.0
  /// What may be sent at once when it has waited for our own thread, in seconds.
  private static let burst = 0.02

  /// The first refusal.
  /// - Parameters:
  ///   - rate: answers a second before it.
  init(after rate: Double, at now: Moment) {
    self.rate = max(100, rate / 2)
    begin = Mark(moment: now, accepted: 0)
    marks = [begin]
    filled = now
    quietSince = now
    pauseEnd = now + .seconds(pause)
  }

  /// Whether the rate is known.
  var isKnown: Bool { phase != .measuring }

  // MARK: Sending

  /// Takes leave for so many requests; how many may be sent.
  mutating func take(_ wanted: Int, inFlight: Int, at now: Moment) -> Int {
    guard now >= pauseEnd else { return 0 }
    fill(at: now)
    var count = min(wanted, Int(tokens))
    if isProbing { count = min(count, max(0, 1 - inFlight)) }
    if count < wanted || isProbing { lastDry = now }
    tokens -= Double(count)
    return count
  }

  /// Gives back what was taken and not sent.
  mutating func giveBack() { tokens += 1 }

  /// How long until there is leave for one request, as far as the time gives it.
  func wait(at now: Moment) -> Duration {
    if now < pauseEnd { return pauseEnd - now }
    return .seconds(max(0.001, (1 - tokens) / rate))
  }

  /// Whether it held anything back lately.
  func isBinding(at now: Moment) -> Bool {
    lastDry.map { (now - $0).inSeconds < max(0.5, 2 / rate) } ?? false
  }

  private mutating func fill(at now: Moment) {
    let start = max(filled, pauseEnd)
    filled = max(filled, now)
    guard now > start else { return }
    let seconds = (now - start).inSeconds
    grow(seconds, at: now)
    tokens = min(1 + rate * Self.burst, tokens + seconds * rate)
  }

  private mutating func grow(_ seconds: Double, at now: Moment) {
    guard isBinding(at: now) else {
      // It holds nobody back: there is nothing to be learnt.
      quietSince = quietSince + .seconds(seconds)
      return
    }
    let elapsed = min(seconds, 0.5)
    switch phase {
    case .measuring: rate *= exp2(elapsed / 0.5)
    case .verifying: rate *= exp(elapsed * (keepsLittle ? 1 : min(0.35, 0.004 * rate)))
    case .steady:
      // A refusal in some fifty requests at most, also where there are few of them.
      let speed = min(0.15 / rate.squareRoot() + 0.005, max(0.015, 0.002 * rate))
      let age = (now - quietSince).inSeconds / max(2, 40 / rate)
      rate *= 1 + elapsed * min(1, speed * (1 + age * age))
    }
  }

  // MARK: Answers

  /// A request was accepted.
  mutating func accept() {
    accepted += 1
    isProbing = false
  }

  /// A request was refused that was sent after the last one that counted.
  mutating func refuse(at now: Moment) {
    let mark = Mark(moment: now, accepted: accepted)
    let count = accepted - (marks.last?.accepted ?? 0)
    defer {
      // The first of several without anything between them: then there was nothing left, whatever the limiter
      // is; one that counts by the clock's seconds gives nothing until the second is over.
      if count > 0 { marks.append(mark) }
      if marks.count > 8 { marks.removeFirst() }
    }
    tokens = 0
    filled = now
    quietSince = now
    if phase == .measuring { return measure(mark, count) }
    if count == 0 {
      // Nothing since the last refusal: a limiter that counts by the clock's seconds, or everybody is shut out.
      lengthenPause(at: now)
      if pause >= Self.longestPause {
        // Whatever was known, it is another time now.
        phase = .measuring
        begin = mark
        (lastCount, pausesInVain, isVerified) = (0, 0, false)
        rate = max(100, rate / 2)
      }
      return
    }
    pause = Self.firstPause
    // What it gave since a refusal that is some requests ago.
    let from = marks.last { accepted - $0.accepted >= 8 } ?? marks[0]
    let given = Double(accepted - from.accepted) / (now - from.moment).inSeconds
    let isTelling = accepted - from.accepted >= 8
    if phase == .verifying, isTelling, count >= 8, rate > 1.2 * given, !isVerified {
      isVerified = true
      rate = 0.95 * (rate * given).squareRoot()
    } else {
      phase = .steady
      if !isTelling {
        rate *= 0.9
      } else if count >= 8 {
        rate = max(0.5 * rate, 0.95 * min(rate, given))
      } else {
        rate = max(0.9 * rate, min(rate, 0.95 * given))
      }
    }
    rate = max(0.1, rate)
    // One request's worth has to come together first.
    tokens = 0
  }

  private mutating func measure(_ mark: Mark, _ last: Int) {
    if last == 0, pause >= Self.longestPause { begin = mark }
    let count = Double(mark.accepted - begin.accepted)
    let seconds = (mark.moment - begin.moment).inSeconds
    // Pauses twice and four times as long brought no more.
    pausesInVain = last > 0 && last <= lastCount ? pausesInVain + 1 : 0
    lastCount = last
    keepsLittle = pausesInVain >= 2
    guard keepsLittle || (count >= 6 && seconds >= 0.05) || (count >= 2 && seconds > 1) else {
      return lengthenPause(at: mark.moment)
    }
    phase = .verifying
    rate =
      0.95
      * (keepsLittle
        ? 4 * Double(last) / (mark.moment - (marks.last ?? begin).moment).inSeconds : count / seconds)
    pause = Self.firstPause
  }

  private mutating func lengthenPause(at now: Moment) {
    pause = min(Self.longestPause, pause * 2)
    // Spread, so that it never keeps step with what others do.
    pauses += 1
    let spread = (Double(pauses) * 0.618).truncatingRemainder(dividingBy: 1)
    pauseEnd = now + .seconds(pause * (pause < Self.longestPause ? 1 : 0.6 + 0.8 * spread))
    tokens = 1
    isProbing = true
  }
}
