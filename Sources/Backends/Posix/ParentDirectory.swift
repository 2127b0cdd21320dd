import CLinux
import Deletion
import SystemPackage

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Where a file's directory is: a storage root that is resolved as usual, and a path below it in which no
/// symbolic link is followed.
///
/// A site may reach its storage through a link (`/storage` to `/mnt/disk1`). So what a PFN has before the LFN
/// is the site's own affair, and the LFN's components are held to stand in the tree. Where rules rewrite the
/// LFN there is no such border, and no component at all may be a link.
struct ParentDirectory: Hashable, Sendable {
  /// An absolute folder.
  let root: String
  /// The folders below it, without slashes at either end; may be empty.
  let beneath: String

  /// By bytes: Swift's own comparison of texts takes two spellings of `é` for one folder.
  static func == (left: ParentDirectory, right: ParentDirectory) -> Bool {
    MessageWords.same(left.beneath, right.beneath) && MessageWords.same(left.root, right.root)
  }

  func hash(into hasher: inout Hasher) {
    var bytes = beneath
    bytes.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// The directory and the last component of a PFN; nil if its path has none.
  static func split(_ target: DeletionTarget) -> (ParentDirectory, name: Substring)? {
    let path = target.pfn.path
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let name = path[path.utf8.index(after: slash)...]
    guard !name.isEmpty, !MessageWords.same(name, "."), !MessageWords.same(name, "..") else { return nil }
    let folder = path[..<slash]
    var border = folder.startIndex
    if target.lfn.utf8.first == UInt8(ascii: "/"), path.utf8.count > target.lfn.utf8.count,
      path.utf8.suffix(target.lfn.utf8.count).elementsEqual(target.lfn.utf8)
    {
      border = path.utf8.index(path.endIndex, offsetBy: -target.lfn.utf8.count)
    }
    let root = border == folder.startIndex ? "/" : String(path[..<border])
    let beneath = border <= slash ? path[border..<slash] : ""
    return (ParentDirectory(root: root, beneath: withoutOuterSlashes(beneath)), name)
  }

  private static func withoutOuterSlashes(_ path: Substring) -> String {
    var bytes = path.utf8
    while bytes.first == UInt8(ascii: "/") { bytes.removeFirst() }
    while bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
    return String(Substring(bytes))
  }

  /// Opens it, only to name files in it.
  /// - Parameter usesOpenat2: false walks down component by component, as on kernels before 5.6.
  func open(usesOpenat2: Bool) throws(PosixFailure) -> FileDescriptor {
    let top = try openRoot()
    if beneath.isEmpty { return top }
    defer { try? top.close() }
    if usesOpenat2 {
      do throws(PosixFailure) {
        return try openBeneath(top)
      } catch {
        // ENOSYS: an old kernel. EPERM: a container's filter that does not know the call.
        guard error.number == ENOSYS || error.number == EPERM else { throw error }
      }
    }
    return try walk(from: top)
  }

  private func openRoot() throws(PosixFailure) -> FileDescriptor {
    let file = openPath(root, swab_o_path | O_DIRECTORY | O_CLOEXEC)
    guard file >= 0 else { throw PosixFailure(number: errno, call: "open \(root)", isRoot: true) }
    return FileDescriptor(rawValue: file)
  }

  private func openBeneath(_ top: FileDescriptor) throws(PosixFailure) -> FileDescriptor {
    let flags = UInt64(swab_o_path | O_DIRECTORY | O_CLOEXEC)
    let resolve = swab_resolve_beneath | swab_resolve_no_symlinks
    var tries = 0
    while true {
      let file = swab_openat2(top.rawValue, beneath, flags, resolve)
      if file >= 0 { return FileDescriptor(rawValue: file) }
      tries += 1
      // openat2(2): EAGAIN when something was renamed meanwhile.
      if errno == EINTR || (errno == EAGAIN && tries < 5) { continue }
      throw PosixFailure(number: errno, call: "open directory", isRoot: false)
    }
  }

  /// A directory that is swapped for a link between two steps is noticed: each step opens the component
  /// itself, never what it points to.
  private func walk(from top: FileDescriptor) throws(PosixFailure) -> FileDescriptor {
    var current = top
    // By bytes: a combining mark behind a slash would hide the slash from a split by characters.
    for part in beneath.utf8.split(separator: UInt8(ascii: "/")) {
      let component = Substring(part)
      guard !MessageWords.same(component, "..") else {
        if current != top { try? current.close() }
        throw PosixFailure(number: EXDEV, call: "open directory", isRoot: false)
      }
      let next = openat(
        current.rawValue, String(component), swab_o_path | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      var reason = errno
      if next < 0, reason == ENOTDIR, Self.isLink(String(component), in: current) { reason = ELOOP }
      if current != top { try? current.close() }
      guard next >= 0 else { throw PosixFailure(number: reason, call: "open directory", isRoot: false) }
      current = FileDescriptor(rawValue: next)
    }
    return current
  }

  private static func isLink(_ name: String, in directory: FileDescriptor) -> Bool {
    var status = stat()
    return fstatat(directory.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0
      && status.st_mode & S_IFMT == S_IFLNK
  }
}

/// A system call that failed.
struct PosixFailure: Error, Sendable {
  let number: Int32
  let call: String
  /// Whether it was the storage root that could not be opened.
  let isRoot: Bool

  /// What is answered for every file of the directory.
  var kind: Answer.Kind {
    if isRoot, number == ENOENT {
      // Not "no such file": the storage is not mounted here. That may pass.
      return .failed(
        DeletionError(
          .transient, code: "ENOENT", message: "\(call): the storage root does not exist here",
          isUnavailable: true))
    }
    if number == ENOENT { return .absent }
    return .failed(.posix(number, doing: call))
  }
}

/// open(2) under a name that a type with a method `open` can call.
private func openPath(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }
