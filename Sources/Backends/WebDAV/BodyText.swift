/// The words of an error page.
enum BodyText {
  /// How much of a body is kept for it.
  static let limit = 4096

  /// Without tags, with XML's own entities put back, and without secrets. Cut and put on one line later, with
  /// every message.
  static func words(_ body: [UInt8]) -> String {
    var result: [UInt8] = []
    var isInTag = false
    for byte in body.prefix(limit) {
      switch byte {
      case UInt8(ascii: "<"):
        isInTag = true
        result.append(UInt8(ascii: " "))
      case UInt8(ascii: ">") where isInTag: isInTag = false
      default: if !isInTag { result.append(byte) }
      }
    }
    return MessageWords.trimmed(Redaction.clean(unescaped(String(decoding: result, as: UTF8.self))))
  }

  private static func unescaped(_ text: String) -> String {
    guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
    var result = ""
    var rest = text[...]
    while let ampersand = rest.firstIndex(of: "&") {
      result += rest[..<ampersand]
      rest = rest[ampersand...]
      guard let (name, character) = entities.first(where: { rest.hasPrefix($0.name) }) else {
        result.append(rest.removeFirst())
        continue
      }
      result += character
      rest = rest.dropFirst(name.count)
    }
    return result + rest
  }

  private static let entities: [(name: String, character: String)] = [
    ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&#39;", "'"), ("&amp;", "&"),
  ]
}
