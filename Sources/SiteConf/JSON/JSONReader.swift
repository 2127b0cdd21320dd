/// Parses JSON as RFC 8259 has it, and keeps the line of every value. A decoder would lose the lines, and a
/// warning about one rule of a long storage.json is of no use without one.
///
/// A byte order mark is skipped. Of two members with one name the value keeps the last, as in Python's json module,
/// which WMCore reads these files with, and says so (``JSONValue/doubleKey``).
struct JSONReader {
  /// The largest text, in bytes; the largest real storage.json has some tens of kilobytes.
  static let sizeLimit = 8 << 20
  /// How deep arrays and objects may nest.
  static let depthLimit = 64

  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var line = 1
  /// The first key that is there twice in the value that is being read.
  private var doubleKey: JSONValue.DoubleKey?

  /// The value that a text holds.
  ///
  /// - Throws: ``SiteConfProblem`` with the line of the error.
  static func parse(_ bytes: [UInt8], file: String) throws(SiteConfProblem) -> JSONValue {
    var reader = JSONReader(bytes: bytes, file: file)
    guard bytes.count <= sizeLimit else {
      throw SiteConfProblem(
        file: file, what: "the file has \(bytes.count) bytes, more than the \(sizeLimit) that are read",
        whatToDo: "check that this is the file that is meant")
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { reader.position = 3 }
    let value = try reader.value(depth: 0)
    reader.skipBlanks()
    guard reader.next == nil else { throw reader.error("text after the end of the JSON value") }
    return value
  }

  private init(bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  private var next: UInt8? { position < bytes.count ? bytes[position] : nil }

  private func error(_ what: String) -> SiteConfProblem {
    let what = next == nil ? "the file ends too early" : what
    return SiteConfProblem(
      file: file, line: line, what: "not valid JSON: \(what)", whatToDo: "correct the file")
  }

  private mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
      if byte == 0x0A { line += 1 }
      position += 1
    }
  }

  private mutating func skip(_ byte: UInt8) -> Bool {
    guard next == byte else { return false }
    position += 1
    return true
  }

  private mutating func value(depth: Int) throws(SiteConfProblem) -> JSONValue {
    skipBlanks()
    let start = line
    let earlier = doubleKey
    doubleKey = nil
    let kind: JSONValue.Kind
    switch next {
    case UInt8(ascii: "{"): kind = .object(try object(depth: depth + 1))
    case UInt8(ascii: "["): kind = .array(try array(depth: depth + 1))
    case UInt8(ascii: "\""): kind = .string(try string())
    case UInt8(ascii: "t"): kind = try word("true", .boolean(true))
    case UInt8(ascii: "f"): kind = try word("false", .boolean(false))
    case UInt8(ascii: "n"): kind = try word("null", .null)
    case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte): kind = .number(try number())
    default: throw error("a value was expected")
    }
    defer { doubleKey = earlier ?? doubleKey }
    return JSONValue(kind: kind, line: start, doubleKey: doubleKey)
  }

  private mutating func word(_ word: String, _ kind: JSONValue.Kind) throws(SiteConfProblem) -> JSONValue.Kind
  {
    guard bytes[position...].starts(with: word.utf8) else { throw error("an unknown word") }
    position += word.utf8.count
    return kind
  }

  private mutating func object(depth: Int) throws(SiteConfProblem) -> [String: JSONValue] {
    guard depth <= Self.depthLimit else { throw error("nested more than \(Self.depthLimit) deep") }
    var members: [String: JSONValue] = [:]
    position += 1
    skipBlanks()
    if skip(UInt8(ascii: "}")) { return members }
    while true {
      skipBlanks()
      guard next == UInt8(ascii: "\"") else { throw error("a member name in quotes was expected") }
      let name = try string()
      skipBlanks()
      guard skip(UInt8(ascii: ":")) else { throw error("\":\" was expected after a member name") }
      let nameLine = line
      if members.updateValue(try value(depth: depth), forKey: name) != nil {
        doubleKey = doubleKey ?? .init(key: name, line: nameLine)
      }
      skipBlanks()
      if skip(UInt8(ascii: "}")) { return members }
      guard skip(UInt8(ascii: ",")) else { throw error("\",\" or \"}\" was expected") }
    }
  }

  private mutating func array(depth: Int) throws(SiteConfProblem) -> [JSONValue] {
    guard depth <= Self.depthLimit else { throw error("nested more than \(Self.depthLimit) deep") }
    var elements: [JSONValue] = []
    position += 1
    skipBlanks()
    if skip(UInt8(ascii: "]")) { return elements }
    while true {
      elements.append(try value(depth: depth))
      skipBlanks()
      if skip(UInt8(ascii: "]")) { return elements }
      guard skip(UInt8(ascii: ",")) else { throw error("\",\" or \"]\" was expected") }
    }
  }

  private mutating func digits() throws(SiteConfProblem) {
    guard let first = next, Self.isDigit(first) else { throw error("a digit was expected") }
    while let byte = next, Self.isDigit(byte) { position += 1 }
  }

  private mutating func number() throws(SiteConfProblem) -> String {
    let start = position
    _ = skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) { try digits() }
    if skip(UInt8(ascii: ".")) { try digits() }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      if !skip(UInt8(ascii: "+")) { _ = skip(UInt8(ascii: "-")) }
      try digits()
    }
    return String(decoding: bytes[start..<position], as: UTF8.self)
  }

  private mutating func string() throws(SiteConfProblem) -> String {
    var text: [UInt8] = []
    position += 1
    while let byte = next {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: text, as: UTF8.self) else {
          throw error("a string that is not UTF-8")
        }
        position += 1
        return text
      case UInt8(ascii: "\\"):
        position += 1
        text.append(contentsOf: String(try escaped()).utf8)
      case 0..<0x20:
        throw error("a control character in a string")
      default:
        text.append(byte)
        position += 1
      }
    }
    throw error("a string without an end")
  }

  /// The character that an escape stands for; the position is after the backslash.
  private mutating func escaped() throws(SiteConfProblem) -> Character {
    guard let byte = next else { throw error("a string without an end") }
    let plain: Unicode.Scalar? =
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): Unicode.Scalar(byte)
      case UInt8(ascii: "b"): "\u{8}"
      case UInt8(ascii: "f"): "\u{C}"
      case UInt8(ascii: "n"): "\n"
      case UInt8(ascii: "r"): "\r"
      case UInt8(ascii: "t"): "\t"
      default: nil
      }
    if let plain {
      position += 1
      return Character(plain)
    }
    guard skip(UInt8(ascii: "u")) else { throw error("an unknown escape in a string") }
    var code = try fourHexDigits()
    if (0xD800..<0xDC00).contains(code), skip(UInt8(ascii: "\\")), skip(UInt8(ascii: "u")) {
      let low = try fourHexDigits()
      guard (0xDC00..<0xE000).contains(low) else { throw error("half of a surrogate pair") }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair") }
    return Character(scalar)
  }

  private mutating func fourHexDigits() throws(SiteConfProblem) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw error("four hexadecimal digits were expected")
      }
      code = code << 4 | UInt32(digit)
      position += 1
    }
    return code
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }
}

/// One JSON value, with the line it starts on.
struct JSONValue: Sendable, Equatable {
  /// The six kinds of RFC 8259.
  enum Kind: Sendable, Equatable {
    case null
    case boolean(Bool)
    /// As written; nothing in a storage.json is counted.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
  }

  /// A key that an object has twice.
  struct DoubleKey: Sendable, Equatable {
    let key: String
    /// Of the second one.
    let line: Int
  }

  let kind: Kind
  /// Counted from 1.
  let line: Int
  /// The first one in it, at any depth.
  let doubleKey: DoubleKey?

  /// The text of a string; nil for any other kind.
  var string: String? {
    if case .string(let text) = kind { text } else { nil }
  }

  /// The elements of an array; nil for any other kind.
  var array: [JSONValue]? {
    if case .array(let elements) = kind { elements } else { nil }
  }

  /// Whether it is `null`.
  var isNull: Bool { kind == .null }

  /// A member of an object; nil where it is missing or `null`, or where this is no object.
  subscript(key: String) -> JSONValue? {
    guard case .object(let members) = kind, let member = members[key], !member.isNull else { return nil }
    return member
  }

  /// What kind of thing it is, for messages.
  var name: String {
    switch kind {
    case .null: "null"
    case .boolean: "a boolean"
    case .number: "a number"
    case .string: "a string"
    case .array: "an array"
    case .object: "an object"
    }
  }
}
