/// What a bearer token looks like.
enum BearerTokenSyntax {
  /// The bytes without the white space at both ends: what C calls `isspace` in the C locale, as the WLCG bearer
  /// token discovery asks.
  static func stripped(_ bytes: some BidirectionalCollection<UInt8>) -> [UInt8] {
    var rest = bytes[...]
    while let first = rest.first, isSpace(first) { rest.removeFirst() }
    while let last = rest.last, isSpace(last) { rest.removeLast() }
    return Array(rest)
  }

  /// Whether the bytes are a `b64token` (RFC 6750 section 2.1): one or more of letters, digits and `-._~+/`, then
  /// any number of `=`. Anything else could not stand in an Authorization header.
  static func isBearerToken(_ bytes: [UInt8]) -> Bool {
    let body = bytes.prefix { $0 != UInt8(ascii: "=") }
    return !body.isEmpty && body.allSatisfy(isTokenByte)
      && bytes.dropFirst(body.count).allSatisfy { $0 == UInt8(ascii: "=") }
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  private static func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "+"), UInt8(ascii: "/"):
      true
    default: false
    }
  }
}
