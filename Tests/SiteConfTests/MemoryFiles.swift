import SiteConf

/// Files that exist only here: contents by path.
struct MemoryFiles: SiteConfFiles {
  struct Missing: Error {}

  var contents: [String: String]

  init(_ contents: [String: String] = [:]) { self.contents = contents }

  func read(_ path: String) throws -> [UInt8] {
    guard let text = contents[path] else { throw Missing() }
    return Array(text.utf8)
  }

  func exists(_ path: String) -> Bool {
    contents.keys.contains { $0 == path || $0.hasPrefix(path + "/") }
  }

  func canonical(_ path: String) -> String? { exists(path) ? path : nil }
}
