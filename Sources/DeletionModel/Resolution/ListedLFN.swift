/// One name as it stands in a list. Nothing has been checked yet but its encoding.
package struct ListedLFN: Sendable, Equatable {
  /// The name; where it is not valid UTF-8 (or JSON gives half a surrogate pair), U+FFFD stands in the place
  /// of what is wrong.
  package var text: String
  /// Whether ``text`` is exactly what was listed. If not, it names some other file than the one meant.
  package var isValidUTF8: Bool

  package init(text: String, isValidUTF8: Bool = true) {
    self.text = text
    self.isValidUTF8 = isValidUTF8
  }

  /// A name from the command line. The runtime has repaired its encoding before anyone could look, so one
  /// with U+FFFD in it is taken for a repaired one.
  package init(argument: String) {
    self.init(text: argument, isValidUTF8: !argument.unicodeScalars.contains("\u{FFFD}"))
  }
}
