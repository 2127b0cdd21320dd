import Deletion

/// What a directory has in it, as far as a deletion wants to know: which names are certainly files.
struct FolderListing {
  /// What is known of one name.
  enum Knowledge: Equatable { case file, folder, unclear }

  private var files: Set<ExactName> = []
  private var folders: Set<ExactName> = []

  /// The names that are kept.
  var count: Int { files.count + folders.count }

  /// Takes what a PROPFIND with `Depth: 1` has said.
  ///
  /// Members are known by the last part of their `href`. The directory itself is among them, and counts as a folder
  /// of its own name. XRootD writes names without percent-encoding: a name with a `%` in it may be meant as it
  /// stands or encoded, which are two files, so neither is taken for certain.
  init(_ members: [MultistatusReader.Member]) {
    files.reserveCapacity(members.count)
    for member in members {
      var href = member.href[...]
      let hasSlash = href.last == UInt8(ascii: "/")
      while href.last == UInt8(ascii: "/") { href.removeLast() }
      let last = href.lastIndex(of: UInt8(ascii: "/")).map { href[href.index(after: $0)...] } ?? href
      let isEncoded = last.contains(UInt8(ascii: "%"))
      // What is not UTF-8 is the name of nothing that could be asked about.
      let name = String(validating: last, as: UTF8.self).map { ExactName($0) }
      if member.isCollection || hasSlash {
        if let name { folders.insert(name) }
        if isEncoded, let decoded = String(validating: PercentEncoding.decoded(last), as: UTF8.self) {
          folders.insert(ExactName(decoded))
        }
      } else if !isEncoded, (member.status ?? 200) / 100 == 2, let name {
        files.insert(name)
      }
    }
  }

  /// What a name is. That it is a file is said once: who asks again, after a failure, has to look again.
  mutating func take(_ name: ExactName) -> Knowledge {
    let isFile = files.remove(name) != nil
    if folders.contains(name) { return isFile ? .unclear : .folder }
    return isFile ? .file : .unclear
  }
}
