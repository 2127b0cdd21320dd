/// Writes JSON as fast as bytes can be appended. Commas come by themselves; that objects and arrays are closed
/// in the right order is up to the caller.
public struct JSONText: Sendable {
  /// What has been written so far. May be taken away and emptied between any two calls.
  public var bytes: [UInt8] = []
  private var needsComma = false

  /// Starts with nothing written.
  public init() {}

  /// Writes `{`.
  public mutating func beginObject() { begin(UInt8(ascii: "{")) }
  /// Writes `}`.
  public mutating func endObject() { end(UInt8(ascii: "}")) }
  /// Writes `[`.
  public mutating func beginArray() { begin(UInt8(ascii: "[")) }
  /// Writes `]`.
  public mutating func endArray() { end(UInt8(ascii: "]")) }

  /// Writes a line end, for people's eyes or between JSON lines; a comma, if one is due, comes before it.
  public mutating func newline() {
    separate()
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Ends one JSON line: the next value needs no comma.
  public mutating func endLine() {
    needsComma = false
    bytes.append(UInt8(ascii: "\n"))
  }

  /// Writes the name of a member.
  public mutating func key(_ name: String) {
    string(name)
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// Writes a string.
  public mutating func string(_ text: String) {
    separate()
    needsComma = true
    bytes.append(UInt8(ascii: "\""))
    var text = text
    text.withUTF8 { appendEscaped($0) }
    bytes.append(UInt8(ascii: "\""))
  }

  /// Writes an integer.
  public mutating func integer(_ value: some BinaryInteger) {
    separate()
    needsComma = true
    if let small = Int(exactly: value) {
      appendDigits(small)
    } else {
      bytes.append(contentsOf: String(value).utf8)
    }
  }

  /// Writes a number that reads back as exactly the same; null for what JSON has no number for.
  public mutating func number(_ value: Double) {
    guard value.isFinite else { return null() }
    separate()
    needsComma = true
    bytes.append(contentsOf: value.description.utf8)
  }

  /// Writes a time span in seconds, rounded to microseconds; null for what JSON has no number for.
  public mutating func seconds(_ value: Double) {
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
  public mutating func bool(_ value: Bool) {
    separate()
    needsComma = true
    bytes.append(contentsOf: (value ? "true" : "false").utf8)
  }

  /// Writes `null`.
  public mutating func null() {
    separate()
    needsComma = true
    bytes.append(contentsOf: "null".utf8)
  }

  /// Writes a value that is JSON already.
  public mutating func raw(_ json: [UInt8]) {
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
