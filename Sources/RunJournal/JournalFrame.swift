import ByteStreams

/// How a record stands in a journal: its length and its checksum, four bytes each with the lowest first, then
/// the record. The checksum is that of the length and the record.
package enum JournalFrame {
  /// The bytes before the record.
  package static let overhead = 8
  /// The longest record. A name has at most 64 KiB (``TextCursor/textLimit``).
  package static let limit = 4 << 20

  /// What stands at one place.
  package enum Reading: Equatable {
    /// A record, at these indices.
    case record(Range<Int>)
    /// The beginning of one, perhaps: the bytes end before it does.
    case cut
    /// Nothing that was written by us.
    case damaged
  }

  package static func append(_ record: [UInt8], to bytes: inout [UInt8]) {
    let start = bytes.count
    put(UInt32(record.count), to: &bytes)
    put(0, to: &bytes)
    bytes.append(contentsOf: record)
    let sum = checksum(bytes[start..<start + 4], record[...])
    for index in 0..<4 { bytes[start + 4 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
  }

  package static func read(_ bytes: ArraySlice<UInt8>, at start: Int) -> Reading {
    guard bytes.endIndex - start >= overhead else { return .cut }
    let length = Int(number(bytes, at: start))
    guard length > 0, length <= limit else { return .damaged }
    let record = start + overhead..<start + overhead + length
    guard record.upperBound <= bytes.endIndex else { return .cut }
    guard checksum(bytes[start..<start + 4], bytes[record]) == number(bytes, at: start + 4) else {
      return .damaged
    }
    return .record(record)
  }

  /// Whether a whole record begins anywhere in the bytes.
  package static func isIn(_ bytes: ArraySlice<UInt8>) -> Bool {
    bytes.indices.contains { start in
      if case .record = read(bytes, at: start) { true } else { false }
    }
  }

  /// The length's bytes are mixed in, so that a record of zeros is none.
  private static func checksum(_ length: ArraySlice<UInt8>, _ record: ArraySlice<UInt8>) -> UInt32 {
    CRC32.of(record) ^ CRC32.of(length)
  }

  private static func put(_ value: UInt32, to bytes: inout [UInt8]) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      bytes.append(UInt8(truncatingIfNeeded: value >> shift))
    }
  }

  private static func number(_ bytes: ArraySlice<UInt8>, at start: Int) -> UInt32 {
    (0..<4).reduce(0) { $0 | UInt32(bytes[start + $1]) << (8 * UInt32($1)) }
  }
}

/// Puts values one behind the other, as the records of a journal have them.
package struct JournalWriter {
  package private(set) var bytes: [UInt8] = []

  package mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Seven bits a byte, the lowest first.
  package mutating func number(_ value: Int) {
    var rest = UInt64(bitPattern: Int64(value))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  package mutating func text(_ text: String) { self.text(text.utf8) }

  package mutating func text(_ text: some Collection<UInt8>) {
    number(text.count)
    bytes.append(contentsOf: text)
  }

  package mutating func real(_ value: Double) {
    let pattern = value.bitPattern
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: pattern >> shift)) }
  }
}

/// Takes values apart that ``JournalWriter`` put together.
package struct JournalReader {
  /// A record that has a right checksum and wrong contents: of another version, or not ours.
  package struct UnreadableEntry: Error {}

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  package init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  package var isAtEnd: Bool { position == bytes.endIndex }

  package mutating func byte() throws(UnreadableEntry) -> UInt8 {
    guard position < bytes.endIndex else { throw UnreadableEntry() }
    defer { position += 1 }
    return bytes[position]
  }

  /// Never negative.
  package mutating func number() throws(UnreadableEntry) -> Int {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      let byte = try byte()
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return Int(value) }
    }
    throw UnreadableEntry()
  }

  package mutating func text() throws(UnreadableEntry) -> String {
    let count = try number()
    guard count <= bytes.endIndex - position else { throw UnreadableEntry() }
    defer { position += count }
    guard let text = String(validating: bytes[position..<position + count], as: UTF8.self) else {
      throw UnreadableEntry()
    }
    return text
  }

  package mutating func real() throws(UnreadableEntry) -> Double {
    var pattern: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 8) { pattern |= UInt64(try byte()) << shift }
    let value = Double(bitPattern: pattern)
    guard value.isFinite, value >= 0 else { throw UnreadableEntry() }
    return value
  }
}
