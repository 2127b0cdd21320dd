import ByteStreams

/// Sections of keys and values, with the line of each.
///
/// A line is a section `[name]` or `[name argument]`, `key = value`, a comment that begins with `#` or `;`, or blank.
/// Nothing is special in a value; blanks around it do not belong to it.
package struct INIFile: Sendable, Equatable {
  /// A key with its value.
  package struct Entry: Sendable, Equatable {
    package var key: String
    package var value: String
    package var line: Int
  }

  /// A section, as often as it is begun.
  package struct Section: Sendable, Equatable {
    /// The first word in the brackets.
    package var name: String
    /// The rest; nil for none.
    package var argument: String?
    package var line: Int
    package var entries: [Entry] = []

    /// `[name argument]`.
    package var title: String { "[\(name)\(argument.map { " \($0)" } ?? "")]" }
  }

  /// The file, for messages.
  package var name: String
  package var sections: [Section] = []

  /// Reads a text. Throws ``CampaignError``.
  package init(_ bytes: [UInt8], name: String) throws {
    self.name = name
    guard var text = String(validating: bytes, as: UTF8.self) else {
      throw CampaignError(.badInput, "\(name): it is not valid UTF-8")
    }
    if text.unicodeScalars.first == "\u{feff}" { text.unicodeScalars.removeFirst() }
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    lines = lines.map { $0.last == 0x0D ? $0.dropLast() : $0 }
    for (index, line) in lines.enumerated() {
      try add(Self.trimmed(String(Substring(line))), line: index + 1)
    }
  }

  /// An error in a line.
  package func error(_ line: Int, _ problem: String) -> CampaignError {
    CampaignError(.badInput, "\(name):\(line): \(problem)")
  }

  private mutating func add(_ text: String, line: Int) throws {
    if text.isEmpty || text.hasPrefix("#") || text.hasPrefix(";") { return }
    if text.unicodeScalars.contains(where: { ($0.value < 0x20 && $0 != "\t") || $0.value == 0x7F }) {
      throw error(line, "there is a control character in this line")
    }
    if text.hasPrefix("[") {
      guard text.hasSuffix("]") else { throw error(line, "the section lacks its \"]\"") }
      let fields = text.dropFirst().dropLast().split(
        maxSplits: 1, omittingEmptySubsequences: true, whereSeparator: { $0 == " " || $0 == "\t" })
      guard let first = fields.first else { throw error(line, "the section has no name") }
      let argument = fields.count > 1 ? Self.trimmed(String(fields[1])) : ""
      sections.append(
        Section(name: String(first), argument: argument.isEmpty ? nil : argument, line: line))
      return
    }
    guard let equals = text.firstIndex(of: "=") else {
      throw error(line, "this is no \"key = value\", no [section] and no # comment")
    }
    let key = Self.trimmed(String(text[..<equals]))
    let value = Self.trimmed(String(text[text.index(after: equals)...]))
    guard !key.isEmpty else { throw error(line, "there is no key before the \"=\"") }
    guard !sections.isEmpty else { throw error(line, "\"\(key)\" is in no section: put [job] above it") }
    if let other = sections[sections.count - 1].entries.first(where: { $0.key == key }) {
      throw error(line, "\"\(key)\" is set twice, before in line \(other.line)")
    }
    sections[sections.count - 1].entries.append(Entry(key: key, value: value, line: line))
  }

  private static func trimmed(_ text: String) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    let bytes = text.utf8.drop(while: isBlank)
    guard let last = bytes.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(Substring(bytes[...last]))
  }
}
