import ByteStreams

/// A sorted part of a list, in a temporary file that holds several: each directory with its number of names, and behind
/// it these, every text with its length before it.
struct SortedRun: Sendable {
  /// Directories that are left, the open one not counted.
  private var directoriesLeft: Int
  /// Names of the open directory that are left, the open one not counted.
  private var namesLeft = 0
  /// The directory that is open; empty before the first one.
  private(set) var directory: [UInt8] = []
  /// The first bytes of the open name: see ``SortBuffer/key(_:)``.
  private(set) var key: UInt64 = 0
  private var nameStart = 0
  private var nameLength = 0
  private var source: FileSource
  private var chunk: [UInt8] = []
  private var position = 0

  /// A run that was written with ``SortedRun/Writer``.
  init(_ file: OpenFile, at offset: Int64, directories: Int) {
    source = FileSource(file, at: offset)
    directoriesLeft = directories
  }

  /// Opens the next directory with its first name; false at the end. What is left of the open one is passed over.
  mutating func nextDirectory() throws -> Bool {
    while try nextName() {}
    guard directoriesLeft > 0 else { return false }
    directoriesLeft -= 1
    let length = try number()
    try need(length)
    directory.removeAll(keepingCapacity: true)
    directory.append(contentsOf: chunk[position..<(position + length)])
    position += length
    namesLeft = try number()
    return try nextName()
  }

  /// Opens the next name of the directory; false behind the last one.
  mutating func nextName() throws -> Bool {
    guard namesLeft > 0 else { return false }
    namesLeft -= 1
    nameLength = try number()
    try need(nameLength)
    nameStart = position
    position += nameLength
    key = withName { SortBuffer.key($0) }
    return true
  }

  /// The open name.
  func withName<Result>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Result) rethrows -> Result {
    try chunk.withUnsafeBufferPointer {
      try body(UnsafeBufferPointer(rebasing: $0[nameStart..<(nameStart + nameLength)]))
    }
  }

  private mutating func number() throws -> Int {
    try need(4)
    let value = chunk.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: UInt32.self) }
    position += 4
    return Int(value)
  }

  /// Sees to it that so many bytes are at hand.
  private mutating func need(_ count: Int) throws {
    while chunk.count - position < count {
      guard let next = try source.next() else {
        throw CampaignError(.internalError, "the temporary file of the sorted list ends too early")
      }
      chunk = position == chunk.count ? next : Array(chunk[position...]) + next
      position = 0
    }
  }

  /// Writes a run.
  struct Writer {
    private var buffer: [UInt8] = []
    /// Directories so far.
    private(set) var directories = 0
    /// Bytes so far.
    private(set) var size: Int64 = 0

    init() { buffer.reserveCapacity(FileSink.bufferSize * 2) }

    mutating func directory(
      _ text: UnsafeBufferPointer<UInt8>, names: Int, to file: inout SpoolFile
    ) throws {
      directories += 1
      append(text)
      append(UInt32(names))
      try flushIfLarge(&file)
    }

    mutating func name(_ text: UnsafeBufferPointer<UInt8>, to file: inout SpoolFile) throws {
      append(text)
      try flushIfLarge(&file)
    }

    mutating func finish(_ file: inout SpoolFile) throws {
      try file.append(buffer)
      size += Int64(buffer.count)
      buffer.removeAll(keepingCapacity: true)
    }

    private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
      append(UInt32(text.count))
      buffer.append(contentsOf: text)
    }

    private mutating func append(_ number: UInt32) {
      withUnsafeBytes(of: number) { buffer.append(contentsOf: $0) }
    }

    private mutating func flushIfLarge(_ file: inout SpoolFile) throws {
      if buffer.count >= FileSink.bufferSize { try finish(&file) }
    }
  }
}
