/// A directory that files were deleted from, and its PFN at the place where they were.
///
/// It is known by its files alone: no catalog maps directories. So it goes up from a file, and only as far as LFN
/// and PFN have the same names, one by one.
struct PrunableDirectory: Sendable, Equatable {
  let target: DeletionTarget
  /// The stage-out entry, by its number among the routes.
  let route: Int
  let backend: String

  var endpoint: String { target.pfn.endpoint }

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
