import ByteStreams
import Deletion
import FoundationEssentials

/// The protected LFNs of several lists, united.
struct ProtectedLFNs: Sendable {
  /// What is at, above or below one of them is not deleted.
  private(set) var tree = PathTree()
  /// Where they come from.
  private(set) var lists: [CampaignManifest.Protected] = []
  private var entries: Set<[UInt8]> = []

  /// How many different ones.
  var count: Int { tree.count }

  /// Adds a list.
  ///
  /// - Throws: `ListError` for what it holds, also where it protects nothing; `FileError`.
  mutating func add(_ source: any ByteSource, location: String, now: Date) throws {
    var own: Set<[UInt8]> = []
    try ProtectedListReader.read(source, name: location) {
      tree.insert($0)
      own.insert(Array($0.utf8))
    }
    entries.formUnion(own)
    lists.append(.init(location: location, read: now.formatted(.iso8601), entries: own.count))
  }

  /// Whether nothing of it can be at, above or below one of these roots.
  func protectsNothing(below roots: [String]) -> Bool { roots.allSatisfy { tree.relation(of: $0) == nil } }

  /// One a line, by bytes.
  var text: [UInt8] {
    entries.sorted { $0.lexicographicallyPrecedes($1) }.flatMap { $0 + [0x0A] }
  }
}
