import DeletionModel
import DequeModule

/// The requests of one host that have not ended, and which of them no longer count against its window.
///
/// A manager of a storage cluster holds back its answer for a missing file by seconds while it answers for others at
/// once (`cms.delay lookup`). A request that others have overtaken by far is such a one: it waits for a timer and costs the
/// server nothing. Pure: the time comes with each call.
struct OutstandingRequests: Sendable {
  /// When each was sent, in seconds, from the oldest that has not ended on; ``ended`` where it has. One that hangs keeps
  /// all that come after it, so they are small.
  private var entries: Deque<Double> = []
  private static let ended = -Double.infinity
  /// The number of the first entry.
  private var firstID = 0
  /// Requests with a lower number that have not ended wait for an answer that the server holds back.
  private var firstQuickID = 0

  /// Requests that have not ended.
  private(set) var count = 0
  /// Those of them that do not count.
  private(set) var slow = 0

  /// The number that the next request gets.
  var nextID: Int { firstID + entries.count }
  /// Those that count.
  var quick: Int { count - slow }
  /// When the oldest of those that count was sent, in seconds since the clock's start.
  var oldestQuick: Double? {
    let index = firstQuickID - firstID
    return index < entries.count ? entries[index] : nil
  }

  /// Takes requests that are sent now.
  mutating func add(_ count: Int, at now: Moment) {
    let sent = now.sinceStart.inSeconds
    for _ in 0..<count { entries.append(sent) }
    self.count += count
  }

  /// Takes the end of one.
  /// - Returns: whether it was one that did not count; nil if it had ended before.
  mutating func end(_ id: Int) -> Bool? {
    let index = id - firstID
    guard entries.indices.contains(index), entries[index] != Self.ended else { return nil }
    entries[index] = Self.ended
    count -= 1
    let wasSlow = id < firstQuickID
    if wasSlow { slow -= 1 }
    while entries.first == Self.ended {
      entries.removeFirst()
      firstID += 1
    }
    firstQuickID = max(firstQuickID, firstID)
    skipEnded()
    return wasSlow
  }

  /// What was sent before a moment, and has not ended, counts no longer.
  /// - Parameters:
  ///   - seconds: The moment, in seconds since the clock's start: this is asked at each answer, and a `Duration` made of
  ///     a number and taken apart again would cost as much as all the rest.
  ///   - limit: How many may not count, at most.
  mutating func holdBack(sentBefore seconds: Double, limit: Int) {
    while slow < limit, firstQuickID < nextID, entries[firstQuickID - firstID] < seconds {
      slow += 1
      firstQuickID += 1
      skipEnded()
    }
  }

  private mutating func skipEnded() {
    while firstQuickID < nextID, entries[firstQuickID - firstID] == Self.ended { firstQuickID += 1 }
  }
}
