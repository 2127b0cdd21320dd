/// The folders below which Swab may delete.
public struct AllowedRoots: Sendable, Equatable {
  /// The root that holds when none is given.
  public static let defaultRoot = "/store/unmerged/"

  /// The roots, each as components.
  private let roots: [[Substring]]
  /// The roots as they were given.
  public let texts: [String]

  /// Makes the roots; nil where one is not an absolute path of at least one clean component.
  public init?(_ texts: [String]) {
    let chosen = texts.isEmpty ? [Self.defaultRoot] : texts
    var roots: [[Substring]] = []
    for text in chosen {
      let bare = text.hasSuffix("/") ? String(text.dropLast()) : text
      guard PathRules.broken(by: bare, slashes: .single) == nil else { return nil }
      roots.append(bare.split(separator: "/"))
    }
    self.roots = roots
    self.texts = chosen
  }

  /// Whether an LFN lies strictly below one of the roots.
  func contain(lfn: String) -> Bool {
    texts.contains { text in
      let root = text.utf8
      let name = lfn.utf8
      let hasSlash = root.last == UInt8(ascii: "/")
      guard name.count > root.count + (hasSlash ? 0 : 1), name.starts(with: root) else { return false }
      return hasSlash || name[name.index(name.startIndex, offsetBy: root.count)] == UInt8(ascii: "/")
    }
  }

  /// Whether the path in a PFN can be one below an allowed root.
  ///
  /// Storage puts its own folders before an LFN and may leave out its first component
  /// (`/pnfs/site/cms/unmerged/…`), so a PFN can't be asked to hold the root. But where it does hold something
  /// that reads as an LFN (`…/store/user/…`), that must lie below a root: a catalog that sends
  /// `/store/unmerged/x` to another area must not be followed.
  func mayContain(storagePath: String) -> Bool {
    let components = storagePath.split(separator: "/")
    var foundLFN = false
    for start in components.indices {
      let rest = components[start...]
      guard let first = rest.first, roots.contains(where: { $0.first == first }) else { continue }
      if roots.contains(where: { rest.count > $0.count && rest.starts(with: $0) }) { return true }
      if first == "store", rest.count > 1, CMSNamespace.areas.contains(String(rest[start + 1])) {
        foundLFN = true
      }
    }
    return !foundLFN
  }
}
