/// Where the sources are.
enum Repository {
  /// The folder with Package.swift.
  static let root: String = {
    var parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    parts.removeLast(3)
    return parts.joined(separator: "/")
  }()

  /// What `make static` has built.
  static let staticSwab = root + "/.build/static/swab"
}
