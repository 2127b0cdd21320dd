import Deletion

/// The directories with the most files that are not gone. Directories have to come one after the other.
public struct DirectoryTally {
  /// One directory.
  public struct Entry: Sendable, Equatable {
    /// Its LFN.
    public var path: String
    /// Files of the campaign in it.
    public var files = 0
    /// Those that are not gone.
    public var notGone = 0
  }

  /// How many are kept.
  static let limit = 20

  private var top: [Entry] = []
  private var current: Entry?

  mutating func add(_ fate: Fate) {
    let path = Self.directory(of: fate.record.lfn)
    if current.map({ ExactName.same($0.path, path) }) != true {
      close()
      current = Entry(path: path)
    }
    current?.files += 1
    if !fate.isGone { current?.notGone += 1 }
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
    let place = top.firstIndex { $0.notGone < entry.notGone } ?? top.count
    guard place < Self.limit else { return }
    top.insert(entry, at: place)
    if top.count > Self.limit { top.removeLast() }
  }

  private static func directory(of lfn: String) -> String {
    guard let slash = lfn.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(lfn[..<slash])
  }
}
