import ByteStreams

/// One JSON value, with the line it starts on: a decoder would lose the lines, and a warning about one rule of a long
/// storage.json is of no use without one.
///
/// Of two members with one name the value keeps the last, as in Python's json module, which WMCore reads these files with,
/// and says so (``doubleKey``).
struct JSONValue: Sendable, Equatable {
  /// The six kinds of RFC 8259.
  enum Kind: Sendable, Equatable {
    case null
    case boolean
    /// Nothing in a storage.json is counted.
    case number
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
  /// The largest text, in bytes; the largest real storage.json has some tens of kilobytes.
  static let sizeLimit = 8 << 20

  /// Reads the value that a text holds. A byte order mark is skipped.
  ///
  /// - Throws: ``SiteConfProblem`` with the line of the error.
  init(_ bytes: [UInt8], file: String) throws(SiteConfProblem) {
    guard bytes.count <= Self.sizeLimit else {
      throw SiteConfProblem(
        file: file, what: "the file has \(bytes.count) bytes, more than the \(Self.sizeLimit) that are read",
        whatToDo: "check that this is the file that is meant")
    }
    do {
      var cursor = TextCursor(MemorySource(bytes))
      try cursor.skipByteOrderMark()
      try self.init(from: &cursor, depth: 0)
      try cursor.expectEnd("after the end of the JSON value")
    } catch {
      let error = error as? TextError
      throw SiteConfProblem(
        file: file, line: error?.line, what: "not valid JSON: \(error?.problem.description ?? "")",
        whatToDo: "correct the file")
    }
  }

  /// - Parameter depth: how many objects and arrays it is in.
  private init(from cursor: inout TextCursor, depth: Int) throws {
    let first = try cursor.needToken()
    line = cursor.line
    var members: [String: JSONValue] = [:]
    var elements: [JSONValue] = []
    var doubleKey: DoubleKey?
    switch first {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try cursor.readContainer(depth: depth + 1) { cursor, key in
        let keyLine = cursor.line
        let value = try JSONValue(from: &cursor, depth: depth + 1)
        doubleKey = doubleKey ?? value.doubleKey
        if members.updateValue(value, forKey: key) != nil {
          doubleKey = doubleKey ?? DoubleKey(key: key, line: keyLine)
        }
      } element: { cursor in
        elements.append(try JSONValue(from: &cursor, depth: depth + 1))
        doubleKey = doubleKey ?? elements.last?.doubleKey
      }
      kind = first == UInt8(ascii: "{") ? .object(members) : .array(elements)
    case UInt8(ascii: "\""):
      let string = try cursor.readString()
      guard string.isValidUTF8 else { throw cursor.error(.wrongJSON("a string that is not UTF-8")) }
      kind = .string(string.text)
    default:
      try cursor.skipWord()
      kind =
        switch first {
        case UInt8(ascii: "n"): .null
        case UInt8(ascii: "t"), UInt8(ascii: "f"): .boolean
        default: .number
        }
    }
    self.doubleKey = doubleKey
  }
}
