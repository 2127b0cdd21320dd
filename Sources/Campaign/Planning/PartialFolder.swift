import ByteStreams
import CLinux
import FoundationEssentials
import SystemPackage

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// A folder that appears only when it is whole: it is filled under another name beside its place, and renamed.
/// Without ``publish()`` it is removed with everything in it.
public struct PartialFolder: ~Copyable {
  /// Where it is being filled.
  public let path: String
  private let destination: String
  private var isPublished = false

  /// Makes the folder beside its place: `DIR.partial-PID`.
  ///
  /// - Parameter destination: where it goes, absolute, without a slash at its end; nothing or an empty folder may be
  ///   there.
  /// - Throws: ``CampaignError`` where something is there; `FileError` where the folder can't be made.
  public init(_ destination: String) throws {
    try Self.checkVacant(destination)
    self.init(path: try Self.make(beside: destination), destination: destination)
  }

  private static func make(beside destination: String) throws(FileError) -> String {
    for attempt in 0... {
      // A number can have been that of a process that was killed, on another machine or in another container.
      let path = "\(destination).partial-\(getpid())" + (attempt == 0 ? "" : "-\(attempt)")
      if mkdir(path, 0o777) == 0 { return path }
      guard errno == EEXIST, attempt < 1000 else { break }
    }
    throw FileError(path: destination, operation: .create, errno: Errno(rawValue: errno))
  }

  // Apart from the throwing part: see AtomicFile.
  private init(path: String, destination: String) {
    self.path = path
    self.destination = destination
  }

  deinit {
    if !isPublished { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Forces everything to the disk, and puts the folder into its place. Throws `FileError`, and ``CampaignError`` where
  /// something has come to be there meanwhile.
  public mutating func publish() throws {
    // All files at once: thousands of them one by one would take minutes on some disks.
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    defer { close(folder) }
    guard folder >= 0, swab_sync_file_system(folder) == 0 else {
      throw FileError(path: destination, operation: .write, errno: Errno(rawValue: errno))
    }
    // Replaces an empty folder, and fails on anything else.
    guard rename(path, destination) == 0 else {
      if [ENOTEMPTY, EEXIST, ENOTDIR].contains(errno) { throw Self.isThere(destination) }
      throw FileError(path: destination, operation: .create, errno: Errno(rawValue: errno))
    }
    isPublished = true
  }

  private static func checkVacant(_ path: String) throws {
    guard let folder = opendir(path) else {
      if errno == ENOENT { return }
      if errno == ENOTDIR { throw isThere(path) }
      throw FileError(path: path, operation: .list, errno: Errno(rawValue: errno))
    }
    defer { closedir(folder) }
    // Itself and its parent are always in it.
    var entries = 0
    while entries <= 2, readdir(folder) != nil { entries += 1 }
    if entries > 2 { throw isThere(path) }
  }

  private static func isThere(_ path: String) -> CampaignError {
    CampaignError(.usage, "\(path) is there already and not an empty folder; name another one with -o")
  }
}
