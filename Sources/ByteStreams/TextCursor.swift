import Glibc

/// A position in a text that is read chunk by chunk, gzipped or not.
package struct TextCursor: Sendable {
  /// The longest line, or string in JSON, in bytes.
  package static let textLimit = 64 * 1024

  /// The bytes at hand.
  package private(set) var chunk: [UInt8] = []
  /// The next byte of ``chunk``.
  package var position = 0
  /// The line that ``position`` is on, from 1.
  package var line = 1
  /// The line of the name that was taken last, as whoever reads names sets it.
  package var nameLine = 1
  private var source: any ByteSource
  /// What is kept of the value that is being read: what earlier chunks had of it, and where it begins in this one.
  private var kept: [UInt8] = []
  private var keptFrom: Int?
  private var keptLimit = 0

  package init(_ source: any ByteSource) { self.source = source }

  /// Sees to it that there is a byte at ``position``; false at the end.
  package mutating func fill() throws -> Bool {
    if position < chunk.count { return true }
    if let start = keptFrom {
      kept += chunk[start...]
      keptFrom = 0
      if kept.count > keptLimit { throw error(.tooLong(keptLimit)) }
    }
    guard let next = try pull() else {
      if keptFrom != nil { keptFrom = chunk.count }
      return false
    }
    chunk = next
    position = 0
    return true
  }

  /// Unpacks the text if it is packed, and brings its first `count` bytes into ``chunk`` unless it is shorter.
  package mutating func begin(_ count: Int) throws {
    do {
      source = try sniffed(source)
    } catch let error as GzipError {
      throw TextError(problem: .gzip(error))
    }
    while chunk.count < count, let next = try pull() {
      if chunk.isEmpty { chunk = next } else { chunk += next }
    }
  }

  /// Goes past a byte order mark where the text begins with one.
  package mutating func skipByteOrderMark() throws {
    if try fill(), chunk.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
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
  package func error(_ problem: TextError.Problem) -> TextError { TextError(line: line, problem: problem) }

  /// An error about more than ``textLimit`` bytes.
  package var tooLong: TextError { error(.tooLong(Self.textLimit)) }

  private mutating func pull() throws -> [UInt8]? {
    do {
      return try source.next()
    } catch let error as GzipError {
      throw self.error(.gzip(error))
    }
  }
}

/// What is wrong with a text, and in which line.
package struct TextError: Error, Sendable, Equatable, CustomStringConvertible {
  package enum Problem: Sendable, Equatable, CustomStringConvertible {
    /// A line or a value is longer than so many bytes.
    case tooLong(Int)
    /// The gzip data is cut or damaged.
    case gzip(GzipError)
    /// The text ends inside of a JSON value.
    case truncatedJSON
    /// The text is not JSON, or not JSON of the form that is read.
    case wrongJSON(String)

    package var description: String {
      switch self {
      case .tooLong(let limit): "a name or value is longer than \(limit) bytes"
      case .gzip(let error): error.description
      case .truncatedJSON: "the JSON text ends too early"
      case .wrongJSON(let what): what
      }
    }
  }

  /// From 1; nil where it is about the whole text.
  package var line: Int?
  package var problem: Problem

  package init(line: Int? = nil, problem: Problem) {
    self.line = line
    self.problem = problem
  }

  /// With its line, on however many lines the text makes it have.
  package var description: String { line.map { "line \($0): \(problem)" } ?? "\(problem)" }
}

/// A text that may not be what its bytes say.
package struct DecodedText: Sendable {
  /// Where the bytes are not valid UTF-8 (or JSON gives half a surrogate pair), U+FFFD stands instead of what is wrong.
  package var text: String
  /// Whether ``text`` is exactly what was meant.
  package var isValidUTF8: Bool

  /// Bytes that are no UTF-8 are repaired by the decoding, and then differ. `String(validating:as:)` says the same, and
  /// takes some 500 instructions a name more.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) {
    text = String(decoding: bytes, as: UTF8.self)
    isValidUTF8 = text.withUTF8 { decoded in
      guard decoded.count == bytes.count, let left = decoded.baseAddress, let right = bytes.baseAddress else {
        return decoded.count == bytes.count
      }
      return memcmp(left, right, bytes.count) == 0
    }
  }
}
