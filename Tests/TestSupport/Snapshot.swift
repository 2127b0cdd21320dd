import Glibc

/// All that stands below a directory at one moment, by path. Paths are bytes: Swift's strings call two spellings
/// of one character equal, a disk does not.
package struct Snapshot: Sendable {
  /// What tells an untouched file from one that was removed and made again.
  package struct Entry: Equatable, Sendable {
    /// Kind and permissions.
    package let mode: mode_t
    /// Another one where it was made again.
    package let inode: ino_t
    /// 0 for directories, which change with what is in them.
    package let size: off_t

    /// Whether it is one.
    package var isDirectory: Bool { mode & S_IFMT == S_IFDIR }
  }

  /// By path from the directory on, with a slash before it.
  package private(set) var entries: [[UInt8]: Entry] = [:]

  /// Walks a directory, following no link.
  package init(of directory: String) {
    for path in Disk.tree(directory) {
      let name = path.utf8.last == UInt8(ascii: "/") ? String(path.dropLast()) : path
      var status = stat()
      guard lstat(directory + "/" + name, &status) == 0 else { continue }
      let isDirectory = status.st_mode & S_IFMT == S_IFDIR
      entries[Array("/\(name)".utf8)] = Entry(
        mode: status.st_mode, inode: status.st_ino, size: isDirectory ? 0 : status.st_size)
    }
  }

  /// What stands under an LFN.
  package subscript(lfn: String) -> Entry? { entries[Array(lfn.utf8)] }
}

extension Disk {
  /// Makes a file and the directories above it, all of them the given user's.
  package static func makeFile(_ path: String, owner: uid_t?) {
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      makeDirectory(String(Substring(path.utf8[..<slash])), owner: owner)
    }
    write(path)
    if let owner { chown(path, owner, gid_t.max) }
  }
}
