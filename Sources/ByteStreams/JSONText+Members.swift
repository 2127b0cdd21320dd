/// A member of an object in one call: its name and its value.
extension JSONText {
  /// Writes a member that is a string, or null.
  public mutating func member(_ name: String, _ text: String?) {
    key(name)
    if let text { string(text) } else { null() }
  }

  /// Writes a member that is an integer.
  public mutating func member(_ name: String, _ value: some BinaryInteger) {
    key(name)
    integer(value)
  }

  /// Writes a member that is an integer, or null.
  public mutating func member(_ name: String, _ value: Int?) {
    key(name)
    if let value { integer(value) } else { null() }
  }

  /// Writes a member that is true or false, or null.
  public mutating func member(_ name: String, _ value: Bool?) {
    key(name)
    if let value { bool(value) } else { null() }
  }

  /// Writes a member that is a time span in seconds, or null.
  public mutating func member(_ name: String, seconds value: Double?) {
    key(name)
    if let value { seconds(value) } else { null() }
  }

  /// Writes a member that is a list of strings.
  public mutating func member(_ name: String, _ texts: [String]) {
    beginArray(name)
    for text in texts { string(text) }
    endArray()
  }

  /// Begins a member that is an object.
  public mutating func beginObject(_ name: String) {
    key(name)
    beginObject()
  }

  /// Begins a member that is an array.
  public mutating func beginArray(_ name: String) {
    key(name)
    beginArray()
  }
}
