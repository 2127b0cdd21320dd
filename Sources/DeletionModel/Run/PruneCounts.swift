/// What `--prune-empty-directories` did: `summary.directories` of the report.
package struct PruneCounts: Sendable, Equatable, Decodable {
  /// Removed: each was empty.
  package var removed = 0
  /// Left alone: something is in it, its backend can't remove directories safely, or the run ended first.
  package var kept = 0
  /// Nobody knows: the storage gave no clear answer, or forbids it.
  package var failed = 0

  /// Nothing yet.
  package init() {}

  /// The sums of both.
  package func adding(_ others: PruneCounts) -> PruneCounts {
    var sum = self
    sum.removed += others.removed
    sum.kept += others.kept
    sum.failed += others.failed
    return sum
  }
}
