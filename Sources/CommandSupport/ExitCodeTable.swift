import Deletion

/// The exit codes, for `--help`.
package enum ExitCodeTable {
  /// A line each.
  package static func text(_ codes: [ExitStatus] = ExitStatus.allCases) -> String {
    codes.map { "  \($0.rawValue)\t\($0.meaning)" }.joined(separator: "\n")
  }
}
