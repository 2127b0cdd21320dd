#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// All that stands below a folder at one moment, by path. Paths are bytes: Swift's strings call two spellings
/// of one character equal, a disk does not.
public struct Snapshot: Sendable {
  /// What tells an untouched file from one that was removed and made again.
  public struct Entry: Equatable, Sendable {
    /// Kind and permissions.
    public let mode: mode_t
    /// Another one where it was made again.
    public let inode: ino_t
    /// 0 for folders, which change with what is in them.
    public let size: off_t

    /// Whether it is one.
    public var isFolder: Bool { mode & S_IFMT == S_IFDIR }
  }

  /// By path from the folder on, with a slash before it.
  public private(set) var entries: [[UInt8]: Entry] = [:]

  /// Walks a folder, following no link.
  public init(of folder: String) {
    for path in Disk.tree(folder) {
      let name = path.utf8.last == UInt8(ascii: "/") ? String(path.dropLast()) : path
      var status = stat()
      guard lstat(folder + "/" + name, &status) == 0 else { continue }
      let isFolder = status.st_mode & S_IFMT == S_IFDIR
      entries[Array("/\(name)".utf8)] = Entry(
        mode: status.st_mode, inode: status.st_ino, size: isFolder ? 0 : status.st_size)
    }
  }

  /// What stands under an LFN.
  public subscript(lfn: String) -> Entry? { entries[Array(lfn.utf8)] }
}

extension Disk {
  /// Makes a file and the folders above it, all of them the given user's.
  public static func makeFile(_ path: String, owner: uid_t?) {
    if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
      makeFolder(String(Substring(path.utf8[..<slash])), owner: owner)
    }
    write(path)
    if let owner { chown(path, owner, gid_t.max) }
  }
}
