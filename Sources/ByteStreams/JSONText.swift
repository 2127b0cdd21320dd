/// Writes JSON as fast as bytes can be appended. Commas come by themselves; that objects and arrays are closed
/// in the right order is up to the caller.
package struct JSONText: Sendable {
  /// What has been written so far. May be taken away and emptied between any two calls.
  package var bytes: [UInt8] = []
  private var needsComma = false

  /// Starts with nothing written.
  package init() {}

  /// Writes `{`.
  package mutating func beginObject() { begin(UInt8(ascii: "{")) }
  /// Writes `}`.
  package mutating func endObject() { end(UInt8(ascii: "}")) }
  /// Writes `[`.
  package mutating func beginArray() { begin(UInt8(ascii: "[")) }
  /// Writes `]`.
  package mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes a line end, for people's eyes or between JSON lines; a comma, if one is due, comes before it.
  package mutating func newline() {
    separate()
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Ends one JSON line: the next value needs no comma.
  package mutating func endLine() {
    needsComma = false
    bytes.append(UInt8(ascii: "\n"))
  }

  /// The name of a member that is written for each file of a report: found out once how it is written, it takes a third of
  /// the instructions.
  package struct Key: Sendable {
    fileprivate let bytes: [UInt8]

    package init(_ name: String) {
      var json = JSONText()
      json.key(name)
      bytes = json.bytes
    }
  }

  /// Writes the name of a member.
  package mutating func key(_ name: Key) {
    separate()
    bytes.append(contentsOf: name.bytes)
  }

  /// Writes the name of a member.
  package mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a string.
  package mutating func string(_ text: String) {
    separate()
    needsComma = true
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { appendEscaped($0) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes an integer.
  package mutating func integer(_ value: some BinaryInteger) {
    separate()
    needsComma = true
    if let small = Int(exactly: value) {
      appendDigits(small)
    } else {
      bytes.append(contentsOf: String(value).utf8)
    }
  }

  /// Writes a number that reads back as exactly the same; null for what JSON has no number for.
  package mutating func number(_ value: Double) {
    guard value.isFinite else { return null() }
    separate()
    needsComma = true
    bytes.append(contentsOf: value.description.utf8)
  }

  /// Writes a time span in seconds, rounded to microseconds; null for what JSON has no number for.
  package mutating func seconds(_ value: Double) {
    // Beyond some 285 years the microseconds are not exact any more.
    guard value.isFinite, abs(value) < 9e9 else { return number(value) }
    separate()
    needsComma = true
    let microseconds = Int((abs(value) * 1e6).rounded())
    if value < 0, microseconds != 0 { bytes.append(UInt8(ascii: "-")) }
    appendDigits(microseconds / 1_000_000)
    var fraction = microseconds % 1_000_000
    if fraction == 0 { return }
    bytes.append(UInt8(ascii: "."))
    var weight = 100_000
    while fraction > 0 {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: fraction / weight))
      fraction %= weight
      weight /= 10
    }
  }

  /// Writes `true` or `false`.
  package mutating func bool(_ value: Bool) {
    separate()
    needsComma = true
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes `null`.
  package mutating func null() {
    separate()
    needsComma = true
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a value that is JSON already.
  package mutating func raw(_ json: [UInt8]) {
    separate()
    needsComma = true
    bytes.append(contentsOf: json)
  }

  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = false
  }

  private mutating func begin(_ bracket: UInt8) {
    separate()
    bytes.append(bracket)
  }

  private mutating func end(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  private mutating func appendDigits(_ value: Int) {
    if value < 0 { bytes.append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    let start = bytes.count
    repeat {
      bytes.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    if bytes.count - start > 1 { bytes[start...].reverse() }
  }

  private mutating func appendEscaped(_ text: UnsafeBufferPointer<UInt8>) {
    var start = 0
    while true {
      let end = JSONEscape.firstSpecial(in: text, from: start)
      if end > start { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<end])) }
      if end == text.count { return }
      JSONEscape.append(text[end], to: &bytes)
      start = end + 1
    }
  }
}

/// A member of an object in one call: its name and its value.
extension JSONText {
  /// Writes a member that is a string, or null.
  package mutating func member(_ name: String, _ text: String?) {
    key(name)
    if let text { string(text) } else { null() }
  }

  /// Writes a member that is a string, or null.
  package mutating func member(_ name: Key, _ text: String?) {
    key(name)
    if let text { string(text) } else { null() }
  }

  /// Writes a member that is an integer.
  package mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(name)
    integer(value)
  }

  /// Writes a member that is an integer, or null.
  package mutating func member(_ name: String, _ value: Int?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  /// Writes a member that is true or false, or null.
  package mutating func member(_ name: String, _ value: Bool?) {
    key(name)
    if let value { bool(value) } else { null() }
  }

  /// Writes a member that is a time span in seconds, or null.
  package mutating func member(_ name: String, seconds value: Double?) {
    key(name)
    if let value { seconds(value) } else { null() }
  }

  /// Writes a member that is a list of strings.
  package mutating func member(_ name: String, _ texts: [String]) {
    beginArray(name)
    for text in texts { string(text) }
    endArray()
  }

  /// Begins a member that is an object.
  package mutating func beginObject(_ name: String) {
    key(name)
    beginObject()
  }

  /// Begins a member that is an array.
  package mutating func beginArray(_ name: String) {
    key(name)
    beginArray()
  }
}

/// What a JSON string can't hold as it is (RFC 8259 section 7): quote, backslash, and bytes below a blank.
package enum JSONEscape {
  /// The index of the first such byte from `start` on, or the end.
  package static func firstSpecial(in text: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    var index = start
    let raw = UnsafeRawBufferPointer(text)
    while index + 8 <= text.count {
      if hasSpecial(raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)) { break }
      index += 8
    }
    while index < text.count, !isSpecial(text[index]) { index += 1 }
    return index
  }

  /// Appends the escape for one such byte.
  static func append(_ byte: UInt8, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
    case UInt8(ascii: "\n"): bytes.append(UInt8(ascii: "n"))
    case UInt8(ascii: "\r"): bytes.append(UInt8(ascii: "r"))
    case UInt8(ascii: "\t"): bytes.append(UInt8(ascii: "t"))
    default:
      let digits: StaticString = "0123456789abcdef"
      bytes.append(contentsOf: "u00".utf8)
      bytes.append(digits.utf8Start[Int(byte >> 4)])
      bytes.append(digits.utf8Start[Int(byte & 15)])
    }
  }

  private static func isSpecial(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  /// The same question for eight bytes at once. It may say yes wrongly, never no.
  private static func hasSpecial(_ word: UInt64) -> Bool {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highs: UInt64 = 0x8080_8080_8080_8080
    let quote = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
    let backslash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
    let below = (word &- ones &* 0x20) & ~word
    let zeroQuote = (quote &- ones) & ~quote
    let zeroBackslash = (backslash &- ones) & ~backslash
    return (below | zeroQuote | zeroBackslash) & highs != 0
  }
}
