/// The one-line form of an X.509 name that grid sites use: `/DC=ch/DC=cern/CN=name`.
enum DistinguishedName {
  /// The text of the content of a `Name`. Slashes inside a value stay as they are, as in `CN=host/h.example`:
  /// grid map files have them so, while newer patch releases of OpenSSL write `\/`.
  static func oneLine(_ content: ArraySlice<UInt8>) throws(DERFlaw) -> String {
    var result = ""
    var sets = DERReader(content)
    while !sets.isAtEnd {
      var attributes = DERReader(try sets.next(DERElement.set))
      while !attributes.isAtEnd {
        var attribute = DERReader(try attributes.next(DERElement.sequence))
        let type = try attribute.next(DERElement.objectIdentifier)
        let value = try attribute.next()
        guard attribute.isAtEnd else { throw DERFlaw() }
        result += "/\(try typeName(type))=\(text(of: value))"
      }
    }
    return result
  }

  /// Names by the dotted form: RFC 4519 and RFC 2985, with the short forms of OpenSSL.
  private static let shortNames = [
    "2.5.4.3": "CN", "2.5.4.4": "SN", "2.5.4.5": "serialNumber", "2.5.4.6": "C", "2.5.4.7": "L",
    "2.5.4.8": "ST", "2.5.4.10": "O", "2.5.4.11": "OU", "2.5.4.12": "title", "2.5.4.42": "GN",
    "0.9.2342.19200300.100.1.1": "UID", "0.9.2342.19200300.100.1.25": "DC",
    "1.2.840.113549.1.9.1": "emailAddress",
  ]

  private static func typeName(_ bytes: ArraySlice<UInt8>) throws(DERFlaw) -> String {
    let dotted = try dottedForm(bytes)
    return shortNames[dotted] ?? dotted
  }

  /// X.690 section 8.19: base 128, the first two arcs in one number.
  private static func dottedForm(_ bytes: ArraySlice<UInt8>) throws(DERFlaw) -> String {
    guard let last = bytes.last, last & 0x80 == 0 else { throw DERFlaw() }
    var arcs: [UInt64] = []
    var arc: UInt64 = 0
    for byte in bytes {
      guard arc >> 56 == 0 else { throw DERFlaw() }
      arc = arc << 7 | UInt64(byte & 0x7F)
      if byte & 0x80 == 0 {
        if arcs.isEmpty {
          let top = min(arc / 40, 2)
          arcs = [top, arc - top * 40]
        } else {
          arcs.append(arc)
        }
        arc = 0
      }
    }
    return arcs.map(String.init).joined(separator: ".")
  }

  private static func text(of value: DERElement) -> String {
    switch value.tag {
    // UTF8String, NumericString, PrintableString, IA5String, VisibleString
    case 0x0C, 0x12, 0x13, 0x16, 0x1A:
      return String(decoding: value.content, as: UTF8.self)
    // TeletexString, read as Latin 1, which is how it is used.
    case 0x14:
      return String(String.UnicodeScalarView(value.content.map { Unicode.Scalar($0) }))
    // BMPString
    case 0x1E where value.content.count % 2 == 0:
      let bytes = Array(value.content)
      let units = stride(from: 0, to: bytes.count, by: 2).map {
        UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
      }
      return String(decoding: units, as: UTF16.self)
    default:
      // As RFC 4514 writes what has no text form.
      return "#" + value.content.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
  }
}
