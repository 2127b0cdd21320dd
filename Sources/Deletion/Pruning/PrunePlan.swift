/// Which directories are to be removed next: deepest first, each once, none that a safety rule forbids. Pure.
///
/// Memory grows with the number of directories, not of files.
struct PrunePlan: Sendable {
  private let mayRemove: @Sendable (PrunableDirectory) -> Bool
  /// By depth, then by backend and PFN.
  private var waiting: [Int: [ExactName: PrunableDirectory]] = [:]
  private var forbidden: Set<ExactName> = []

  /// - Parameter mayRemove: whether the safety rules let a directory go.
  init(mayRemove: @escaping @Sendable (PrunableDirectory) -> Bool) { self.mayRemove = mayRemove }

  /// The rules for files hold for directories too: strictly below an allowed root, and neither at, above nor below
  /// anything that is protected.
  init(resolver: Resolver) {
    self.init { directory in
      guard resolver.routes.indices.contains(directory.route) else { return false }
      let target = directory.target
      return resolver.rules.refusal(ofLFN: target.lfn) == nil
        && resolver.rules.refusal(
          ofPFN: target.pfn, for: target.lfn,
          protectedPaths: resolver.routes[directory.route].protectedPaths) == nil
    }
  }

  /// Adds the directory of a file, if that file is gone.
  mutating func add(_ record: FileRecord) {
    if let directory = PrunableDirectory(of: record) { add(directory) }
  }

  private mutating func add(_ directory: PrunableDirectory) {
    let key = ExactName("\(directory.backend) \(directory.target.pfn.text)")
    let depth = directory.depth
    guard waiting[depth]?[key] == nil, !forbidden.contains(key) else { return }
    if mayRemove(directory) {
      waiting[depth, default: [:]][key] = directory
    } else {
      forbidden.insert(key)
    }
  }

  /// The deepest directories; empty at the end. What becomes of each must be told before the next call.
  mutating func next() -> [PrunableDirectory] {
    guard let deepest = waiting.keys.max(), let level = waiting.removeValue(forKey: deepest) else {
      return []
    }
    return level.values.sorted { $0.target.pfn.text.utf8.lexicographicallyPrecedes($1.target.pfn.text.utf8) }
  }

  /// Takes what became of a directory: what it was in can be empty now.
  mutating func tell(_ directory: PrunableDirectory, isGone: Bool) {
    var above = directory.parent
    if isGone {
      above.map { add($0) }
      return
    }
    // What it is in holds something, up to the top: no need to ask.
    while let parent = above {
      let key = ExactName("\(parent.backend) \(parent.target.pfn.text)")
      waiting[parent.depth]?[key] = nil
      guard forbidden.insert(key).inserted else { return }
      above = parent.parent
    }
  }
}
