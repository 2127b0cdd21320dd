import Glibc
import SystemPackage

/// A file descriptor that is closed with the last reference to it.
package final class OpenFile: Sendable {
  /// The name to use in messages.
  package let name: String
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

  /// Opens a file for reading. That a directory can't be read shows at the first read.
  package convenience init(reading path: String) throws(FileError) {
    let descriptor = try doing(.read, path) {
      try FileDescriptor.open(FilePath(path), .readOnly, options: .closeOnExec)
    }
    self.init(descriptor, name: path)
  }

  /// Opens a regular file for reading. A pipe, which could keep its reader waiting forever, and a device are errors.
  package convenience init(readingRegular path: String) throws(FileError) {
    let descriptor = try doing(.read, path) {
      // Without blocking: opening a pipe that nobody writes to would wait for a writer.
      let descriptor = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.closeOnExec, .nonBlocking])
      do {
        switch try Stat(descriptor).type {
        case .regular: break
        case .directory: throw Errno.isDirectory
        default: throw Errno.notSupported
        }
      } catch {
        try? descriptor.close()
        throw error
      }
      return descriptor
    }
    self.init(descriptor, name: path)
  }

  /// Opens what is there for writing, at its beginning. A pipe that nobody reads from is waited for.
  package convenience init(writing path: String) throws(FileError) {
    let descriptor = try doing(.write, path) {
      try FileDescriptor.open(FilePath(path), .writeOnly, options: .closeOnExec)
    }
    self.init(descriptor, name: path)
  }

  /// Whether this is the process's standard output.
  package var isStandardOutput: Bool { descriptor == .standardOutput }

  /// What kind of file it is; nil where that can't be told.
  package var type: FileType? { (try? Stat(descriptor))?.type }

  /// The process's standard input.
  package static var standardInput: OpenFile {
    OpenFile(.standardInput, name: "standard input", closing: false)
  }

  /// The process's standard output.
  package static var standardOutput: OpenFile {
    OpenFile(.standardOutput, name: "standard output", closing: false)
  }

  /// What the file was at one moment; two that are equal mean that it has most likely not been written to.
  package struct Snapshot: Sendable, Equatable {
    /// Whether it is a regular file, which can be read more than once.
    package let isRegular: Bool
    /// Bytes.
    package let size: Int64
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
  package func snapshot() throws(FileError) -> Snapshot {
    Snapshot(try doing(.read, name) { try Stat(descriptor) })
  }

  /// When it was last written to, in seconds since 1970.
  package func modified() throws(FileError) -> Double {
    let time = try doing(.read, name) { try Stat(descriptor) }.st_mtim
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  /// Where the next plain read or write begins, in bytes.
  package func position() throws(FileError) -> Int64 {
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
