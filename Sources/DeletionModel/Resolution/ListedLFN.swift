import Glibc

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

  /// Reads a name from its bytes.
  ///
  /// Bytes that are no UTF-8 are repaired by the decoding, and then differ. `String(validating:as:)` says the same, and
  /// takes some 500 instructions a name more.
  package init(_ bytes: UnsafeBufferPointer<UInt8>) {
    var text = String(decoding: bytes, as: UTF8.self)
    let isValidUTF8 = text.withUTF8 { decoded in
      guard decoded.count == bytes.count, let left = decoded.baseAddress, let right = bytes.baseAddress else {
        return decoded.count == bytes.count
      }
      return memcmp(left, right, bytes.count) == 0
    }
    self.init(text: text, isValidUTF8: isValidUTF8)
  }

  /// A name from the command line. The runtime has repaired its encoding before anyone could look, so one
  /// with U+FFFD in it is taken for a repaired one.
  package init(argument: String) {
    self.init(text: argument, isValidUTF8: !argument.unicodeScalars.contains("\u{FFFD}"))
  }
}
