/// The few things that are done with paths here. Plain text throughout: SITECONF lives in folders that people
/// name.
enum Path {
  /// The folder that a path is in, and its last component; trailing slashes don't count.
  /// `/a/b/` gives `/a` and `b`, `b` gives `.` and `b`, `/` gives `/` and nothing.
  static func split(_ path: String) -> (folder: String, last: String) {
    var text = path[...]
    while text.count > 1, text.hasSuffix("/") { text.removeLast() }
    guard let slash = text.lastIndex(of: "/") else { return (".", String(text)) }
    var folder = text[..<slash]
    while folder.hasSuffix("/") { folder.removeLast() }
    return (folder.isEmpty ? "/" : String(folder), String(text[text.index(after: slash)...]))
  }

  /// A path inside a folder.
  static func join(_ folder: String, _ inside: String) -> String {
    folder.hasSuffix("/") ? folder + inside : folder + "/" + inside
  }

  /// The path with links resolved before `..` is taken, as far as its parts exist; what does not exist stays
  /// as it is written (Python's `os.path.realpath`, which WMCore uses).
  static func resolved(_ path: String, in files: any SiteConfFiles) -> String {
    if let canonical = files.canonical(path) { return canonical }
    let (folder, last) = split(path)
    switch last {
    case "", ".": return folder == path ? path : resolved(folder, in: files)
    case "..": return split(resolved(folder, in: files)).folder
    default: return folder == path ? path : join(resolved(folder, in: files), last)
    }
  }
}
