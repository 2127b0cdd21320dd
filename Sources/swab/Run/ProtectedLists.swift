import DeletionModel
import ListReading

/// The protected lists of a run, united.
struct ProtectedLists {
  let files: [String]
  private(set) var tree = PathTree()
  private(set) var lfns: [String] = []

  /// - Throws: for a list that is missing, damaged, empty, or has an entry that is no clean absolute path: a
  ///   protected list that is not understood must stop everything.
  ///
  /// - Parameters:
  ///   - allowed: below which roots deletion is allowed.
  ///   - planned: those of a campaign, whose plan has judged whether they are the right ones.
  init(_ files: [String], below allowed: AllowedRoots, planned: [String]) throws {
    self.files = files
    for file in files {
      _ = try ProtectedListReader.read(file, below: allowed, mayBeElsewhere: planned.contains(file)) {
        entry in
        tree.insert(entry)
        lfns.append(entry)
      }
    }
  }

  var isEmpty: Bool { tree.isEmpty }
}
