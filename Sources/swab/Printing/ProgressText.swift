import Deletion

/// How far a run has come, in one line.
enum ProgressText {
  /// Such as `1200 of 5000 files: 1150 deleted, 40 absent, 10 failed`.
  static func line(_ counts: OutcomeCounts, of total: Int) -> String {
    let parts = Outcome.allCases.filter { counts[$0] > 0 }.map { "\(counts[$0]) \(word($0))" }
    let done = "\(counts.requested) of \(total) files"
    return parts.isEmpty ? done : "\(done): \(parts.joined(separator: ", "))"
  }

  private static func word(_ outcome: Outcome) -> String {
    outcome == .notAttempted ? "not attempted" : outcome.rawValue
  }
}
