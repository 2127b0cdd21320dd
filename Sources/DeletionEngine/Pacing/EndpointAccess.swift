import DeletionModel

/// Whether an endpoint lets us in: until it has, one request at a time is in flight there. Pure.
///
/// How long nothing is sent after a credential was rejected is decided by the ``Circuit``.
struct EndpointAccess: Sendable, Equatable {
  private var hasLetIn = false
  private var inFlight = 0
  private var lastUnauthorized: Moment?

  /// How many of the requests may be sent as far as the access goes.
  func allow(_ wanted: Int) -> Int { hasLetIn ? wanted : min(wanted, max(0, 1 - inFlight)) }

  /// So many are sent.
  mutating func send(_ count: Int) { inFlight += count }

  /// One has ended.
  mutating func take(_ end: PaceOutcome, at now: Moment) {
    inFlight -= 1
    switch end {
    case .deleted, .served, .absent: hasLetIn = true
    case .unauthorized: lastUnauthorized = now
    case .forbidden, .refused, .failed, .abandoned, .unsent: break
    }
  }

  /// Whether a refusal now may be the block of a client whose credential was rejected.
  /// - Parameter pause: for how long after a rejection a server blocks a client, at most.
  func isBlocked(at now: Moment, pause: Duration) -> Bool {
    lastUnauthorized.map { now - $0 <= pause } ?? false
  }
}
