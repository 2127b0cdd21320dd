/// How many files ended how. The five numbers always add up to what was requested.
public struct OutcomeCounts: Sendable, Equatable {
  private var numbers: [Outcome: Int] = [:]

  /// All zero.
  public init() {}

  /// How many ended so.
  public subscript(outcome: Outcome) -> Int {
    get { numbers[outcome, default: 0] }
    set { numbers[outcome] = newValue }
  }

  /// All together.
  public var requested: Int { numbers.values.reduce(0, +) }

  /// Those that are not on the storage any more.
  public var gone: Int { self[.deleted] + self[.absent] }

  /// Those that may still be there.
  public var notGone: Int { requested - gone }

  /// Adds numbers.
  mutating func add(
    deleted: Int = 0, absent: Int = 0, failed: Int = 0, refused: Int = 0, notAttempted: Int = 0
  ) {
    self[.deleted] += deleted
    self[.absent] += absent
    self[.failed] += failed
    self[.refused] += refused
    self[.notAttempted] += notAttempted
  }
}
