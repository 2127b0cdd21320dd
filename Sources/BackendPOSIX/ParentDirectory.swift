import CLinux
import DeletionModel
import SystemPackage
import Glibc

/// Where a file's directory is: a storage root that is resolved as usual, and a path below it in which no
/// symbolic link is followed.
///
/// A site may reach its storage through a link (`/storage` to `/mnt/disk1`). So what a PFN has before the LFN
/// is the site's own affair, and the LFN's components are held to stand in the tree. Where rules rewrite the
/// LFN there is no such border, and no component at all may be a link.
struct ParentDirectory: Hashable, Sendable {
  /// An absolute directory.
  let root: String
  /// The directories below it, without slashes at either end; may be empty.
  let beneath: String

  /// By bytes: Swift's own comparison of texts takes two spellings of `é` for one directory.
  static func == (left: ParentDirectory, right: ParentDirectory) -> Bool {
    ExactName.same(left.beneath, right.beneath) && ExactName.same(left.root, right.root)
  }

  func hash(into hasher: inout Hasher) {
    var bytes = beneath
    bytes.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }

  /// Where the parts of a PFN's path meet, in bytes from its beginning.
  struct Parts: Equatable, Sendable {
    /// Where the LFN begins; 0 where the path does not end in it.
    let border: Int
    /// Where the last slash is. The name follows it.
    let directoryEnd: Int
  }

  /// Takes the path of a PFN apart; nil if it has no last component.
  static func parts(of target: DeletionTarget) -> Parts? {
    var path = target.pfn.path
    let directoryEnd = path.withUTF8 { path -> Int? in
      guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
      let name = path[(slash + 1)...]
      return name.isEmpty || name.elementsEqual(".".utf8) || name.elementsEqual("..".utf8) ? nil : slash
    }
    guard let directoryEnd else { return nil }
    let lfn = target.lfn
    let isBehindBorder =
      lfn.utf8.first == UInt8(ascii: "/") && path.utf8.count > lfn.utf8.count
      && ExactName.ends(path, with: lfn)
    return Parts(border: isBehindBorder ? path.utf8.count - lfn.utf8.count : 0, directoryEnd: directoryEnd)
  }

  /// The directory of a PFN's path.
  init(_ path: String, _ parts: Parts) {
    let bytes = path.utf8
    let border = bytes.index(bytes.startIndex, offsetBy: parts.border)
    let slash = bytes.index(bytes.startIndex, offsetBy: parts.directoryEnd)
    root = parts.border == 0 ? "/" : String(path[..<border])
    beneath = border <= slash ? Self.withoutOuterSlashes(path[border..<slash]) : ""
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
    return try descend(from: top)
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
  private func descend(from top: FileDescriptor) throws(PosixFailure) -> FileDescriptor {
    var current = top
    // By bytes: a combining mark behind a slash would hide the slash from a split by characters.
    for part in beneath.utf8.split(separator: UInt8(ascii: "/")) {
      let component = Substring(part)
      guard !MessageLines.same(component, "..") else {
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
          .transient, code: "ENOENT",
          message:
            "\(call): the storage root does not exist here; mount it, or correct the prefix in the site's catalog",
          isUnavailable: true))
    }
    if number == ENOENT { return .absent }
    return .failed(.posix(number, doing: call))
  }
}

/// open(2) under a name that a type with a method `open` can call.
private func openPath(_ path: String, _ flags: Int32) -> Int32 { open(path, flags) }

/// The files of a batch by their directories, which are opened once each.
struct DirectorySorter {
  /// A directory and the files to unlink in it.
  struct Directory {
    let parent: ParentDirectory
    var files: [File]
  }

  /// A file, by its number in the batch.
  struct File {
    let index: Int
    /// Where its name begins in its path, in bytes.
    let nameStart: Int
  }

  /// In the order in which they came up.
  private(set) var directories: [Directory] = []
  private var known: [ParentDirectory: Int] = [:]
  /// The file before and its directory. Lists mostly name the files of a directory in a row: then no text is made.
  private var last: (target: DeletionTarget, parts: ParentDirectory.Parts, directory: Int)?

  /// Adds a file; false for what is not the path of a local file.
  mutating func add(_ index: Int, _ target: DeletionTarget) -> Bool {
    guard target.pfn.scheme == "file", let parts = ParentDirectory.parts(of: target) else { return false }
    let directory = directory(of: target, parts)
    directories[directory].files.append(File(index: index, nameStart: parts.directoryEnd + 1))
    last = (target, parts, directory)
    return true
  }

  private mutating func directory(of target: DeletionTarget, _ parts: ParentDirectory.Parts) -> Int {
    if let last, last.parts == parts,
      ExactName.samePrefix(last.target.pfn.path, target.pfn.path, count: parts.directoryEnd)
    {
      return last.directory
    }
    let parent = ParentDirectory(target.pfn.path, parts)
    if let directory = known[parent] { return directory }
    known[parent] = directories.count
    directories.append(Directory(parent: parent, files: []))
    return directories.count - 1
  }
}
