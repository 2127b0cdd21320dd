import Deletion

/// Small helpers for the texts that tools print.
enum MessageWords {
  /// Without white space at both ends.
  static func trimmed(_ text: some StringProtocol) -> String {
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
  static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self)
    }
  }

  /// The lines of a tool's output that can name a file. Where bytes are not UTF-8 a line is put right with U+FFFD: a
  /// name with that character must then not be read in it.
  static func names(_ bytes: [UInt8]) -> [(line: String, mayName: (ExactName) -> Bool)] {
    bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map { line in
      if let text = String(validating: line, as: UTF8.self) { return (text, { _ in true }) }
      return (String(decoding: line, as: UTF8.self), { !$0.text.unicodeScalars.contains("\u{fffd}") })
    }
  }

  /// Whether two texts have the same bytes. Swift's `==` takes `é` and `e` with an accent for the same text;
  /// they are two files.
  static func same(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    left.utf8.elementsEqual(right.utf8)
  }
}
