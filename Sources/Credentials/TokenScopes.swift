import DeletionModel

/// What the scopes of a token allow (WLCG Common JWT Profiles 1.0, section "Scope-based capabilities"; SciTokens'
/// `write` likewise).
package enum TokenScopes {
  /// Whether a token of these scopes may delete anything at all. One without storage scopes says nothing of it:
  /// the server then goes by the account or the groups.
  package static func allowDeletion(_ scopes: [String]) -> Bool {
    let storage = scopes.filter { scope in
      ["storage.", "read:", "write:"].contains { scope.hasPrefix($0) }
    }
    return storage.isEmpty || storage.contains { deletionPath(of: $0) != nil }
  }

  /// Whether a file is covered, as far as can be seen from here. Paths in scopes are relative to the directory that
  /// the issuer was given at the site, which only the site knows: so it is enough that the storage path without some of its
  /// first components is covered. The LFN counts for nothing: the storage does not know it.
  package static func mayCover(_ location: Location, by scopes: [String]) -> Bool {
    // The groups or the account decide where no scope speaks of storage.
    if !scopes.contains(where: { deletionPath(of: $0) != nil }) { return allowDeletion(scopes) }
    let path = location.storagePath
    return path.utf8.indices.contains { index in
      path.utf8[index] == UInt8(ascii: "/") && allowDeletion(of: String(path[index...]), by: scopes)
    }
  }

  /// Where files of a run lie.
  package struct Location: Sendable, Equatable {
    /// The endpoint, as backends ask for its credential.
    package var endpoint: String
    /// A name at the storage that stands for all of them there.
    package var lfn: String
    /// Its path in the PFN.
    package var storagePath: String

    package init(endpoint: String, lfn: String, storagePath: String) {
      self.endpoint = endpoint
      self.lfn = lfn
      self.storagePath = storagePath
    }
  }

  /// Whether a path is covered: `storage.modify:/a/b` covers `/a/b` and what lies below it, by component.
  package static func allowDeletion(of path: String, by scopes: [String]) -> Bool {
    scopes.contains { scope in
      guard let root = deletionPath(of: scope)?.utf8.split(separator: UInt8(ascii: "/")) else { return false }
      let parts = path.utf8.split(separator: UInt8(ascii: "/"))
      return parts.count >= root.count && zip(parts, root).allSatisfy { $0.elementsEqual($1) }
    }
  }

  /// `storage.modify` includes deletion, `storage.create` does not.
  private static func deletionPath(of scope: String) -> Substring? {
    for capability in ["storage.modify:", "write:"] where scope.hasPrefix(capability) {
      return scope.dropFirst(capability.count)
    }
    return nil
  }
}
