import DeletionModel
import FoundationEssentials

/// What the caveats of a macaroon leave, as XRootD and dCache read them (XrdMacaroonsAuthz.cc of XRootD;
/// MacaroonContext.java and ContextExtractingCaveatVerifier.java of dCache).
package struct MacaroonRights: Sendable, Equatable {
  /// What may be done, such as `DELETE`; nil where no caveat says so: everything.
  package private(set) var activities: Set<String>?
  /// The `path:` caveats. All of them count: see ``Dialect``.
  package private(set) var paths: [String] = []
  /// The earliest `before:`; nil without one.
  package private(set) var expires: Date?
  /// Whom it is for, by the server's account; nil where it does not say.
  package private(set) var subject: String?
  /// Whether a caveat cannot be understood that should be, such as a time. It may then be good for nothing.
  package private(set) var hasUnreadable = false
  /// Whose caveats these are.
  package let dialect: Dialect

  /// Two servers read the same words differently.
  package enum Dialect: Sendable, Equatable {
    /// Each `path:` is absolute.
    case xrootd
    /// Each `path:` is relative to the ones before, and the first one to the user's root directory.
    case dcache
  }

  /// Reads the caveats.
  package init(_ macaroon: Macaroon) {
    let pairs = macaroon.caveats.map { caveat in
      let parts = caveat.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (key: String(parts[0]), value: parts.count > 1 ? String(parts[1]) : "")
    }
    // Only dCache says whose it is in this way, and where that user's files begin.
    dialect = pairs.contains { ["id", "iid", "root", "home"].contains($0.key) } ? .dcache : .xrootd
    for (key, value) in pairs {
      switch key {
      case "activity":
        let named = Set(value.split(separator: ",").map(String.init))
        activities = activities.map { $0.intersection(named) } ?? named
      case "path": paths.append(value)
      case "before":
        guard let end = Self.time(value) else {
          hasUnreadable = true
          continue
        }
        expires = min(expires ?? end, end)
      case "name": subject = MessageText.oneLine(value, limit: 300)
      case "id":
        // uid;gids;name
        let name = value.split(separator: ";", omittingEmptySubsequences: false).last ?? ""
        if !name.isEmpty { subject = MessageText.oneLine(String(name), limit: 300) }
      default: continue
      }
    }
  }

  /// Whether anything can be deleted with it.
  package var allowDeletion: Bool { activities?.contains("DELETE") ?? true }

  /// Whether a path at the door is covered, as far as can be seen from here: how the paths of dCache's door and of its name
  /// space hang together only the site knows.
  package func mayCover(_ path: String) -> Bool {
    let parts = Self.components(path)
    switch dialect {
    case .xrootd: return paths.allSatisfy { parts.starts(with: Self.components($0)) }
    case .dcache:
      let root = paths.flatMap(Self.components)
      if root.isEmpty { return true }
      return parts.indices.contains { parts[$0...].starts(with: root) }
        || root.indices.contains { parts.starts(with: root[$0...]) }
    }
  }

  /// Whether it reaches nothing beyond a directory at the door.
  package func staysBelow(_ directory: String) -> Bool {
    let parts = Self.components(directory)
    switch dialect {
    case .xrootd: return paths.contains { Self.components($0).starts(with: parts) }
    case .dcache:
      let root = paths.flatMap(Self.components)
      return !root.isEmpty
        && (Array(root.suffix(parts.count)) == parts || Array(parts.suffix(root.count)) == root)
    }
  }

  /// Absolute times with and without fractions of a second.
  private static func time(_ text: String) -> Date? {
    (try? Date(text, strategy: .iso8601))
      ?? (try? Date(text, strategy: Date.ISO8601FormatStyle(includingFractionalSeconds: true)))
  }

  /// Bytes, as the server compares them.
  private static func components(_ path: String) -> [[UInt8]] {
    path.utf8.split(separator: UInt8(ascii: "/")).map(Array.init)
  }
}
