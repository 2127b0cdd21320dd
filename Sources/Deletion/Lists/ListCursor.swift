import ByteStreams

/// A place in a list that is read chunk by chunk.
struct ListCursor: Sendable {
  /// The list's name in messages.
  let name: String
  /// The bytes at hand.
  private(set) var chunk: [UInt8] = []
  /// The next byte of ``chunk``.
  var position = 0
  /// The line that ``position`` is on, from 1.
  var line = 1
  /// The line of the name that was taken last.
  var nameLine = 1
  private var source: any ByteSource
  /// What is kept of the value that is being read: what earlier chunks had of it, and where it begins in this one.
  private var kept: [UInt8] = []
  private var keptFrom: Int?
  private var keptLimit = 0

  init(_ source: any ByteSource, name: String) {
    self.source = source
    self.name = name
  }

  /// Sees to it that there is a byte at ``position``; false at the end.
  mutating func fill() throws -> Bool {
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
  mutating func begin(_ count: Int) throws {
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
  mutating func peek() throws -> UInt8? {
    try fill() ? chunk[position] : nil
  }

  /// Takes one JSON value of any kind as the bytes that it has, at most so many (nearly).
  mutating func readValue(limit: Int) throws -> [UInt8] {
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
  func error(_ problem: ListError.Problem) -> ListError {
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
