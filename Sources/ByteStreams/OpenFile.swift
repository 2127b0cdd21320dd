import Glibc
import SystemPackage

/// A file descriptor that is closed with the last reference to it.
public final class OpenFile: Sendable {
  /// The name to use in messages.
  public let name: String
  let descriptor: FileDescriptor
  private let closesDescriptor: Bool

  /// Takes a descriptor over; it is closed at the end if `closing`.
  init(_ descriptor: FileDescriptor, name: String, closing: Bool = true) {
    self.descriptor = descriptor
    self.name = name
    self.closesDescriptor = closing
  }

  deinit {
    // Whoever cares for write errors has synchronized or finished before; here nobody could hear of them.
    if closesDescriptor { try? descriptor.close() }
  }

  /// Opens a file for reading. That a folder can't be read shows at the first read.
  public convenience init(reading path: String) throws(FileError) {
    let descriptor = try doing(.read, path) {
      try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    }
    self.init(descriptor, name: path)
  }

  /// The process's standard input.
  public static var standardInput: OpenFile {
    OpenFile(.standardInput, name: "standard input", closing: false)
  }

  /// The process's standard output.
  public static var standardOutput: OpenFile {
    OpenFile(.standardOutput, name: "standard output", closing: false)
  }

  /// What the file was at one moment; two that are equal mean that it has most likely not been written to.
  public struct Snapshot: Sendable, Equatable {
    /// Whether it is a regular file, which can be read more than once.
    public let isRegular: Bool
    /// Bytes.
    public let size: Int64
    private let modifiedSeconds: Int
    private let modifiedNanoseconds: Int

    init(_ stat: Stat) {
      isRegular = stat.type == .regular
      size = stat.size
      modifiedSeconds = stat.st_mtim.tv_sec
      modifiedNanoseconds = stat.st_mtim.tv_nsec
    }
  }

  /// What the file is now.
  public func snapshot() throws(FileError) -> Snapshot {
    Snapshot(try doing(.read, name) { try Stat(descriptor) })
  }

  /// When it was last written to, in seconds since 1970.
  public func modified() throws(FileError) -> Double {
    let time = try doing(.read, name) { try Stat(descriptor) }.st_mtim
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Where the next plain read or write begins, in bytes.
  public func position() throws(FileError) -> Int64 {
    try doing(.read, name) { try descriptor.seek(offset: 0, from: .current) }
  }

  /// Forces what was written to the disk.
  func synchronize() throws(FileError) {
    try doing(.write, name) {
      while fsync(descriptor.rawValue) != 0 {
        let errno = Errno(rawValue: Glibc.errno)
        // Pipes, terminals and some special files can't be synchronized and need not be.
        if errno == .invalidArgument || errno == .readOnlyFileSystem { return }
        guard errno == .interrupted else { throw errno }
      }
    }
  }
}
