/// A text that must never be printed: a bearer token.
///
/// Whatever prints, interpolates, dumps or reflects the value shows `<redacted>`; only ``reveal()`` gives the
/// text, so that every place that uses it can be found by that word.
package struct Secret: Sendable, Equatable {
  private let text: String

  /// Hides a text.
  package init(_ text: String) { self.text = text }

  /// The text itself, for the one place that has to send it.
  package func reveal() -> String { text }
}

extension Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Always `<redacted>`.
  package var description: String { "<redacted>" }

  /// Always `<redacted>`.
  package var debugDescription: String { description }

  /// A mirror without children: `dump` prints stored properties, whatever the description says.
  package var customMirror: Mirror { Mirror(self, children: [:]) }
}

/// Takes secrets out of the texts of tools and servers before they become messages.
package enum Redaction {
  /// What stands in a secret's place.
  package static let mark = "(redacted)"

  /// What a secret stands behind, in lower case.
  private static let markers = ["authorization:", "authorization=", "authz=", "access_token=", "bearer "]

  /// The text without the values of `authz=`, `Authorization:`, `access_token=` and `Bearer …`, and without
  /// anything that looks like a JSON web token or a macaroon.
  package static func clean(_ text: String) -> String {
    var bytes = Array(text.utf8)
    for marker in markers { bytes = hideValues(behind: Array(marker.utf8), in: bytes) }
    return String(decoding: hideWebTokens(in: bytes), as: UTF8.self)
  }

  private static func hideValues(behind marker: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      guard matches(marker, in: bytes, at: index) else {
        result.append(bytes[index])
        index += 1
        continue
      }
      result += bytes[index..<index + marker.count]
      index += marker.count
      // "Authorization: Bearer x": the scheme goes with the value.
      while index < bytes.count, bytes[index] == UInt8(ascii: " ") {
        result.append(bytes[index])
        index += 1
      }
      for scheme in ["bearer ", "bearer%20", "basic "] where matches(Array(scheme.utf8), in: bytes, at: index)
      {
        index += scheme.utf8.count
      }
      let start = index
      while index < bytes.count, !isDelimiter(bytes[index]) { index += 1 }
      if index > start { result += mark.utf8 }
    }
    return result
  }

  /// RFC 7519: a web token begins with the base64 of `{"`, which is `eyJ`. A macaroon begins with the base64 of
  /// the length of its first packet, below 256 and so `00` and two more digits.
  private static func hideWebTokens(in bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let rest = bytes[index...]
      // The letters of a macaroon are not so rare: only at the beginning of a word.
      let isWord = index == 0 || !isTokenByte(bytes[index - 1])
      if rest.starts(with: "eyJ".utf8) || isWord && rest.starts(with: "MDA".utf8) {
        var end = index
        while end < bytes.count, isTokenByte(bytes[end]) { end += 1 }
        if end - index > 20 {
          result += mark.utf8
          index = end
          continue
        }
      }
      result.append(bytes[index])
      index += 1
    }
    return result
  }

  private static func matches(_ marker: [UInt8], in bytes: [UInt8], at index: Int) -> Bool {
    guard index + marker.count <= bytes.count else { return false }
    for offset in marker.indices {
      let byte = bytes[index + offset]
      let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
      if lower != marker[offset] { return false }
    }
    return true
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    byte <= 0x20 || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
      || byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">")
  }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }
}
