/// Strings of JSON.
extension TextCursor {
  /// Takes a string whose opening quote is the next byte.
  package mutating func readString() throws -> DecodedText { try scanString(keeping: true) }

  /// Goes past a string whose opening quote is the next byte; gives its text only if `keeping` it.
  mutating func scanString(keeping: Bool) throws -> DecodedText {
    position += 1
    var text = JSONStringText()
    var isFirstPiece = true
    while try fill() {
      let start = position
      let end = chunk.withUnsafeBufferPointer { JSONEscape.firstSpecial(in: $0, from: start) }
      if keeping, text.bytes.count + end - start > Self.textLimit { throw tooLong }
      position = end
      if end < chunk.count, chunk[end] == UInt8(ascii: "\""), isFirstPiece || !keeping {
        position += 1
        // Nearly every name is like this: one piece without escapes.
        return chunk.withUnsafeBufferPointer {
          DecodedText(UnsafeBufferPointer(rebasing: $0[start..<(keeping ? end : start)]))
        }
      }
      if keeping { text.append(chunk[start..<end]) }
      isFirstPiece = false
      guard end < chunk.count else { continue }
      switch chunk[end] {
      case UInt8(ascii: "\""):
        position += 1
        return text.finished()
      case UInt8(ascii: "\\"):
        position += 1
        let unit = try readEscape()
        if keeping { text.append(escaped: unit) }
      default:
        throw error(.wrongJSON("a JSON string holds a control character or does not end on its line"))
      }
    }
    throw error(.truncatedJSON)
  }

  /// Takes what follows a backslash: one UTF-16 unit.
  private mutating func readEscape() throws -> UInt16 {
    guard let byte = try peek() else { throw error(.truncatedJSON) }
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt16(byte)
    case UInt8(ascii: "b"): return 0x08
    case UInt8(ascii: "f"): return 0x0C
    case UInt8(ascii: "n"): return 0x0A
    case UInt8(ascii: "r"): return 0x0D
    case UInt8(ascii: "t"): return 0x09
    case UInt8(ascii: "u"): break
    default: throw unexpected(byte, "after a backslash")
    }
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let digit = try peek() else { throw error(.truncatedJSON) }
      guard let value = Character(Unicode.Scalar(digit)).hexDigitValue else {
        throw unexpected(digit, "in a \\u escape")
      }
      unit = unit << 4 | UInt16(value)
      position += 1
    }
    return unit
  }
}

/// A string that is put together out of pieces and escapes.
private struct JSONStringText {
  private(set) var bytes: [UInt8] = []
  private var isValid = true
  /// The first half of a surrogate pair, while the second one may still come.
  private var highSurrogate: UInt16?

  mutating func append(_ piece: ArraySlice<UInt8>) {
    if piece.isEmpty { return }
    dropHalfPair()
    bytes.append(contentsOf: piece)
  }

  mutating func append(escaped unit: UInt16) {
    if let high = highSurrogate, UTF16.isTrailSurrogate(unit) {
      highSurrogate = nil
      append(Unicode.Scalar(0x10000 + UInt32(high - 0xD800) << 10 + UInt32(unit - 0xDC00)))
      return
    }
    dropHalfPair()
    if UTF16.isLeadSurrogate(unit) {
      highSurrogate = unit
    } else {
      append(Unicode.Scalar(UInt32(unit)))
    }
  }

  consuming func finished() -> DecodedText {
    dropHalfPair()
    var text = bytes.withUnsafeBufferPointer { DecodedText($0) }
    if !isValid { text.isValidUTF8 = false }
    return text
  }

  /// A half pair without its other half stands for no character.
  private mutating func dropHalfPair() {
    if highSurrogate == nil { return }
    highSurrogate = nil
    append(nil)
  }

  private mutating func append(_ scalar: Unicode.Scalar?) {
    if scalar == nil { isValid = false }
    bytes.append(contentsOf: UTF8.encode(scalar ?? "\u{FFFD}") ?? UTF8.encodedReplacementCharacter)
  }
}
