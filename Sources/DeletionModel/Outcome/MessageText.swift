/// Makes text from servers and tools fit for a report line or a terminal.
package enum MessageText {
  /// The text on one line: control characters and runs of white space become one blank, both ends are
  /// trimmed, and what is longer than `limit` bytes of UTF-8 is cut at a character and ends in `…`.
  package static func oneLine(_ text: String, limit: Int) -> String {
    if isPlainLine(text, limit: limit) { return text }
    var result = ""
    var length = 0
    var blankPending = false
    for scalar in text.unicodeScalars {
      if scalar.properties.isWhitespace || isControl(scalar) {
        blankPending = !result.isEmpty
        continue
      }
      let needed = UTF8.width(scalar) + (blankPending ? 1 : 0)
      if length + needed > limit - ellipsis.utf8.count {
        return fits(text, limit: limit) ? flattened(text) : result + ellipsis
      }
      if blankPending { result.unicodeScalars.append(" ") }
      result.unicodeScalars.append(scalar)
      length += needed
      blankPending = false
    }
    return result
  }

  /// A name between quotation marks, on one line, and cut where it is long.
  package static func quoted(_ name: String) -> String { "\"\(oneLine(name, limit: 120))\"" }

  /// `1 job`, `2 jobs`.
  ///
  /// - Parameter written: how the number is written; nil for digits alone.
  package static func counted(_ number: Int, _ noun: String, written: String? = nil) -> String {
    "\(written ?? String(number)) \(noun)\(number == 1 ? "" : "s")"
  }

  /// What nearly every text is, and cheap to see: printable ASCII without a blank at an end or two in a row.
  private static func isPlainLine(_ text: String, limit: Int) -> Bool {
    guard text.utf8.count <= limit else { return false }
    var previous = UInt8(ascii: " ")
    for byte in text.utf8 {
      guard (0x20..<0x7F).contains(byte), byte != 0x20 || previous != 0x20 else { return false }
      previous = byte
    }
    return previous != 0x20 || text.isEmpty
  }

  private static let ellipsis = "…"

  private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.generalCategory == .control || scalar.properties.generalCategory == .format
  }

  /// The whole text on one line, however long.
  private static func flattened(_ text: String) -> String {
    oneLine(text, limit: Int.max)
  }

  private static func fits(_ text: String, limit: Int) -> Bool {
    text.utf8.count <= 4 * limit && flattened(text).utf8.count <= limit
  }
}

extension UInt8 {
  /// Whether it is a digit of ASCII.
  package var isDigit: Bool { (0x30...0x39).contains(self) }
}

/// Small helpers for the texts that tools print.
package enum MessageLines {
  /// Without white space at both ends.
  package static func trimmed(_ text: some StringProtocol) -> String {
    var scalars = Substring(text).unicodeScalars
    while let first = scalars.first, first.properties.isWhitespace || first.value == 0 {
      scalars.removeFirst()
    }
    while let last = scalars.last, last.properties.isWhitespace || last.value == 0 {
      scalars.removeLast()
    }
    return String(scalars)
  }

  /// The lines of a tool's output, split at line feeds only: other separators can stand in a file's name.
  package static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The lines of a tool's output that can name a file. Where bytes are not UTF-8 a line is put right with U+FFFD: a
  /// name with that character must then not be read in it.
  package static func names(_ bytes: [UInt8]) -> [(line: String, mayName: (ExactName) -> Bool)] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      if let text = String(validating: line, as: UTF8.self) { return (text, { _ in true }) }
      return (String(decoding: line, as: UTF8.self), { !$0.text.unicodeScalars.contains("\u{fffd}") })
    }
  }

  /// Whether two texts have the same bytes. Swift's `==` takes `é` and `e` with an accent for the same text;
  /// they are two files.
  package static func same(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    left.utf8.elementsEqual(right.utf8)
  }
}
