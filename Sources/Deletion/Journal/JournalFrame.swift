import ByteStreams

/// How a record stands in a journal: its length and its checksum, four bytes each with the lowest first, then
/// the record. The checksum is that of the length and the record.
enum JournalFrame {
  /// The bytes before the record.
  static let overhead = 8
  /// The longest record. A name has at most 64 KiB (``LFNListReader/lineLimit``).
  static let limit = 4 << 20

  /// What stands at one place.
  enum Reading: Equatable {
    /// A record, at these indices.
    case record(Range<Int>)
    /// The beginning of one, perhaps: the bytes end before it does.
    case cut
    /// Nothing that was written by us.
    case damaged
  }

  static func append(_ record: [UInt8], to bytes: inout [UInt8]) {
    let start = bytes.count
    put(UInt32(record.count), to: &bytes)
    put(0, to: &bytes)
    bytes.append(contentsOf: record)
    let sum = checksum(bytes[start..<start + 4], record[...])
    for place in 0..<4 { bytes[start + 4 + place] = UInt8(truncatingIfNeeded: sum >> (8 * place)) }
  }

  static func read(_ bytes: ArraySlice<UInt8>, at start: Int) -> Reading {
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
  static func isIn(_ bytes: ArraySlice<UInt8>) -> Bool {
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
