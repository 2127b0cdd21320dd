/// What `--prune-empty-directories` did.
public struct PruneCounts: Sendable, Equatable {
  /// Removed: each was empty.
  public var removed = 0
  /// Left alone: something is in it, or its backend can't remove directories safely.
  public var kept = 0
  /// Nobody knows: the storage gave no clear answer.
  public var failed = 0

  /// Nothing yet.
  public init() {}
}
