import ByteStreams
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
    Glibc.sync()
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
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { $0.prefix { $0 != 0 }.count }
      if name > 2 || !Self.isDots(entry) { throw isThere(path) }
    }
  }

  private static func isDots(_ entry: UnsafeMutablePointer<dirent>) -> Bool {
    withUnsafeBytes(of: entry.pointee.d_name) { $0.prefix { $0 != 0 }.allSatisfy { $0 == UInt8(ascii: ".") } }
  }

  private static func isThere(_ path: String) -> CampaignError {
    CampaignError(.usage, "\(path) is there already and not an empty folder; name another one with -o")
  }
}
