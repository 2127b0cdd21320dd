import DeletionModel

/// A job file or a report that cannot be used: one line.
package struct DocumentError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  package var name: String
  /// What is wrong with it, and what to do.
  package var problem: String

  package init(_ name: String, _ problem: String) {
    self.name = name
    self.problem = MessageText.oneLine(problem, limit: 400)
  }

  package var description: String { "\(name): \(problem)" }
}
