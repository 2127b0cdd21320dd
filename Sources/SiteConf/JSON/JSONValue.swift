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

  let kind: Kind
  /// Counted from 1.
  let line: Int

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
