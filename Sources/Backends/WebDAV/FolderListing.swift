import Deletion

/// What a directory has in it, as far as a deletion wants to know: which names are certainly files.
struct FolderListing {
  /// What is known of one name.
  enum Knowledge: Equatable { case file, folder, unclear }

  private var files: Set<[UInt8]> = []
  private var folders: Set<[UInt8]> = []

  /// The names that are kept.
  var count: Int { files.count + folders.count }

  /// Takes what a PROPFIND with `Depth: 1` has said.
  ///
  /// Members are known by the last part of their `href`. The directory itself is among them, and counts as a folder
  /// of its own name. XRootD writes names without percent-encoding: a name with a `%` in it may be meant as it
  /// stands or encoded, which are two files, so neither is taken for certain.
  init(_ members: [MultistatusReader.Member]) {
    for member in members {
      var href = member.href[...]
      let hasSlash = href.last == UInt8(ascii: "/")
      while href.last == UInt8(ascii: "/") { href.removeLast() }
      let last = href.lastIndex(of: UInt8(ascii: "/")).map { href[href.index(after: $0)...] } ?? href
      let decoded = PercentEncoding.decoded(last)
      if member.isCollection || hasSlash {
        folders.insert(decoded)
        if !decoded.elementsEqual(last) { folders.insert(Array(last)) }
      } else if last.contains(UInt8(ascii: "%")) || (member.status ?? 200) / 100 != 2 {
        continue
      } else {
        files.insert(Array(last))
      }
    }
  }

  /// What a name is. That it is a file is said once: who asks again, after a failure, has to look again.
  mutating func take(_ name: ExactName) -> Knowledge {
    let bytes = Array(name.text.utf8)
    let isFile = files.remove(bytes) != nil
    if folders.contains(bytes) { return isFile ? .unclear : .folder }
    return isFile ? .file : .unclear
  }
}
