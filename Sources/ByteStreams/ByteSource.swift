import SystemPackage

/// Bytes that are pulled chunk by chunk.
///
/// A copy of a source shares the position of the original wherever that lives outside of it (a pipe, a
/// decompressor), so a source has one reader.
package protocol ByteSource: Sendable {
  /// The next bytes, never an empty chunk; nil at the end, and then forever.
  ///
  /// Throws ``FileError`` where the bytes come from a file, ``GzipError`` where they are decompressed.
  mutating func next() throws -> [UInt8]?
}

extension ByteSource {
  /// Everything up to the end, or nil when that is more than `limit` bytes.
  package mutating func collect(limit: Int) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while let chunk = try next() {
      if bytes.count + chunk.count > limit { return nil }
      bytes.append(contentsOf: chunk)
    }
    return bytes
  }
}

/// Bytes that are in memory already, handed out in chunks of one size.
package struct MemorySource: ByteSource {
  private let bytes: [UInt8]
  private let chunkSize: Int
  private var position = 0

  /// A source of these bytes; without a chunk size they come at once.
  package init(_ bytes: [UInt8], chunkSize: Int = .max) {
    self.bytes = bytes
    self.chunkSize = max(1, chunkSize)
  }

  /// The next chunk.
  package mutating func next() -> [UInt8]? {
    guard position < bytes.count else { return nil }
    let end = chunkSize < bytes.count - position ? position + chunkSize : bytes.count
    defer { position = end }
    return position == 0 && end == bytes.count ? bytes : Array(bytes[position..<end])
  }
}

/// A source with bytes put back in front of it.
struct PrefixedSource: ByteSource {
  var prefix: [UInt8]
  var rest: any ByteSource

  mutating func next() throws -> [UInt8]? {
    if prefix.isEmpty { return try rest.next() }
    defer { prefix = [] }
    return prefix
  }
}

/// Where bytes go.
package protocol ByteSink: Sendable {
  /// Takes these bytes; they may stay in a buffer until ``finish()``. Throws ``FileError``.
  mutating func write(_ bytes: [UInt8]) throws

  /// Writes what is still in buffers. Nothing may be written afterwards. Throws ``FileError``.
  mutating func finish() throws
}

/// Reads an open file in chunks.
package struct FileSource: ByteSource {
  /// Bytes asked for at once.
  package static let chunkSize = 256 * 1024

  private let file: OpenFile
  private var offset: Int64?
  private var isAtEnd = false

  /// Reads on from where the file's own position is; the way for pipes.
  package init(_ file: OpenFile) { self.file = file }

  /// Reads a regular file from `offset` bytes on, without touching the file's own position: several such
  /// sources can read one open file.
  package init(_ file: OpenFile, at offset: Int64) {
    self.file = file
    self.offset = offset
  }

  /// Opens a file and reads it from its beginning.
  package init(path: String) throws(FileError) { self.init(try OpenFile(reading: path)) }

  /// Opens a regular file and reads it from its beginning. See ``OpenFile/init(readingRegular:)``.
  package init(regularFile path: String) throws(FileError) { self.init(try OpenFile(readingRegular: path)) }

  /// The next bytes. Throws ``FileError``.
  package mutating func next() throws -> [UInt8]? {
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
  ///
  /// - Parameter regular: whether anything but a regular file is an error.
  package static func contents(of path: String, limit: Int = 64 << 20, regular: Bool = false)
    throws(FileError) -> [UInt8]
  {
    try doing(.read, path) {
      var source = try regular ? FileSource(regularFile: path) : FileSource(path: path)
      guard let bytes = try source.collect(limit: limit) else { throw Errno.fileTooLarge }
      return bytes
    }
  }
}
