import Synchronization

/// How many requests are under way at one endpoint, over all of its connections.
final class EndpointTraffic: Sendable {
  private let count = Atomic(0)

  /// The sum over all connections but one, which has `own` of them.
  func others(than own: Int) -> Int { max(0, count.load(ordering: .relaxed) - own) }

  /// Counts requests of one connection, or their answers.
  func change(by difference: Int) { count.add(difference, ordering: .relaxed) }
}
