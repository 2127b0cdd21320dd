import DeletionModel
import ByteStreams
import Glibc

/// A place in a list that is read chunk by chunk.
package struct ListCursor: Sendable {
  /// The list's name in messages.
  package let name: String
  /// The bytes at hand.
  package private(set) var chunk: [UInt8] = []
  /// The next byte of ``chunk``.
  package var position = 0
  /// The line that ``position`` is on, from 1.
  package var line = 1
  /// The line of the name that was taken last.
  package var nameLine = 1
  private var source: any ByteSource
  /// What is kept of the value that is being read: what earlier chunks had of it, and where it begins in this one.
  private var kept: [UInt8] = []
  private var keptFrom: Int?
  private var keptLimit = 0

  package init(_ source: any ByteSource, name: String) {
    self.source = source
    self.name = name
  }

  /// Sees to it that there is a byte at ``position``; false at the end.
  package mutating func fill() throws -> Bool {
    if position < chunk.count { return true }
    if let start = keptFrom {
      kept += chunk[start...]
      keptFrom = 0
      if kept.count > keptLimit { throw error(.tooLong) }
    }
    guard let next = try pull() else {
      if keptFrom != nil { keptFrom = chunk.count }
      return false
    }
    chunk = next
    position = 0
    return true
  }

  /// Unpacks the list if it is packed, and brings its first `count` bytes into ``chunk`` unless it is shorter.
  package mutating func begin(_ count: Int) throws {
    do {
      source = try sniffed(source)
    } catch let error as GzipError {
      throw ListError(source: name, problem: .gzip(error))
    }
    while chunk.count < count, let next = try pull() {
      if chunk.isEmpty { chunk = next } else { chunk += next }
    }
  }

  /// The next byte, left where it is; nil at the end.
  package mutating func peek() throws -> UInt8? {
    try fill() ? chunk[position] : nil
  }

  /// Takes one JSON value of any kind as the bytes that it has, at most so many (nearly).
  package mutating func readValue(limit: Int) throws -> [UInt8] {
    _ = try needToken()
    keptFrom = position
    keptLimit = limit
    defer {
      keptFrom = nil
      kept = []
    }
    try skipValue()
    return kept + chunk[(keptFrom ?? position)..<position]
  }

  /// An error on the present line.
  package func error(_ problem: ListError.Problem) -> ListError {
    ListError(source: name, line: line, problem: problem)
  }

  private mutating func pull() throws -> [UInt8]? {
    do {
      return try source.next()
    } catch let error as GzipError {
      throw self.error(.gzip(error))
    }
  }
}

/// The plain form: one LFN a line, taken as it is, blanks at its ends included.
package struct PlainLines: Sendable {
  /// The beginning of a line whose end is in a later chunk.
  private var carried: [UInt8] = []

  /// Appends the next names, at most up to `limit` altogether. Fewer mean that the list has ended.
  package mutating func read(from cursor: inout ListCursor, limit: Int, into batch: inout [ListedLFN]) throws
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
    from cursor: inout ListCursor, limit: Int, into batch: inout [ListedLFN]
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
          if length > LFNListReader.lineLimit { throw cursor.error(.tooLong) }
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

  private mutating func carry(_ piece: UnsafeBufferPointer<UInt8>, _ cursor: ListCursor) throws {
    if carried.count + piece.count > LFNListReader.lineLimit { throw cursor.error(.tooLong) }
    carried.append(contentsOf: piece)
  }

  private static func lengthOfLine(_ bytes: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let base = bytes.baseAddress, let end = memchr(base, 0x0A, bytes.count) else { return nil }
    return UnsafeRawPointer(end) - UnsafeRawPointer(base)
  }

  private static func append(_ line: UnsafeBufferPointer<UInt8>, to batch: inout [ListedLFN]) {
    if line.allSatisfy(ListBytes.isBlank) { return }
    batch.append(ListedLFN(line))
  }
}
