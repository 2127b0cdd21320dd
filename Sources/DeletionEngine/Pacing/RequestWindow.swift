import DeletionModel

/// How many requests may be in flight at one host.
///
/// It begins with one, until the host has let us in. Then it grows by half a round as long as more requests get more
/// answers, after that by one a round, up to the most that the command line allows. It shrinks where requests fail or
/// deletions take ever longer, and stays below the number at which the host was seen to refuse. Pure.
struct RequestWindow: Sendable, Equatable {
  private let cap: Double
  private var size = 1.0
  /// The most that the host has not refused, where it refuses by number; infinite where that is not known.
  private(set) var ceiling = Double.infinity
  private var isStarting = true
  private(set) var hasLetIn = false
  private var lastFall: Moment?

  // The first rounds: a host that answers no faster with more in flight needs no more.
  private var roundEnd = 0
  private var roundBegan: Moment?
  private var roundAnswers = 0
  private var bestRate = 0.0
  private var bestSize = 1.0
  private var flatRounds = 0

  /// The shortest answer to anything, in seconds.
  private var shortest: Double?

  // The ceiling is tried again after pauses.
  private var ceilingMoved: Moment?
  /// Below this nothing was refused; a ceiling above it is being tried.
  private var proven: Double?
  private var answersAtCeiling = 0
  private var patience = Self.firstPatience
  private var step = 1.0
  private static let firstPatience = 2.0

  /// The quickest deletion, which nothing but the way and the work is in; and what deletions take now, both in
  /// seconds. The quickest is forgotten slowly, as the way may have changed.
  private var quickest: Double?
  private(set) var usual: Double?

  init(cap: Int) { self.cap = Double(max(1, cap)) }

  /// How many may be in flight of those that count.
  ///
  /// Where the host allows only so many, some room is left now and then, or another client that comes later would
  /// find none, ever: all places are taken again as soon as they are free.
  func limit(at now: Moment) -> Int {
    let limit = Int(min(size, ceiling, cap))
    guard let ceilingMoved, ceiling < cap, limit > 1 else { return limit }
    let phase = (now - ceilingMoved).inSeconds.truncatingRemainder(dividingBy: 2)
    return phase > 1.8 ? limit - max(1, limit / 8) : limit
  }
  /// The most that may be in flight altogether, known from refusals; nil where none is.
  var knownLimit: Int? { ceiling < cap ? Int(ceiling) : nil }

  /// Takes an answer of a host that does its work.
  /// - Parameters:
  ///   - wasFull: whether the window held anything back since the request was sent.
  ///   - nextID: the number of the next request.
  mutating func takeAnswer(
    _ end: PaceOutcome, of ticket: PaceTicket, wasFull: Bool, nextID: Int, at now: Moment
  ) {
    if end == .deleted || end == .absent || end == .served { hasLetIn = true }
    guard hasLetIn else { return }
    if end != .absent { shortest = min(shortest ?? .infinity, (now - ticket.sent).inSeconds) }
    if end == .deleted, isSlow((now - ticket.sent).inSeconds, at: now) { return }
    if isStarting { measureRound(ticket, nextID: nextID, at: now) }
    guard wasFull else { return }
    size = min(cap, ceiling, size + (isStarting ? startingStep : 1 / size))
    raiseCeiling(at: now)
  }

  /// A request has failed.
  mutating func takeFailure(at now: Moment) { fall(to: 0.7, at: now) }

  /// The host refused a request that was sent when so many were in flight, and none of so many before.
  mutating func refuse(above inFlight: Int, at now: Moment) {
    isStarting = false
    let stays = Double(max(1, inFlight - 1))
    guard stays < ceiling else { return }
    ceiling = stays
    size = min(size, stays)
    step = 1
    proven = stays
    ceilingMoved = now
    answersAtCeiling = 0
  }

  /// Comes up to the ceiling step by step.
  mutating func ramp() {
    size = max(1, size / 3)
    isStarting = true
    flatRounds = .min
  }

  /// Whether a refusal has its reason in a higher ceiling that is being tried; then it is lowered again.
  mutating func lowerTriedCeiling(_ inFlight: Int, at now: Moment) -> Bool {
    guard let proven, ceiling < .infinity, ceiling > proven, Double(inFlight) > proven else { return false }
    ceiling = proven
    size = min(size, proven)
    step = 1
    patience = min(16, patience * 2)
    ceilingMoved = now
    answersAtCeiling = 0
    return true
  }

  /// The refusals have another reason than the number in flight.
  mutating func forgetCeiling() {
    isStarting = false
    ceiling = .infinity
    ceilingMoved = nil
    proven = nil
    patience = Self.firstPatience
  }

  private mutating func raiseCeiling(at now: Moment) {
    guard ceiling < cap, size >= ceiling, let moved = ceilingMoved else { return }
    answersAtCeiling += 1
    let isTried = proven.map { ceiling > $0 } ?? false
    // A refusal in some fifty answers at most.
    guard answersAtCeiling >= (isTried ? Int(4 * ceiling) : 50),
      (now - moved).inSeconds >= (isTried ? 0.5 : patience)
    else { return }
    if isTried {
      // Nothing was refused since the last time: on, and quicker.
      patience = max(0.5, patience / 2)
      step = max(step + 1, (ceiling / 8).rounded(.down))
    }
    proven = ceiling
    ceiling += step
    ceilingMoved = now
    answersAtCeiling = 0
  }

  private mutating func measureRound(_ ticket: PaceTicket, nextID: Int, at now: Moment) {
    roundAnswers += 1
    guard ticket.id >= roundEnd else { return }
    defer {
      roundEnd = nextID
      roundBegan = now
      roundAnswers = 0
    }
    guard let began = roundBegan, now > began else { return }
    let rate = Double(roundAnswers) / (now - began).inSeconds
    if rate > bestRate * 1.1 {
      bestRate = rate
      bestSize = size
      flatRounds = 0
    } else {
      flatRounds += 1
      if flatRounds == 3 {
        isStarting = false
        size = min(size, max(4, bestSize * 1.5))
      }
    }
  }

  /// How much an answer adds in the first rounds. Where they are short, gently: a host that refuses what is too much
  /// refuses all that is in flight then.
  private var startingStep: Double { (shortest ?? 0) > 0.01 ? 1 : 0.25 }

  private mutating func isSlow(_ seconds: Double, at now: Moment) -> Bool {
    let quickest = min((quickest ?? seconds) * 1.0001, seconds)
    let usual = (usual ?? seconds) + (seconds - (usual ?? seconds)) * 0.05
    self.quickest = quickest
    self.usual = usual
    // Below a tenth of a second a longer wait is our own queue, not a storage in distress.
    guard usual > max(4 * quickest, 0.1) else { return false }
    isStarting = false
    if usual > max(8 * quickest, 0.5) { fall(to: 0.9, at: now) }
    return true
  }

  /// Falls once a second at most: the answers to what was sent before the fall say nothing new.
  private mutating func fall(to share: Double, at now: Moment) {
    isStarting = false
    if let lastFall, now - lastFall < .seconds(1) { return }
    lastFall = now
    size = max(1, min(size, ceiling) * share)
  }
}
