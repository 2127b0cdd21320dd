extension JSONText {
  /// Writes a string, or null.
  public mutating func optional(_ text: String?) {
    if let text { string(text) } else { null() }
  }

  /// Writes a time span in seconds, or null.
  public mutating func optional(_ value: Double?) {
    if let value { seconds(value) } else { null() }
  }

  /// Writes a list of strings.
  public mutating func strings(_ texts: [String]) {
    beginArray()
    for text in texts { string(text) }
    endArray()
  }
}
