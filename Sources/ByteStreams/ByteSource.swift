/// Bytes that are pulled chunk by chunk.
///
/// A copy of a source shares the position of the original wherever that lives outside of it (a pipe, a
/// decompressor), so a source has one reader.
public protocol ByteSource: Sendable {
  /// The next bytes, never an empty chunk; nil at the end, and then for ever.
  ///
  /// Throws ``FileError`` where the bytes come from a file, ``GzipError`` where they are decompressed.
  mutating func next() throws -> [UInt8]?
}

extension ByteSource {
  /// Everything up to the end, or nil when that is more than `limit` bytes.
  public mutating func collect(limit: Int) throws -> [UInt8]? {
    var bytes: [UInt8] = []
    while let chunk = try next() {
      if bytes.count + chunk.count > limit { return nil }
      bytes.append(contentsOf: chunk)
    }
    return bytes
  }
}

/// Bytes that are in memory already, handed out in chunks of one size.
public struct MemorySource: ByteSource {
  private let bytes: [UInt8]
  private let chunkSize: Int
  private var position = 0

  /// A source of these bytes; without a chunk size they come at once.
  public init(_ bytes: [UInt8], chunkSize: Int = .max) {
    self.bytes = bytes
    self.chunkSize = max(1, chunkSize)
  }

  /// The next chunk.
  public mutating func next() -> [UInt8]? {
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
