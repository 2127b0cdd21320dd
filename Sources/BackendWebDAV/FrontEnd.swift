import Networking

/// Whether an endpoint that sends requests on for the time being knows which servers have a file, so that it is of use to ask it for
/// further replicas. Pure.
///
/// A manager of a cluster says itself that a file is missing, a moment after its last replica is gone, or names another server. A
/// front end that sends everything on to one server (from http to https, or to the one server of a load balancer) never does: each
/// question for a further replica would be one to that server, too, and in vain.
struct FrontEnd {
  private var server: WebOrigin?
  private var hasSeveralServers = false
  private var saysMissing = false
  private var inVain = 0
  private var since: ContinuousClock.Instant?

  /// So many files, over so long a time, are enough: news of one replica may be late, but not of all.
  private static let fileLimit = 3
  private static let newsDelay = Duration.seconds(1)

  /// It has sent a request on.
  mutating func sentOn(to origin: WebOrigin) {
    if let server, server != origin { hasSeveralServers = true }
    server = origin
  }

  /// It has said of a file that it is missing.
  mutating func saidMissing() { saysMissing = true }

  /// It has named the server that a file was removed from again and again.
  mutating func askedInVain(now: ContinuousClock.Instant) {
    inVain += 1
    since = since ?? now
  }

  /// Whether it is not to be asked for further replicas.
  func knowsNoReplicas(now: ContinuousClock.Instant) -> Bool {
    guard let since, !saysMissing, !hasSeveralServers else { return false }
    return inVain >= Self.fileLimit && now - since >= Self.newsDelay
  }
}
