import FoundationEssentials

/// The base64url coding of RFC 4648 section 5, without padding, as JWT uses it.
enum Base64URL {
  /// The decoded bytes; nil for anything that is not base64url.
  static func decode(_ text: some StringProtocol) -> Data? {
    var plain: [UInt8] = []
    plain.reserveCapacity(text.utf8.count + 3)
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
      case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
      // These two belong to the other alphabet, and padding is ours to add.
      case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
      default: plain.append(byte)
      }
    }
    while plain.count % 4 != 0 { plain.append(UInt8(ascii: "=")) }
    return Data(base64Encoded: Data(plain))
  }
}
