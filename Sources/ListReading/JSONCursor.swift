import DeletionModel
import ByteStreams

/// As much of a JSON reader as lists need. It pulls bytes as it goes, so a value may be cut by the end of a
/// chunk anywhere, and holds no more than one string.
extension ListCursor {
  /// How deeply values that are skipped may be nested.
  package static let nestingLimit = 64

  /// The next byte after white space, left where it is; nil at the end.
  package mutating func peekToken() throws -> UInt8? {
    while let byte = try peek() {
      guard ListBytes.isBlank(byte) else { return byte }
      if byte == 0x0A { line += 1 }
      position += 1
    }
    return nil
  }

  /// The same where the text must not end yet.
  package mutating func needToken() throws -> UInt8 {
    guard let byte = try peekToken() else { throw error(.truncatedJSON) }
    return byte
  }

  /// Takes one certain character.
  package mutating func expect(_ byte: UInt8, _ where: String) throws {
    let found = try needToken()
    guard found == byte else { throw unexpected(found, `where`) }
    position += 1
  }

  /// Takes a member's name and the colon behind it.
  package mutating func readKey() throws -> String {
    let found = try needToken()
    guard found == UInt8(ascii: "\"") else { throw unexpected(found, "where a key should begin") }
    let key = try readString()
    try expect(UInt8(ascii: ":"), "after a key")
    return key.text
  }

  /// Goes past one value of any kind.
  ///
  /// Throws ``ListError`` also for an object with a key twice: programs differ in which of the two values they take.
  package mutating func skipValue() throws {
    var open: [OpenValue] = []
    repeat {
      switch try needToken() {
      case UInt8(ascii: "\""):
        _ = try scanString(keeping: false)
      case UInt8(ascii: "{"):
        position += 1
        if try needToken() != UInt8(ascii: "}") {
          if open.count == Self.nestingLimit { throw tooDeep }
          open.append(OpenValue(end: UInt8(ascii: "}")))
          try skipKey(&open[open.count - 1].keys)
          continue
        }
        position += 1
      case UInt8(ascii: "["):
        position += 1
        if try needToken() != UInt8(ascii: "]") {
          if open.count == Self.nestingLimit { throw tooDeep }
          open.append(OpenValue(end: UInt8(ascii: "]")))
          continue
        }
        position += 1
      default:
        try skipWord()
      }
      while let last = open.indices.last {
        let byte = try needToken()
        position += 1
        if byte == UInt8(ascii: ",") {
          if open[last].end == UInt8(ascii: "}") { try skipKey(&open[last].keys) }
          break
        }
        guard byte == open[last].end else { throw unexpected(byte, "inside of a value") }
        open.removeLast()
      }
    } while !open.isEmpty
  }

  /// An object or an array whose end is still to come.
  private struct OpenValue {
    let end: UInt8
    /// The keys that an object has had so far.
    var keys: [String] = []
  }

  /// Takes note of a key of an object that is read; throws where it has been there before.
  package func note(_ key: String, in keys: inout [String]) throws {
    if keys.contains(where: { $0.utf8.elementsEqual(key.utf8) }) {
      throw error(.wrongJSON("an object has the key \"\(MessageText.oneLine(key, limit: 100))\" twice"))
    }
    keys.append(key)
  }

  /// An error about a character in the wrong place.
  package func unexpected(_ byte: UInt8, _ where: String) -> ListError {
    let shown =
      (0x21...0x7e).contains(byte)
      ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte 0x" + String(byte, radix: 16)
    return error(.wrongJSON("unexpected \(shown) \(`where`)"))
  }

  private var tooDeep: ListError {
    error(.wrongJSON("values are nested more than \(Self.nestingLimit) levels deep"))
  }

  private mutating func skipKey(_ keys: inout [String]) throws {
    // Read first: as an argument of the call it would cost a copy of the cursor.
    let key = try readKey()
    try note(key, in: &keys)
  }

  /// Goes past true, false, null or a number. Of a number only its characters are checked.
  private mutating func skipWord() throws {
    let first = try needToken()
    let isNumber = first == UInt8(ascii: "-") || (0x30...0x39).contains(first)
    var word: [UInt8] = []
    while let byte = try peek(), Self.isWordByte(byte) {
      if !isNumber, word.count < 6 { word.append(byte) }
      position += 1
    }
    if isNumber || ["true", "false", "null"].contains(where: { word.elementsEqual($0.utf8) }) { return }
    // At the very end, a word may be cut short.
    if try peek() == nil { throw error(.truncatedJSON) }
    throw unexpected(first, "where a value should begin")
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte)
      || byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
  }
}
