/// Puts values one behind the other, as the records of a journal have them.
struct JournalWriter {
  private(set) var bytes: [UInt8] = []

  mutating func byte(_ value: UInt8) { bytes.append(value) }

  /// Seven bits a byte, the lowest first.
  mutating func number(_ value: Int) {
    var rest = UInt64(bitPattern: Int64(value))
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  mutating func text(_ text: String) { self.text(text.utf8) }

  mutating func text(_ text: some Collection<UInt8>) {
    number(text.count)
    bytes.append(contentsOf: text)
  }

  mutating func real(_ value: Double) {
    let pattern = value.bitPattern
    for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: pattern >> shift)) }
  }
}

/// Takes values apart that ``JournalWriter`` put together.
struct JournalReader {
  /// A record that has a right checksum and wrong contents: of another version, or not ours.
  struct Nonsense: Error {}

  private let bytes: ArraySlice<UInt8>
  private var position: Int

  init(_ bytes: ArraySlice<UInt8>) {
    self.bytes = bytes
    position = bytes.startIndex
  }

  var isAtEnd: Bool { position == bytes.endIndex }

  mutating func byte() throws(Nonsense) -> UInt8 {
    guard position < bytes.endIndex else { throw Nonsense() }
    defer { position += 1 }
    return bytes[position]
  }

  /// Never negative.
  mutating func number() throws(Nonsense) -> Int {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 63, by: 7) {
      let byte = try byte()
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return Int(value) }
    }
    throw Nonsense()
  }

  mutating func text() throws(Nonsense) -> String {
    let count = try number()
    guard count <= bytes.endIndex - position else { throw Nonsense() }
    defer { position += count }
    guard let text = String(validating: bytes[position..<position + count], as: UTF8.self) else {
      throw Nonsense()
    }
    return text
  }

  mutating func real() throws(Nonsense) -> Double {
    var pattern: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 64, by: 8) { pattern |= UInt64(try byte()) << shift }
    let value = Double(bitPattern: pattern)
    guard value.isFinite, value >= 0 else { throw Nonsense() }
    return value
  }
}
