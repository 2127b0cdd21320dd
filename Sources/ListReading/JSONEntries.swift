import DeletionModel
import ByteStreams

/// The JSON forms of a list, read name by name.
package struct JSONEntries: Sendable {
  private enum Stage {
    /// Before the first name of an array.
    case arrayStart
    /// After a name of an array.
    case array
    /// Between objects.
    case objects
    /// Nothing but white space may follow.
    case end
  }

  private var stage: Stage
  /// Whether one object around an array, `{"result": […]}`, is a list too.
  private let acceptsResult: Bool
  private var isFirstObject = true
  /// The keys so far of the object that is still open around the array; nil where there is none.
  private var keysAround: [String]?

  /// A list of such a form, of which nothing has been taken yet.
  package init(_ form: ListForm, acceptsResult: Bool) {
    self.acceptsResult = acceptsResult
    stage = form == .array ? .arrayStart : .objects
  }

  /// The next name; nil at the end.
  package mutating func next(from cursor: inout ListCursor) throws -> ListedLFN? {
    while true {
      switch stage {
      case .arrayStart:
        try cursor.expect(UInt8(ascii: "["), "where a list should begin")
        stage = .array
        if try cursor.needToken() == UInt8(ascii: "]") {
          try endArray(&cursor)
        } else {
          return try Self.name(from: &cursor)
        }
      case .array:
        let byte = try cursor.needToken()
        if byte == UInt8(ascii: "]") {
          try endArray(&cursor)
        } else {
          try cursor.expect(UInt8(ascii: ","), "after a name")
          return try Self.name(from: &cursor)
        }
      case .objects:
        guard let byte = try cursor.peekToken() else { return nil }
        guard byte == UInt8(ascii: "{") else {
          throw cursor.unexpected(byte, "where an object should begin")
        }
        if let name = try object(from: &cursor) { return name }
      case .end:
        guard let byte = try cursor.peekToken() else { return nil }
        throw cursor.unexpected(byte, "after the end of the list")
      }
    }
  }

  private static func name(from cursor: inout ListCursor) throws -> ListedLFN {
    let byte = try cursor.needToken()
    guard byte == UInt8(ascii: "\"") else { throw cursor.unexpected(byte, "where a name should begin") }
    cursor.nameLine = cursor.line
    return try cursor.readString()
  }

  /// Takes one object; nil when it turns out to hold the list, which then comes next.
  private mutating func object(from cursor: inout ListCursor) throws -> ListedLFN? {
    let firstLine = cursor.line
    try cursor.expect(UInt8(ascii: "{"), "where an object should begin")
    let mayHoldList = acceptsResult && isFirstObject
    isFirstObject = false
    var name: ListedLFN?
    var keys: [String] = []
    if try cursor.needToken() == UInt8(ascii: "}") {
      cursor.position += 1
    } else {
      repeat {
        let key = try cursor.readKey()
        try cursor.note(key, in: &keys)
        let value = try cursor.needToken()
        if key == "lfn" {
          guard value == UInt8(ascii: "\"") else {
            throw cursor.error(.wrongJSON("the value of \"lfn\" is not a string"))
          }
          cursor.nameLine = cursor.line
          name = try cursor.readString()
        } else if mayHoldList, name == nil, key == "result", value == UInt8(ascii: "[") {
          keysAround = keys
          stage = .arrayStart
          return nil
        } else {
          try cursor.skipValue()
        }
      } while try Self.continues(&cursor)
    }
    guard let name else {
      throw ListError(source: cursor.name, line: firstLine, problem: .missingKey)
    }
    return name
  }

  /// Takes the comma (true) or the brace (false) after a member.
  private static func continues(_ cursor: inout ListCursor) throws -> Bool {
    let byte = try cursor.needToken()
    guard byte == UInt8(ascii: ",") || byte == UInt8(ascii: "}") else {
      throw cursor.unexpected(byte, "inside of an object")
    }
    cursor.position += 1
    return byte == UInt8(ascii: ",")
  }

  /// Takes the bracket, and what is left of an object around the array.
  private mutating func endArray(_ cursor: inout ListCursor) throws {
    cursor.position += 1
    stage = .end
    guard var keys = keysAround else { return }
    keysAround = nil
    while try Self.continues(&cursor) {
      try cursor.note(cursor.readKey(), in: &keys)
      try cursor.skipValue()
    }
  }
}

/// A JSON document that something is decided by: a job file, a campaign, a report.
package enum JSONDocument {
  /// Sees to it that a document is one whole value, without a key twice in any of its objects: programs differ in which
  /// of the two values they take (RFC 8259 section 4), so nobody can know what was meant.
  ///
  /// Throws ``ListError`` with the line of what is wrong.
  package static func check(_ json: [UInt8], name: String) throws {
    var cursor = ListCursor(MemorySource(json), name: name)
    if json.starts(with: ListForm.byteOrderMark), try cursor.fill() {
      cursor.position = ListForm.byteOrderMark.count
    }
    try cursor.skipValue()
    if let more = try cursor.peekToken() { throw cursor.unexpected(more, "after the end of the document") }
  }
}
