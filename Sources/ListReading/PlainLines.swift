import ByteStreams
import DeletionModel
import Glibc

/// The plain form: one LFN a line, taken as it is, blanks at its ends included.
package struct PlainLines: Sendable {
  /// The beginning of a line whose end is in a later chunk.
  private var carried: [UInt8] = []

  /// Appends the next names, at most up to `limit` altogether. Fewer mean that the list has ended.
  package mutating func read(from cursor: inout TextCursor, limit: Int, into batch: inout [ListedLFN]) throws
  {
    while batch.count < limit {
      guard try cursor.fill() else {
        cursor.nameLine = cursor.line
        // The last line may lack its line feed.
        carried.withUnsafeBufferPointer { Self.append($0, to: &batch) }
        carried = []
        return
      }
      try readChunk(from: &cursor, limit: limit, into: &batch)
    }
  }

  /// Goes on to the end of the chunk, or until the batch is full.
  private mutating func readChunk(
    from cursor: inout TextCursor, limit: Int, into batch: inout [ListedLFN]
  ) throws {
    let chunk = cursor.chunk
    var start = cursor.position
    try chunk.withUnsafeBufferPointer { bytes in
      while batch.count < limit, start < bytes.count {
        let rest = UnsafeBufferPointer(rebasing: bytes[start...])
        guard let length = Self.lengthOfLine(rest) else {
          try carry(rest, cursor)
          start = bytes.count
          break
        }
        cursor.nameLine = cursor.line
        let piece = UnsafeBufferPointer(rebasing: rest[..<length])
        if carried.isEmpty {
          if length > TextCursor.textLimit { throw cursor.tooLong }
          Self.append(piece, to: &batch)
        } else {
          try carry(piece, cursor)
          carried.withUnsafeBufferPointer { Self.append($0, to: &batch) }
          carried.removeAll(keepingCapacity: true)
        }
        start += length + 1
        cursor.line += 1
      }
    }
    cursor.position = start
  }

  private mutating func carry(_ piece: UnsafeBufferPointer<UInt8>, _ cursor: TextCursor) throws {
    if carried.count + piece.count > TextCursor.textLimit { throw cursor.tooLong }
    carried.append(contentsOf: piece)
  }

  private static func lengthOfLine(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = bytes.baseAddress, let end = memchr(base, 0x0A, bytes.count) else { return nil }
    return UnsafeRawPointer(end) - UnsafeRawPointer(base)
  }

  private static func append(_ line: UnsafeBufferPointer<UInt8>, to batch: inout [ListedLFN]) {
    if line.allSatisfy(TextCursor.isBlank) { return }
    batch.append(ListedLFN(DecodedText(line)))
  }
}

extension ListedLFN {
  /// A name as it was read.
  package init(_ decoded: DecodedText) { self.init(text: decoded.text, isValidUTF8: decoded.isValidUTF8) }
}
