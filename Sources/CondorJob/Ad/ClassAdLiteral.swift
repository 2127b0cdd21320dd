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
