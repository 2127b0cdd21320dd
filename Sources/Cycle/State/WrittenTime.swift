import FoundationEssentials

/// Times that a pass has written down. One that is ahead was written by a clock that was wrong, and says nothing: what goes by
/// it would stand still until that time comes.
extension Date {
  /// How far apart the clocks of machines may be, in seconds.
  private static let skew = 3600.0

  /// Whether something can have been done then.
  func isPast(at now: Date) -> Bool { timeIntervalSince(now) < Self.skew }
}
