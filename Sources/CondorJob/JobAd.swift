/// A ClassAd in its text form, as HTCondor puts it beside a job: one `Name = value` a line.
///
/// Only plain values are understood; an expression is kept as its text.
package struct JobAd: Sendable, Equatable {
  /// The value of an attribute.
  package enum Value: Sendable, Equatable {
    /// A text.
    case string(String)
    /// A whole number.
    case integer(Int)
    /// Any other finite number.
    case real(Double)
    /// True or false.
    case boolean(Bool)
    /// The literal `undefined`.
    case undefined
    /// Anything else, as it stands.
    case expression(String)
  }

  private var values: [String: Value] = [:]

  /// Reads an ad. Lines that are no attribute are skipped; of an attribute that comes twice the last counts,
  /// as in HTCondor itself.
  package init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: 0x0A) {
      guard let equals = line.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = Self.trimmed(line[..<equals])
      guard !name.isEmpty, name.allSatisfy(Self.isNameByte) else { continue }
      let text = Self.trimmed(line[line.index(after: equals)...])
      values[String(decoding: name, as: UTF8.self).lowercased()] = ClassAdLiteral.value(of: text)
    }
  }

  /// The value of an attribute, whatever case its name is written in; nil if it is not there.
  package subscript(name: String) -> Value? { values[name.lowercased()] }

  /// The attribute's text, if it is one.
  package func string(_ name: String) -> String? {
    if case .string(let text) = self[name] { text } else { nil }
  }

  /// The attribute's value, if it is a whole number.
  package func integer(_ name: String) -> Int? {
    if case .integer(let number) = self[name] { number } else { nil }
  }

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D }
    guard let first = text.firstIndex(where: { !isBlank($0) }),
      let last = text.lastIndex(where: { !isBlank($0) })
    else { return [] }
    return text[first...last]
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    (0x61...0x7a).contains(byte | 0x20) || (0x30...0x39).contains(byte)
      || byte == UInt8(ascii: "_") || byte == UInt8(ascii: ".")
  }
}

/// Plain values of ClassAds.
enum ClassAdLiteral {
  /// The value that a text without blanks around it stands for.
  static func value(of text: ArraySlice<UInt8>) -> JobAd.Value {
    if text.first == UInt8(ascii: "\""), let content = string(text) { return .string(content) }
    let word = String(decoding: text, as: UTF8.self)
    if let number = Int(word) { return .integer(number) }
    // Double also takes "inf", "nan" and hexadecimal, none of which is a literal of ClassAds.
    let isNumber = text.allSatisfy { (0x30...0x39).contains($0) || ".eE+-".utf8.contains($0) }
    if isNumber, let number = Double(word), number.isFinite { return .real(number) }
    switch word.lowercased() {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "undefined": return .undefined
    default: return .expression(word)
    }
  }

  /// The content of a quoted string; nil if the text is not just one such string.
  private static func string(_ text: ArraySlice<UInt8>) -> String? {
    var content: [UInt8] = []
    var index = text.startIndex + 1
    while index < text.endIndex {
      let byte = text[index]
      index += 1
      if byte == UInt8(ascii: "\"") {
        return index == text.endIndex ? String(decoding: content, as: UTF8.self) : nil
      }
      guard byte == UInt8(ascii: "\\"), index < text.endIndex else {
        content.append(byte)
        continue
      }
      let escaped = text[index]
      index += 1
      switch escaped {
      case UInt8(ascii: "n"): content.append(0x0A)
      case UInt8(ascii: "t"): content.append(0x09)
      case UInt8(ascii: "r"): content.append(0x0D)
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "'"): content.append(escaped)
      // The older syntax knows no other escapes, and there a backslash is just that.
      default: content += [byte, escaped]
      }
    }
    return nil
  }
}
