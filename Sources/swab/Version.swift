import CLinux
import Deletion

/// What this executable is.
enum Version {
  /// The version of Swab.
  static let number = "0.1.0"

  /// The commit it was built from, or `unknown` outside of `make static`.
  static var commit: String { String(cString: swab_build_commit()) }

  /// For reports.
  static var tool: ReportHeader.Tool { .init(name: "swab", version: number, commit: commit) }

  /// For `--version`.
  static var text: String {
    let libraries = LinkedLibraries.all.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    return "swab \(number) (\(commit))\n\(libraries)"
  }
}
