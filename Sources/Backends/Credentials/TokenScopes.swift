/// What the scopes of a token allow (WLCG Common JWT Profiles 1.0, section "Scope-based capabilities"; SciTokens'
/// `write` likewise).
public enum TokenScopes {
  /// Whether a token of these scopes may delete anything at all. One without storage scopes says nothing of it:
  /// the server then goes by the account or the groups.
  public static func allowDeletion(_ scopes: [String]) -> Bool {
    let storage = scopes.filter { scope in
      ["storage.", "read:", "write:"].contains { scope.hasPrefix($0) }
    }
    return storage.isEmpty || storage.contains { deletionPath(of: $0) != nil }
  }

  /// Whether a path is covered: `storage.modify:/a/b` covers `/a/b` and what lies below it, by component. Paths
  /// are relative to what the issuer was given at the site, so this is for a warning, not for a decision.
  public static func allowDeletion(of path: String, by scopes: [String]) -> Bool {
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
