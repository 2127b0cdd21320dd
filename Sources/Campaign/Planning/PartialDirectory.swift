import ByteStreams
import CLinux
import FoundationEssentials
import SystemPackage
import Glibc

/// A directory that appears only when it is whole: it is filled under another name beside its place, and renamed.
/// Without ``publish()`` it is removed with everything in it.
package struct PartialDirectory: ~Copyable {
  /// Where it is being filled.
  package let path: String
  private let destination: String
  /// The open directory: its lock says that somebody is at work in it.
  private let lock: Int32
  private var isPublished = false

  /// How old a directory has to be that nobody has locked, in seconds, before it counts as left behind.
  private static let age = 60

  /// Makes the directory beside its place: `DIR.partial-PID`.
  ///
  /// - Parameter destination: where it goes, absolute, without a slash at its end; nothing or an empty directory may be
  ///   there.
  /// - Throws: ``CampaignError`` where something is there; `FileError` where the directory can't be made.
  package init(_ destination: String) throws {
    try Self.checkVacant(destination)
    Self.removeLeftBehind(beside: destination)
    let path = try Self.make(beside: destination)
    let lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    // Where there are no locks, nobody's directory is ever removed.
    if lock >= 0 { _ = flock(lock, LOCK_EX | LOCK_NB) }
    self.init(path: path, destination: destination, lock: lock)
  }

  private static func removeLeftBehind(beside destination: String) {
    guard let slash = destination.utf8.lastIndex(of: UInt8(ascii: "/")) else { return }
    let start = String(Substring(destination.utf8[destination.utf8.index(after: slash)...])) + mark
    removeLeftBehind(in: String(Substring(destination.utf8[..<slash]))) {
      $0.utf8.starts(with: start.utf8)
    }
  }

  /// What stands between the name that a directory gets and the number of the process that fills it.
  package static let mark = ".partial-"

  /// Removes what processes that were killed have left behind in a directory.
  ///
  /// - Parameter isOurs: whether a name is one of those that are meant.
  package static func removeLeftBehind(in parent: String, where isOurs: (String) -> Bool) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent + "/")) ?? []
    for name in names where isOurs(name) {
      let directory = open("\(parent)/\(name)", O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      guard directory >= 0 else { continue }
      defer { close(directory) }
      var status = stat()
      guard fstat(directory, &status) == 0, time(nil) - status.st_mtim.tv_sec > age,
        flock(directory, LOCK_EX | LOCK_NB) == 0
      else { continue }
      try? FileManager.default.removeItem(atPath: "\(parent)/\(name)")
    }
  }

  private static func make(beside destination: String) throws(FileError) -> String {
    for attempt in 0... {
      // A number can have been that of a process that was killed, on another machine or in another container.
      let path = "\(destination)\(mark)\(getpid())" + (attempt == 0 ? "" : "-\(attempt)")
      if mkdir(path, 0o755) == 0 { return path }
      guard errno == EEXIST, attempt < 1000 else { break }
    }
    throw FileError(path: destination, operation: .create, errno: Errno(rawValue: errno))
  }

  // Apart from the throwing part: see AtomicFile.
  private init(path: String, destination: String, lock: Int32) {
    self.path = path
    self.destination = destination
    self.lock = lock
  }

  deinit {
    if lock >= 0 { close(lock) }
    if !isPublished { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Forces everything to the disk, and puts the directory into its place. Throws `FileError`, and ``CampaignError`` where
  /// something has come to be there meanwhile.
  package mutating func publish() throws {
    // All files at once: thousands of them one by one would take minutes on some disks.
    let directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(directory) }
    guard directory >= 0, swab_sync_file_system(directory) == 0 else {
      throw FileError(path: destination, operation: .write, errno: Errno(rawValue: errno))
    }
    // Replaces an empty directory, and fails on anything else.
    guard rename(path, destination) == 0 else {
      if [ENOTEMPTY, EEXIST, ENOTDIR].contains(errno) { throw Self.isThere(destination) }
      throw FileError(path: destination, operation: .create, errno: Errno(rawValue: errno))
    }
    isPublished = true
  }

  private static func checkVacant(_ path: String) throws {
    guard let directory = opendir(path) else {
      if errno == ENOENT { return }
      if errno == ENOTDIR { throw isThere(path) }
      throw FileError(path: path, operation: .list, errno: Errno(rawValue: errno))
    }
    defer { closedir(directory) }
    // Itself and its parent are always in it.
    var entries = 0
    while entries <= 2, readdir(directory) != nil { entries += 1 }
    if entries > 2 { throw isThere(path) }
  }

  private static func isThere(_ path: String) -> CampaignError {
    CampaignError(.usage, "\(path) exists already and is not an empty directory; name another one with -o")
  }
}
