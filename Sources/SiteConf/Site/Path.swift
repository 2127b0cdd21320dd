/// The few things that are done with paths here. Plain text throughout: SITECONF lives in folders that people
/// name.
enum Path {
  /// The folder that a path is in, and its last component; trailing slashes don't count.
  /// `/a/b/` gives `/a` and `b`, `b` gives `.` and `b`, `/` gives `/` and nothing.
  static func split(_ path: String) -> (folder: String, last: String) {
    // By bytes: a Character can be a slash with an accent on it.
    let slash = UInt8(ascii: "/")
    var text = path[...].utf8
    while text.count > 1, text.last == slash { text.removeLast() }
    guard let end = text.lastIndex(of: slash) else { return (".", String(Substring(text))) }
    var folder = text[..<end]
    while folder.last == slash { folder.removeLast() }
    let last = Substring(text[text.index(after: end)...])
    return (folder.isEmpty ? "/" : String(Substring(folder)), String(last))
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
