import Glibc
import SystemPackage

/// Writes to an open file through a buffer.
package struct FileSink: ByteSink {
  /// Bytes kept before they are written.
  package static let bufferSize = 64 * 1024

  private let file: OpenFile
  private var buffer: [UInt8] = []

  /// Writes on from where the file's position is.
  package init(_ file: OpenFile) { self.file = file }

  /// Opens a file for appending, making it if it is not there.
  package init(appendingTo path: String) throws(FileError) {
    self.init(
      OpenFile(
        try doing(.write, path) {
          try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
            permissions: .newFile)
        }, name: path))
  }

  /// Makes a file that must not be there yet, not even as a symbolic link.
  ///
  /// - Parameter permissions: before the umask.
  package init(creating path: String, permissions: FilePermissions = .newFile) throws(FileError) {
    self.init(
      OpenFile(
        try doing(.create, path) {
          try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.append, .create, .exclusiveCreate, .closeOnExec],
            permissions: permissions)
        }, name: path))
  }

  /// Takes bytes, writing them out once there are many.
  package mutating func write(_ bytes: [UInt8]) throws {
    if bytes.count >= Self.bufferSize {
      try flush()
      try file.writeAll(bytes)
      return
    }
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Hands the buffer to the system: a kill then loses nothing that was written before.
  package mutating func flush() throws(FileError) {
    if buffer.isEmpty { return }
    // Emptied also when the write fails, so that half a buffer is never written twice.
    defer { buffer.removeAll(keepingCapacity: true) }
    try file.writeAll(buffer)
  }

  /// Hands the buffer to the system and the system's to the disk.
  package mutating func synchronize() throws(FileError) {
    try flush()
    try file.synchronize()
  }

  /// Hands the buffer to the system.
  package mutating func finish() throws { try flush() }
}

extension OpenFile {
  /// Writes bytes where the file stands.
  package func write(_ bytes: [UInt8]) throws(FileError) { try writeAll(bytes) }

  func writeAll(_ bytes: [UInt8]) throws(FileError) {
    _ = try doing(.write, name) { try descriptor.writeAll(bytes) }
  }
}

extension FilePermissions {
  /// Readable and writable for everyone whom the umask does not forbid it.
  package static let newFile: FilePermissions = [.ownerReadWrite, .groupReadWrite, .otherReadWrite]
}

/// What a path leads to for one who wants to write a whole file there.
package enum WriteDestination: Sendable, Equatable {
  /// A regular file, or nothing yet: the path behind all symbolic links, where a new file may be put.
  case replaced(String)
  /// A pipe or a character device: it is written to as it is.
  case direct
  /// A descriptor that this process was started with: a file that is written to from where it stands, as the shell opened it.
  case descriptor(Int32)

  /// As many links as the kernel follows (path_resolution(7)).
  private static let linkLimit = 40

  /// Follows the symbolic links of a path, and looks at what is there.
  ///
  /// - Throws: ``FileError`` for a directory, a block device, a socket, links in a circle, and a descriptor that this process was
  ///   not started with or that can't be written to.
  package init(of path: String) throws(FileError) {
    func failure(_ errno: Errno) -> FileError { FileError(path: path, operation: .write, errno: errno) }
    var current = FilePath(path)
    for _ in 0...Self.linkLimit {
      if let number = Self.ownDescriptor(current) {
        guard Self.isFromCaller(number) else { throw failure(.badFileDescriptor) }
        self = .descriptor(number)
        return
      }
      guard let stat = try? Stat(current, followTargetSymlink: false) else {
        self = .replaced(current.string)
        return
      }
      switch stat.type {
      case .regular:
        self = .replaced(current.string)
        return
      case .characterSpecial, .fifo:
        self = .direct
        return
      case .directory: throw failure(.isDirectory)
      case .symbolicLink:
        guard let target = Self.target(of: current) else { throw failure(.ioError) }
        current = current.removingLastComponent().pushing(target)
      default: throw failure(.notSupported)
      }
    }
    throw failure(.tooManySymbolicLinkLevels)
  }

  /// The number N where a path is `/proc/self/fd/N`, by whatever way (`/dev/fd` is a link to that directory).
  private static func ownDescriptor(_ path: FilePath) -> Int32? {
    guard let number = path.lastComponent.flatMap({ Int32($0.string) }), number >= 0 else { return nil }
    let directory = path.removingLastComponent()
    let resolved = resolvedPath(directory.isEmpty ? "." : directory.string)
    return resolved == "/proc/\(getpid())/fd" || resolved == "/proc/self/fd" ? number : nil
  }

  /// Whether a descriptor came with the process, and can be written to. Others have the same numbers as soon as something is
  /// opened: a journal, a list, what threads wait for. All of these are closed by exec, which no descriptor was that came through it.
  private static func isFromCaller(_ number: Int32) -> Bool {
    let (flags, mode) = (fcntl(number, F_GETFD), fcntl(number, F_GETFL))
    return flags >= 0 && flags & FD_CLOEXEC == 0 && mode >= 0 && mode & O_ACCMODE != O_RDONLY
  }

  private static func target(of link: FilePath) -> FilePath? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink(link.string, &buffer, buffer.count - 1)
    guard length > 0 else { return nil }
    return FilePath(String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self))
  }
}

/// The path without links, `.` and `..`; nil where it can't be resolved.
package func resolvedPath(_ path: String) -> String? {
  guard let resolved = realpath(path, nil) else { return nil }
  defer { free(resolved) }
  return String(cString: resolved)
}
