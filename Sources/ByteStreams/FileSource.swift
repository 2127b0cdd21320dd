import SystemPackage

/// Reads an open file in chunks.
public struct FileSource: ByteSource {
  /// Bytes asked for at once.
  public static let chunkSize = 256 * 1024

  private let file: OpenFile
  private var offset: Int64?
  private var isAtEnd = false

  /// Reads on from where the file's own position is; the way for pipes.
  public init(_ file: OpenFile) { self.file = file }

  /// Reads a regular file from `offset` bytes on, without touching the file's own position: several such
  /// sources can read one open file.
  public init(_ file: OpenFile, at offset: Int64) {
    self.file = file
    self.offset = offset
  }

  /// Opens a file and reads it from its beginning.
  public init(path: String) throws(FileError) { self.init(try OpenFile(reading: path)) }

  /// The next bytes. Throws ``FileError``.
  public mutating func next() throws -> [UInt8]? {
    if isAtEnd { return nil }
    let chunk = try doing(.read, file.name) {
      try [UInt8](unsafeUninitializedCapacity: Self.chunkSize) { buffer, count in
        let room = UnsafeMutableRawBufferPointer(buffer)
        if let offset {
          count = try file.descriptor.read(fromAbsoluteOffset: offset, into: room)
        } else {
          count = try file.descriptor.read(into: room)
        }
      }
    }
    if let offset { self.offset = offset + Int64(chunk.count) }
    isAtEnd = chunk.isEmpty
    return isAtEnd ? nil : chunk
  }

  /// The whole of a file that is not expected to be large. More than `limit` bytes are an error (EFBIG).
  public static func contents(of path: String, limit: Int = 64 << 20) throws(FileError) -> [UInt8] {
    try doing(.read, path) {
      var source = try FileSource(path: path)
      guard let bytes = try source.collect(limit: limit) else { throw Errno.fileTooLarge }
      return bytes
    }
  }
}
