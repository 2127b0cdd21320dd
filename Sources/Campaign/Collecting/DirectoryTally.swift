import DeletionModel

/// The directories with the most files that are not gone. Directories have to come one after the other.
package struct DirectoryTally {
  /// One directory.
  package struct Entry: Sendable, Equatable {
    /// Its LFN.
    package var path: String
    /// Files of the campaign in it.
    package var files = 0
    /// Those that are not gone.
    package var notGone = 0
  }

  /// How many are kept.
  static let limit = 20

  private var top: [Entry] = []
  private var current: Entry?

  mutating func add(_ outcome: FileOutcome) {
    let path = Self.directory(of: outcome.record.lfn)
    if current.map({ ExactName.same($0.path, path) }) != true {
      close()
      current = Entry(path: path)
    }
    current?.files += 1
    if !outcome.isGone { current?.notGone += 1 }
  }

  /// The directories, worst first.
  mutating func finish() -> [Entry] {
    close()
    return top
  }

  private mutating func close() {
    guard let entry = current, entry.notGone > 0 else { return }
    current = nil
    // At the end of those that are as bad, so that the order is that of the names.
    let index = top.firstIndex { $0.notGone < entry.notGone } ?? top.count
    guard index < Self.limit else { return }
    top.insert(entry, at: index)
    if top.count > Self.limit { top.removeLast() }
  }

  private static func directory(of lfn: String) -> String {
    guard let slash = lfn.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(lfn[..<slash])
  }
}
