/// One element of DER (ITU-T X.690): a tag and its content.
struct DERElement: Equatable {
  let tag: UInt8
  let content: ArraySlice<UInt8>

  static let integer: UInt8 = 0x02
  static let bitString: UInt8 = 0x03
  static let objectIdentifier: UInt8 = 0x06
  static let utcTime: UInt8 = 0x17
  static let generalizedTime: UInt8 = 0x18
  static let sequence: UInt8 = 0x30
  static let set: UInt8 = 0x31
  /// `[0]`, constructed: the version of a certificate.
  static let explicitZero: UInt8 = 0xA0
}

/// The bytes are not the DER that was expected.
struct DERFlaw: Error, Equatable {}

/// Reads DER elements one after the other. Never looks beyond the bytes it was given, whatever a length claims.
struct DERReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  /// Whether everything has been read.
  var isAtEnd: Bool { rest.isEmpty }

  /// The tag of the next element; nil at the end.
  var nextTag: UInt8? { rest.first }

  /// The next element. Tags of more than one byte and indefinite lengths, which certificates do not have up to
  /// where we read, are flaws.
  mutating func next() throws(DERFlaw) -> DERElement {
    guard let tag = rest.popFirst(), tag & 0x1F != 0x1F else { throw DERFlaw() }
    let length = try readLength()
    guard length <= rest.count else { throw DERFlaw() }
    let content = rest.prefix(length)
    rest = rest.dropFirst(length)
    return DERElement(tag: tag, content: content)
  }

  /// The content of the next element, which has to have this tag.
  mutating func next(_ tag: UInt8) throws(DERFlaw) -> ArraySlice<UInt8> {
    let element = try next()
    guard element.tag == tag else { throw DERFlaw() }
    return element.content
  }

  private mutating func readLength() throws(DERFlaw) -> Int {
    guard let first = rest.popFirst() else { throw DERFlaw() }
    if first < 0x80 { return Int(first) }
    let count = Int(first & 0x7F)
    // Four bytes are 4 GB already, and cannot overflow an Int.
    guard (1...4).contains(count), count <= rest.count else { throw DERFlaw() }
    var length = 0
    for byte in rest.prefix(count) { length = length << 8 | Int(byte) }
    rest = rest.dropFirst(count)
    return length
  }
}
