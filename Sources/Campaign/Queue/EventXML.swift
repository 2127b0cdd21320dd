import CondorJob

/// One event of a log in XML form: `<c>`, a line for each attribute, `</c>`. Only plain values are taken, those of nested
/// ads and lists are left out.
enum EventXML {
  /// The attributes of one `<c>…</c>`.
  static func attributes(_ text: ArraySlice<UInt8>) -> JobAttributes {
    var attributes = JobAttributes()
    var scanner = Scanner(text)
    while scanner.skip(past: "<a n=\"") {
      let name = scanner.take(until: "\"")
      guard scanner.skip(past: ">"), let inside = scanner.takeElement() else { break }
      if let value = value(inside) { attributes[String(decoding: name, as: UTF8.self)] = value }
    }
    return attributes
  }

  private static func value(_ inside: ArraySlice<UInt8>) -> JobAd.Value? {
    var scanner = Scanner(inside)
    if scanner.skip("<b v=\"") { return .boolean(scanner.skip("t")) }
    if scanner.skip("<s>") { return .string(unescaped(scanner.take(until: "<"))) }
    if scanner.skip("<i>") {
      return Int(String(decoding: scanner.take(until: "<"), as: UTF8.self)).map { .integer($0) }
    }
    if scanner.skip("<r>") {
      return Double(String(decoding: scanner.take(until: "<"), as: UTF8.self)).map { .real($0) }
    }
    return nil
  }

  /// The five entities of XML.
  private static func unescaped(_ text: ArraySlice<UInt8>) -> String {
    guard text.contains(UInt8(ascii: "&")) else { return String(decoding: text, as: UTF8.self) }
    var result: [UInt8] = []
    var scanner = Scanner(text)
    while let byte = scanner.next() {
      guard byte == UInt8(ascii: "&") else {
        result.append(byte)
        continue
      }
      let known = entities.first { scanner.skip($0.name) }
      result.append(known?.byte ?? byte)
    }
    return String(decoding: result, as: UTF8.self)
  }

  private static let entities: [(name: String, byte: UInt8)] = [
    ("lt;", UInt8(ascii: "<")), ("gt;", UInt8(ascii: ">")), ("amp;", UInt8(ascii: "&")),
    ("quot;", UInt8(ascii: "\"")), ("apos;", UInt8(ascii: "'")),
  ]

  /// A place in a text.
  private struct Scanner {
    private let text: ArraySlice<UInt8>
    private var position: Int

    init(_ text: ArraySlice<UInt8>) {
      self.text = text
      position = text.startIndex
    }

    mutating func next() -> UInt8? {
      guard position < text.endIndex else { return nil }
      defer { position += 1 }
      return text[position]
    }

    /// Goes past these characters if they come next.
    mutating func skip(_ characters: String) -> Bool {
      guard text[position...].starts(with: characters.utf8) else { return false }
      position += characters.utf8.count
      return true
    }

    /// Goes past the next place where they come.
    mutating func skip(past characters: String) -> Bool {
      while position < text.endIndex {
        if skip(characters) { return true }
        position += 1
      }
      return false
    }

    mutating func take(until character: Unicode.Scalar) -> ArraySlice<UInt8> {
      let start = position
      while position < text.endIndex, text[position] != UInt8(ascii: character) { position += 1 }
      return text[start..<position]
    }

    /// What is before the `</a>` that belongs to the `<a …>` just read.
    mutating func takeElement() -> ArraySlice<UInt8>? {
      let start = position
      var depth = 1
      while position < text.endIndex {
        if skip("<a ") {
          depth += 1
        } else if skip("</a>") {
          depth -= 1
          if depth == 0 { return text[start..<(position - 4)] }
        } else {
          position += 1
        }
      }
      return nil
    }
  }
}
