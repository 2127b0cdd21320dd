import DeletionModel

/// Why files are not gone: the failures of one class and code together. Memory does not grow with the files.
package struct ReasonTally: Sendable {
  /// One reason.
  package struct Entry: Sendable, Equatable {
    /// An ``ErrorClass``, `refused`, `stopped`, `pending` or `suspect`.
    package var kind: String
    /// The backend's own code; several where there were too many.
    package var code: String
    /// How many files.
    package var count = 0
    /// How many of them another round would leave out.
    package var permanent = 0
    /// The first of them, and what was said of it.
    package var lfn: String
    /// Likewise.
    package var message: String
    /// `scheme://host:port`, where all were at one endpoint.
    package var endpoint: String?
    /// The directory that all of them are in or below.
    package var directory: String
  }

  /// Codes come from servers: of further ones of a class only the number is kept.
  static let limit = 100

  private struct Key: Hashable {
    let kind: String
    let code: String
  }

  private var entries: [Key: Entry] = [:]

  /// Nothing yet.
  init() {}

  mutating func add(_ outcome: FileOutcome) {
    guard !outcome.isGone, let failure = outcome.record.failure else { return }
    let directory = Self.directory(of: outcome.record.lfn)
    var key = Key(kind: failure.kind, code: failure.code)
    if entries[key] == nil, entries.count >= Self.limit { key = Key(kind: failure.kind, code: "other codes") }
    var entry =
      entries[key]
      ?? Entry(
        kind: key.kind, code: key.code, lfn: outcome.record.lfn, message: failure.message,
        endpoint: outcome.record.endpoint, directory: directory)
    entry.count += 1
    if outcome.isPermanent { entry.permanent += 1 }
    if entry.endpoint != outcome.record.endpoint { entry.endpoint = nil }
    if !ExactName.same(entry.directory, directory) {
      entry.directory = Self.common(entry.directory, directory)
    }
    entries[key] = entry
  }

  /// The reasons, those of the most files first.
  func finish() -> [Entry] {
    entries.values.sorted { ($1.count, $0.kind, $0.code) < ($0.count, $1.kind, $1.code) }
  }

  private static func directory(of lfn: String) -> String {
    lfn.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(lfn[..<$0]) } ?? ""
  }

  private static func common(_ left: String, _ right: String) -> String {
    let parts = zip(left.split(separator: "/"), right.split(separator: "/")).prefix {
      ExactName.same(String($0), String($1))
    }
    return parts.map { "/\($0.0)" }.joined()
  }
}
