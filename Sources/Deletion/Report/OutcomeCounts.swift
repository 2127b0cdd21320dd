/// How many files ended how. The five numbers always add up to what was requested.
public struct OutcomeCounts: Sendable, Equatable {
  private var deleted = 0
  private var absent = 0
  private var failed = 0
  private var refused = 0
  private var notAttempted = 0

  /// All zero.
  public init() {}

  /// How many ended so.
  public subscript(outcome: Outcome) -> Int {
    get {
      switch outcome {
      case .deleted: deleted
      case .absent: absent
      case .failed: failed
      case .refused: refused
      case .notAttempted: notAttempted
      }
    }
    set {
      switch outcome {
      case .deleted: deleted = newValue
      case .absent: absent = newValue
      case .failed: failed = newValue
      case .refused: refused = newValue
      case .notAttempted: notAttempted = newValue
      }
    }
  }

  /// All together.
  public var requested: Int { deleted + absent + failed + refused + notAttempted }

  /// Those that are not on the storage any more.
  public var gone: Int { deleted + absent }

  /// Those that may still be there.
  public var notGone: Int { failed + refused + notAttempted }

  /// Adds numbers.
  mutating func add(
    deleted: Int = 0, absent: Int = 0, failed: Int = 0, refused: Int = 0, notAttempted: Int = 0
  ) {
    self.deleted += deleted
    self.absent += absent
    self.failed += failed
    self.refused += refused
    self.notAttempted += notAttempted
  }
}
