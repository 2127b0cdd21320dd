import DeletionModel

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
          protected: resolver.routes[directory.route].protectedPFNs) == nil
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

/// A directory that deleted or absent files were in, or should have been, and its PFN at the storage that was asked.
///
/// It is known by its files alone: no catalog maps directories. So it goes up from a file, and only as far as LFN
/// and PFN have the same names, one by one.
struct PrunableDirectory: Sendable, Equatable {
  let target: DeletionTarget
  /// The stage-out entry, by its number among the routes.
  let route: Int
  let backend: String

  var endpoint: String { target.endpoint }

  /// How many components its path on the storage has.
  var depth: Int { target.pfn.path.utf8.split(separator: UInt8(ascii: "/")).count }

  /// The directory of a file that is gone.
  init?(of record: FileRecord) {
    guard record.outcome == .deleted || record.outcome == .absent, let pfn = record.pfn.flatMap(PFN.init),
      let route = record.route, let backend = record.backend
    else { return nil }
    self.init(above: DeletionTarget(lfn: record.lfn, pfn: pfn), route: route, backend: backend)
  }

  /// The directory that this one is in.
  var parent: PrunableDirectory? { PrunableDirectory(above: target, route: route, backend: backend) }

  private init?(above target: DeletionTarget, route: Int, backend: String) {
    // Where the path stands among parameters, its parent cannot be named.
    guard target.pfn.opaque == nil, let lfn = Self.dropLast(of: target.lfn),
      let path = Self.dropLast(of: target.pfn.path),
      Self.last(of: lfn).elementsEqual(Self.last(of: path)), !Self.last(of: lfn).isEmpty
    else { return nil }
    let text = target.pfn.text
    let cut = target.pfn.path.utf8.count - path.utf8.count
    guard let pfn = PFN(String(decoding: text.utf8.dropLast(cut), as: UTF8.self)) else { return nil }
    self.target = DeletionTarget(lfn: lfn, pfn: pfn)
    self.route = route
    self.backend = backend
  }

  /// A path without its last component and the slashes before that.
  private static func dropLast(of path: String) -> String? {
    let slash = UInt8(ascii: "/")
    guard let last = path.utf8.lastIndex(of: slash) else { return nil }
    var rest = path.utf8[..<last]
    while rest.last == slash { rest.removeLast() }
    return rest.isEmpty ? nil : String(decoding: rest, as: UTF8.self)
  }

  private static func last(of path: String) -> Substring.UTF8View {
    let bytes = path.utf8
    guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return path[...].utf8 }
    return path[bytes.index(after: slash)...].utf8
  }
}
