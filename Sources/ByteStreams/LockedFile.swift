import Glibc
import SystemPackage

/// A file that one process at a time appends to, and that is read back when it is opened again.
package final class LockedFile: Sendable, Equatable {
  /// Whether others are kept out.
  package enum Lock: Sendable {
    /// They are.
    case held
    /// Somebody else has it.
    case taken
    /// This file system has no locks.
    case unsupported
  }

  private let file: OpenFile

  /// The name to use in messages.
  package var name: String { file.name }

  /// Opens a file for reading and appending; makes it if it is not there.
  package init(_ path: String) throws(FileError) {
    file = OpenFile(
      try doing(.write, path) {
        try FileDescriptor.open(
          FilePath(path), .readWrite, options: [.append, .create, .closeOnExec, .nonBlocking],
          permissions: .newFile)
      }, name: path)
  }

  /// The open file itself, for a child that is to hold the lock as well.
  package var descriptor: FileDescriptor { file.descriptor }

  /// Whether it is the very same open file.
  package static func == (left: LockedFile, right: LockedFile) -> Bool { left === right }

  /// What it is now.
  package func snapshot() throws(FileError) -> OpenFile.Snapshot { try file.snapshot() }

  /// Keeps other processes out until this one ends, however it ends.
  ///
  /// Waits for half a second: the kernel may still be clearing up after a process that was killed, and a child that
  /// has not become its program yet holds what its parent held.
  package func lock() -> Lock {
    var tries = 50
    while flock(file.descriptor.rawValue, LOCK_EX | LOCK_NB) != 0 {
      switch errno {
      case EINTR: continue
      case EWOULDBLOCK:
        tries -= 1
        if tries == 0 { return .taken }
        usleep(10_000)
      default: return .unsupported
      }
    }
    return .held
  }

  /// At most `count` bytes from `offset` on; fewer only at the end.
  package func read(at offset: Int64, count: Int) throws(FileError) -> [UInt8] {
    try doing(.read, name) {
      try [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = 0
        while filled < count {
          let room = UnsafeMutableRawBufferPointer(buffer)[filled...]
          let read = try file.descriptor.read(
            fromAbsoluteOffset: offset + Int64(filled), into: UnsafeMutableRawBufferPointer(rebasing: room))
          if read == 0 { break }
          filled += read
        }
      }
    }
  }

  /// Adds bytes at the end: a kill then loses none of them. After an error some of them may be there.
  package func append(_ bytes: [UInt8]) throws(FileError) { try file.writeAll(bytes) }

  /// Cuts off what is behind.
  package func truncate(to size: Int64) throws(FileError) {
    try doing(.write, name) {
      while ftruncate(file.descriptor.rawValue, off_t(size)) != 0 {
        guard errno == EINTR else { throw Errno(rawValue: errno) }
      }
    }
  }

  /// Forces what was appended to the disk.
  package func synchronize() throws(FileError) { try file.synchronize() }
}
