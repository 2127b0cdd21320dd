import JobReports

/// Exit codes, for `--help`.
package enum ExitCodeTable {
  /// A line each.
  package static func text(_ codes: [(status: ExitStatus, meaning: String)]) -> String {
    codes.map { "  \($0.status.rawValue)\t\($0.meaning)" }.joined(separator: "\n")
  }
}
