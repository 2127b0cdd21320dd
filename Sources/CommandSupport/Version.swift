import CLinux
import Deletion

/// What an executable of this package is.
package enum Version {
  /// The version of Swab.
  package static let number = "0.1.0"

  /// The commit it was built from, or `unknown` outside of `make static`.
  package static var commit: String { String(cString: swab_build_commit()) }

  /// For reports.
  package static func tool(_ name: String) -> ReportHeader.Tool {
    .init(name: name, version: number, commit: commit)
  }

  /// For `--version`.
  package static func text(_ name: String) -> String {
    let libraries = LinkedLibraries.all.map { "\($0.name) \($0.version)" }.joined(separator: ", ")
    return "\(name) \(number) (\(commit))\n\(libraries)"
  }
}
