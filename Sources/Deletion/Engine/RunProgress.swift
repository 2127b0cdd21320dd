import Synchronization

/// Files that have settled while the rest of their parcel is still under way: the sums of a run learn of a parcel only
/// at its end, which is minutes where the storage is slow.
public final class RunProgress: Sendable {
  private let settled = Mutex(OutcomeCounts())

  /// None yet.
  public init() {}

  /// How they ended. For a moment at the end of a parcel they are among the sums as well.
  public var counts: OutcomeCounts { settled.withLock { $0 } }

  func add(_ outcome: Outcome) { settled.withLock { $0[outcome] += 1 } }

  func remove(_ counts: OutcomeCounts) {
    settled.withLock { settled in
      for outcome in Outcome.allCases { settled[outcome] -= counts[outcome] }
    }
  }
}
