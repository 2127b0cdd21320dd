/// JSON as RFC 8259 has it, token by token. It pulls bytes as it goes, so a value may be cut by the end of a chunk
/// anywhere, and holds no more than one string.
extension TextCursor {
  /// How deeply values may be nested.
  package static let nestingLimit = 64

  /// Blank, tab, line feed, carriage return.
  package static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09
  }

  /// The next byte after white space, left where it is; nil at the end.
  package mutating func peekToken() throws -> UInt8? {
    while let byte = try peek() {
      guard Self.isBlank(byte) else { return byte }
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

  /// Takes nothing but white space until the end.
  package mutating func expectEnd(_ where: String) throws {
    if let more = try peekToken() { throw unexpected(more, `where`) }
  }

  /// Takes a comma (true), or the end of an object or array (false).
  package mutating func continues(to end: Unicode.Scalar, _ where: String) throws -> Bool {
    let byte = try needToken()
    guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: end) else { throw unexpected(byte, `where`) }
    position += 1
    return byte == UInt8(ascii: ",")
  }

  /// Takes a member's name and the colon behind it.
  package mutating func readKey() throws -> String {
    let found = try needToken()
    guard found == UInt8(ascii: "\"") else { throw unexpected(found, "where a key should begin") }
    let key = try readString()
    try expect(UInt8(ascii: ":"), "after a key")
    return key.text
  }

  /// Takes an object, whose values `member` takes, or an array, whose values `element` takes. The opening brace or bracket is
  /// the next byte.
  ///
  /// - Parameter depth: of the values, from 1.
  package mutating func readContainer(
    depth: Int, member: (inout Self, String) throws -> Void, element: (inout Self) throws -> Void
  ) throws {
    let isObject = try needToken() == UInt8(ascii: "{")
    let end: Unicode.Scalar = isObject ? "}" : "]"
    if depth > Self.nestingLimit {
      throw error(.wrongJSON("values are nested more than \(Self.nestingLimit) levels deep"))
    }
    position += 1
    if try needToken() == UInt8(ascii: end) {
      position += 1
      return
    }
    repeat {
      if isObject {
        let key = try readKey()
        try member(&self, key)
      } else {
        try element(&self)
      }
    } while try continues(to: end, "inside of a value")
  }

  /// Goes past one value of any kind.
  ///
  /// Throws ``TextError`` also for an object with a key twice: programs differ in which of the two values they take.
  ///
  /// - Parameter depth: how many objects and arrays it is in.
  package mutating func skipValue(depth: Int = 0) throws {
    switch try needToken() {
    case UInt8(ascii: "\""): _ = try scanString(keeping: false)
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      var keys: [String] = []
      try readContainer(depth: depth + 1) { cursor, key in
        try cursor.note(key, in: &keys)
        try cursor.skipValue(depth: depth + 1)
      } element: { cursor in
        try cursor.skipValue(depth: depth + 1)
      }
    default: try skipWord()
    }
  }

  /// Takes note of a key of an object that is read; throws where it has been there before.
  package func note(_ key: String, in keys: inout [String]) throws {
    if keys.contains(where: { $0.utf8.elementsEqual(key.utf8) }) {
      throw error(.wrongJSON("an object has the key \"\(key)\" twice"))
    }
    keys.append(key)
  }

  /// An error about a character in the wrong place.
  package func unexpected(_ byte: UInt8, _ where: String) -> TextError {
    let shown =
      (0x21...0x7e).contains(byte)
      ? "\"\(Character(Unicode.Scalar(byte)))\"" : "byte 0x" + String(byte, radix: 16)
    return error(.wrongJSON("unexpected \(shown) \(`where`)"))
  }

  /// Goes past true, false, null or a number.
  package mutating func skipWord() throws {
    let first = try needToken()
    switch first {
    case UInt8(ascii: "t"): try skip("true")
    case UInt8(ascii: "f"): try skip("false")
    case UInt8(ascii: "n"): try skip("null")
    case UInt8(ascii: "-"), 0x30...0x39:
      _ = try take("-")
      if try !take("0") { try skipDigits() }
      if try take(".") { try skipDigits() }
      if try take("e") || take("E") {
        if try !take("+") { _ = try take("-") }
        try skipDigits()
      }
    default: throw unexpected(first, "where a value should begin")
    }
  }

  private mutating func take(_ character: Unicode.Scalar) throws -> Bool {
    guard try peek() == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func skip(_ word: String) throws {
    for character in word.unicodeScalars {
      guard try !take(character) else { continue }
      guard let found = try peek() else { throw error(.truncatedJSON) }
      throw unexpected(found, "where a value should begin")
    }
  }

  private mutating func skipDigits() throws {
    guard let first = try peek() else { throw error(.truncatedJSON) }
    guard (0x30...0x39).contains(first) else { throw unexpected(first, "where a digit should be") }
    while let byte = try peek(), (0x30...0x39).contains(byte) { position += 1 }
  }
}

/// A JSON document that something is decided by: a job file, a campaign, a report.
package enum JSONDocument {
  /// Sees to it that a document is one whole value, without a key twice in any of its objects: programs differ in which
  /// of the two values they take (RFC 8259 section 4), so nobody can know what was meant.
  ///
  /// Throws ``TextError`` with the line of what is wrong.
  package static func check(_ json: [UInt8]) throws {
    var cursor = TextCursor(MemorySource(json))
    try cursor.skipByteOrderMark()
    try cursor.skipValue()
    try cursor.expectEnd("after the end of the document")
  }
}
