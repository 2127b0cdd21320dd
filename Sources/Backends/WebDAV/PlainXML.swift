#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Goes through the plainest of XML: ASCII without references, comments, or attributes other than namespaces. What
/// else there is in XML 1.0 is called strange and left to a whole parser.
struct PlainXML {
  /// Why it does not go on.
  enum Stop: Error {
    /// There are no more bytes.
    case short
    /// There is something that it doesn't know.
    case strange
  }

  /// `<name`, `</name>`, `<name/>` or `<name>`.
  struct Tag {
    enum Form { case start, end, empty }
    var form: Form
    /// The name with its prefix.
    var name: Range<Int>
    /// Where the part behind the prefix begins.
    var local: Int
  }

  let bytes: UnsafeRawBufferPointer
  var position = 0

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next byte, which stays where it is.
  func peek() throws(Stop) -> UInt8 {
    guard position < bytes.count else { throw .short }
    return bytes[position]
  }

  /// Goes past a byte that must come next.
  mutating func expect(_ byte: Unicode.Scalar) throws(Stop) {
    guard try peek() == UInt8(ascii: byte) else { throw .strange }
    position += 1
  }

  /// Whether some bytes come next.
  func sees(_ other: UnsafeRawBufferPointer) -> Bool {
    guard bytes.count - position >= other.count, let mine = bytes.baseAddress, let its = other.baseAddress
    else {
      return other.isEmpty
    }
    return memcmp(mine + position, its, other.count) == 0
  }

  /// Whether two places have the same bytes.
  func isSame(_ left: Range<Int>, _ right: Range<Int>) -> Bool {
    guard left.count == right.count, let base = bytes.baseAddress else { return left.count == right.count }
    return memcmp(base + left.lowerBound, base + right.lowerBound, left.count) == 0
  }

  /// Whether a place has these bytes.
  func has(_ range: Range<Int>, _ text: StaticString) -> Bool {
    guard range.count == text.utf8CodeUnitCount, let base = bytes.baseAddress else { return false }
    return memcmp(base + range.lowerBound, text.utf8Start, range.count) == 0
  }

  /// Goes past blanks and line feeds.
  mutating func skipSpace() {
    while position < bytes.count, bytes[position] == 0x20 || bytes[position] == 0x0a { position += 1 }
  }

  /// Goes to the next `<`; what is before it.
  mutating func text() throws(Stop) -> Range<Int> {
    let start = position
    while position < bytes.count {
      let byte = bytes[position]
      if byte == UInt8(ascii: "<") { return start..<position }
      // A bracket may be the beginning of "]]>", which is forbidden.
      if byte < 0x20 && byte != 0x0a || byte > 0x7e || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "]")
      {
        throw .strange
      }
      position += 1
    }
    throw .short
  }

  /// A whole tag without attributes.
  mutating func tag() throws(Stop) -> Tag {
    var tag = try tagName()
    if tag.form == .start {
      let isSpaced = try peek() == 0x20
      if isSpaced { position += 1 }
      if try peek() == UInt8(ascii: "/") {
        position += 1
        tag.form = .empty
      } else if isSpaced {
        throw .strange
      }
    }
    try expect(">")
    return tag
  }

  /// The beginning of a tag, with its name.
  mutating func tagName() throws(Stop) -> Tag {
    try expect("<")
    var form = Tag.Form.start
    if try peek() == UInt8(ascii: "/") {
      form = .end
      position += 1
    }
    let (name, local) = try qualifiedName()
    return Tag(form: form, name: name, local: local)
  }

  /// A name, and where the part of it begins that has no prefix.
  mutating func qualifiedName() throws(Stop) -> (whole: Range<Int>, local: Int) {
    let start = position
    try name()
    guard try peek() == UInt8(ascii: ":") else { return (start..<position, start) }
    position += 1
    let local = position
    try name()
    return (start..<position, local)
  }

  /// A text in double quotes without anything that would be changed.
  mutating func quoted() throws(Stop) -> Range<Int> {
    try expect("\"")
    let start = position
    while try peek() != UInt8(ascii: "\"") {
      let byte = bytes[position]
      if byte <= 0x20 || byte > 0x7e || byte == UInt8(ascii: "&") || byte == UInt8(ascii: "<") {
        throw .strange
      }
      position += 1
    }
    position += 1
    return start..<(position - 1)
  }

  private mutating func name() throws(Stop) {
    let start = position
    while true {
      let byte = try peek()
      let isLetter = (byte | 0x20) &- UInt8(ascii: "a") < 26 || byte == UInt8(ascii: "_")
      let isOther = byte &- UInt8(ascii: "0") < 10 || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
      guard isLetter || isOther && position > start else { break }
      position += 1
    }
    if position == start { throw .strange }
  }
}
