import SystemPackage

/// Writes to an open file through a buffer.
public struct FileSink: ByteSink {
  /// Bytes kept before they are written.
  public static let bufferSize = 64 * 1024

  private let file: OpenFile
  private var buffer: [UInt8] = []

  /// Writes on from where the file's position is.
  public init(_ file: OpenFile) { self.file = file }

  /// Opens a file for appending, making it if it is not there.
  public init(appendingTo path: String) throws(FileError) {
    self.init(
      OpenFile(
        try doing(.write, path) {
          try FileDescriptor.open(
            FilePath(path), .writeOnly, options: [.append, .create, .closeOnExec],
            permissions: .newFile)
        }, name: path))
  }

  /// Takes bytes, writing them out once there are many.
  public mutating func write(_ bytes: [UInt8]) throws {
    if bytes.count >= Self.bufferSize {
      try flush()
      try file.writeAll(bytes)
      return
    }
    buffer.append(contentsOf: bytes)
    if buffer.count >= Self.bufferSize { try flush() }
  }

  /// Hands the buffer to the system: a kill then loses nothing that was written before.
  public mutating func flush() throws(FileError) {
    if buffer.isEmpty { return }
    // Emptied also when the write fails, so that half a buffer is never written twice.
    defer { buffer.removeAll(keepingCapacity: true) }
    try file.writeAll(buffer)
  }

  /// Hands the buffer to the system and the system's to the disk.
  public mutating func synchronize() throws(FileError) {
    try flush()
    try file.synchronize()
  }

  /// Hands the buffer to the system.
  public mutating func finish() throws { try flush() }
}

extension OpenFile {
  func writeAll(_ bytes: [UInt8]) throws(FileError) {
    _ = try doing(.write, name) { try descriptor.writeAll(bytes) }
  }
}

extension FilePermissions {
  /// Readable and writable for everyone whom the umask does not forbid it.
  static let newFile: FilePermissions = [.ownerReadWrite, .groupReadWrite, .otherReadWrite]
}
