import ByteStreams
import DeletionModel

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
  package mutating func next(from cursor: inout TextCursor) throws -> ListedLFN? {
    while true {
      switch stage {
      case .arrayStart:
        try cursor.expect(UInt8(ascii: "["), "where a list should begin")
        stage = .array
        guard try cursor.needToken() == UInt8(ascii: "]") else { return try Self.name(from: &cursor) }
        cursor.position += 1
        try endArray(&cursor)
      case .array:
        if try cursor.continues(to: "]", "after a name") { return try Self.name(from: &cursor) }
        try endArray(&cursor)
      case .objects:
        guard let byte = try cursor.peekToken() else { return nil }
        guard byte == UInt8(ascii: "{") else {
          throw cursor.unexpected(byte, "where an object should begin")
        }
        if let name = try object(from: &cursor) { return name }
      case .end:
        try cursor.expectEnd("after the end of the list")
        return nil
      }
    }
  }

  private static func name(from cursor: inout TextCursor) throws -> ListedLFN {
    let byte = try cursor.needToken()
    guard byte == UInt8(ascii: "\"") else { throw cursor.unexpected(byte, "where a name should begin") }
    cursor.nameLine = cursor.line
    return ListedLFN(try cursor.readString())
  }

  /// Takes one object; nil when it turns out to hold the list, which then comes next.
  private mutating func object(from cursor: inout TextCursor) throws -> ListedLFN? {
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
          name = ListedLFN(try cursor.readString())
        } else if mayHoldList, name == nil, key == "result", value == UInt8(ascii: "[") {
          keysAround = keys
          stage = .arrayStart
          return nil
        } else {
          try cursor.skipValue()
        }
      } while try cursor.continues(to: "}", "inside of an object")
    }
    guard let name else {
      throw TextError(line: firstLine, problem: .wrongJSON("a JSON object has no key \"lfn\""))
    }
    return name
  }

  /// Takes what is left of an object around the array.
  private mutating func endArray(_ cursor: inout TextCursor) throws {
    stage = .end
    guard var keys = keysAround else { return }
    keysAround = nil
    while try cursor.continues(to: "}", "inside of an object") {
      let key = try cursor.readKey()
      try cursor.note(key, in: &keys)
      try cursor.skipValue()
    }
  }
}
