/// The directories below which Swab may delete.
package struct AllowedRoots: Sendable, Equatable {
  /// The root that holds when none is given.
  package static let defaultRoot = "/store/unmerged/"
  /// The end of a name as any site must be able to map it. No such file is ever asked for.
  package static let probeName = "swab-check"

  /// The roots, each as the bytes of its components.
  private let roots: [[[UInt8]]]
  /// The roots as they were given.
  package let texts: [String]

  /// Makes the roots; nil where one is not an absolute path of at least one clean component.
  package init?(_ texts: [String]) {
    let chosen = texts.isEmpty ? [Self.defaultRoot] : texts
    var roots: [[[UInt8]]] = []
    for text in chosen {
      let bare = text.hasSuffix("/") ? String(text.dropLast()) : text
      guard PathRules.broken(by: bare, slashes: .single) == nil else { return nil }
      roots.append(bare.utf8.split(separator: UInt8(ascii: "/")).map(Array.init))
    }
    self.roots = roots
    self.texts = chosen
  }

  /// Whether an LFN lies strictly below one of the roots.
  package func contain(lfn: String) -> Bool {
    texts.contains { text in
      let root = text.utf8
      let name = lfn.utf8
      let hasSlash = root.last == UInt8(ascii: "/")
      guard name.count > root.count + (hasSlash ? 0 : 1),
        ExactName.samePrefix(lfn, text, count: root.count)
      else { return false }
      return hasSlash || name[name.index(name.startIndex, offsetBy: root.count)] == UInt8(ascii: "/")
    }
  }

  /// How many components the root above an LFN has: of several the one that has the fewest, as more may go from below it.
  /// Nil where none is above it.
  package func depth(above lfn: String) -> Int? {
    var lfn = lfn
    return lfn.withUTF8 { bytes in
      roots.filter { Self.isBelow(PathComponents(bytes), $0) }.map(\.count).min()
    }
  }

  /// Whether the path in a PFN can be one below an allowed root.
  ///
  /// Storage puts its own directories before an LFN and may leave out its first component
  /// (`/pnfs/site/cms/unmerged/…`), so a PFN can't be asked to hold the root. But where it does hold something
  /// that reads as an LFN (`…/store/user/…`), that must lie below a root: a catalog that sends
  /// `/store/unmerged/x` to another area must not be followed.
  package func mayContain(storagePath: String) -> Bool {
    var path = storagePath
    return path.withUTF8 { bytes in
      var foundLFN = false
      var rest = PathComponents(bytes)
      var here = rest
      while let component = rest.next() {
        if roots.contains(where: { component.elementsEqual($0[0]) }) {
          if roots.contains(where: { Self.isBelow(here, $0) }) { return true }
          var ahead = rest
          if component.elementsEqual("store".utf8), let area = ahead.next(),
            CMSNamespace.areas.contains(String(decoding: area, as: UTF8.self))
          {
            foundLFN = true
          }
        }
        here = rest
      }
      return !foundLFN
    }
  }

  /// Why a protected entry can't be an LFN beside these roots; nil where it can. A storage path has the root somewhere
  /// within, and every LFN begins as one of the roots does, with `/store`.
  package func misplacement(of entry: String) -> String? {
    var entry = entry
    return entry.withUTF8 { bytes in
      var components = PathComponents(bytes)
      guard let first = components.next() else { return nil }
      if roots.contains(where: { first.elementsEqual($0[0]) }) { return nil }
      let tops = Set(roots.map { "/" + String(decoding: $0[0], as: UTF8.self) }).sorted()
      return
        "is no LFN but a storage path, or of another name space: it does not begin with \(tops.joined(separator: " or "))"
    }
  }

  /// Whether a name is in the area of one of the roots: the same first two components (`/store/unmerged`), as far as
  /// both have them.
  package func shareArea(with entry: String) -> Bool {
    let parts = entry.utf8.split(separator: UInt8(ascii: "/"), maxSplits: 2)
    return roots.contains { root in zip(root.prefix(2), parts).allSatisfy { $0.elementsEqual($1) } }
  }

  private static func isBelow(_ components: PathComponents, _ root: [[UInt8]]) -> Bool {
    var components = components
    for expected in root {
      guard let component = components.next(), component.elementsEqual(expected) else { return false }
    }
    return components.next() != nil
  }
}

/// The components of a path, one after the other and without a copy; slashes in a row count as one.
private struct PathComponents {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var position = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func next() -> Slice<UnsafeBufferPointer<UInt8>>? {
    let slash = UInt8(ascii: "/")
    while position < bytes.count, bytes[position] == slash { position += 1 }
    if position == bytes.count { return nil }
    let start = position
    while position < bytes.count, bytes[position] != slash { position += 1 }
    return bytes[start..<position]
  }
}

/// The top of the LFN namespace of CMS.
package enum CMSNamespace {
  /// The areas directly below `/store/`.
  package static let areas: Set<String> = [
    "backfill", "caf", "data", "express", "generator", "group", "hidata", "himc", "local", "logs", "lumi",
    "mc", "PhEDEx_LoadTest07", "relval", "results", "sam", "SAM", "streamer", "t0streamer", "t0temp", "temp",
    "test", "unmerged", "user",
  ]
}
