import COpenSSL
import DeletionModel
import FoundationEssentials

/// A macaroon (Birgisson et al., "Macaroons: Cookies with Contextual Caveats for Decentralized Authorization", 2014) in the
/// first binary format of libmacaroons, which XRootD and dCache issue: a bearer token that says itself what it is good for.
///
/// Whoever has one can add caveats to it, offline; nobody can take one away without the server's key. Its signature is not
/// verified here: that is the server's business.
package struct Macaroon: Sendable, Equatable {
  /// Where it is meant for, in the server's words, on one line.
  package let location: String
  /// By what the server finds its key, on one line. No secret: only the signature is one.
  package let identifier: String
  /// What restricts it, in order; all of them count.
  package let caveats: [String]

  /// The packets before the signature, as they came.
  private let packets: [UInt8]
  private let signature: [UInt8]

  /// Why a text that begins as a macaroon is none. Quotes nothing of it.
  package struct Damage: Error, Sendable, Equatable {
    package let text: String
  }

  /// Reads one.
  /// - Returns: nil for what does not even begin as a macaroon.
  /// - Throws: ``Damage``.
  package init?(_ secret: Secret) throws(Damage) {
    guard let bytes = Self.decoded(secret.reveal()) else { return nil }
    var reader = PacketReader(bytes)
    // Its first packet tells it from everything else.
    guard let first = reader.next(), first.key == "location" else { return nil }
    location = Self.shown(first.value)
    guard let second = reader.next(), second.key == "identifier" else {
      throw Damage(text: "the macaroon is cut short: it has no identifier")
    }
    identifier = Self.shown(second.value)
    var caveats: [String] = []
    while true {
      let start = reader.position
      guard let packet = reader.next() else {
        throw Damage(text: "the macaroon is cut short: it has no signature")
      }
      switch packet.key {
      case "cid":
        guard let text = String(validating: packet.value, as: UTF8.self) else {
          throw Damage(text: "the macaroon has a caveat that is no text")
        }
        caveats.append(text)
      case "vid", "cl": throw Damage(text: "the macaroon needs another one to be used, of a third party")
      case "signature" where packet.value.count == Self.digestSize && reader.isAtEnd:
        packets = Array(bytes[..<start])
        signature = Array(packet.value)
        self.caveats = caveats
        return
      default: throw Damage(text: "the macaroon has a packet that is not known")
      }
    }
  }

  private init(_ other: Macaroon, caveats: [String], packets: [UInt8], signature: [UInt8]) {
    location = other.location
    identifier = other.identifier
    self.caveats = caveats
    self.packets = packets
    self.signature = signature
  }

  /// The same macaroon with one more caveat of the first party: its signature is the HMAC-SHA-256 of the caveat, with the
  /// signature before as the key.
  /// - Returns: nil for a caveat that is too long for a packet, and without memory.
  package func adding(_ caveat: String) -> Macaroon? {
    guard let packet = Self.packet("cid", Array(caveat.utf8)),
      let signature = Self.authenticationCode(of: Array(caveat.utf8), key: signature)
    else { return nil }
    return Macaroon(self, caveats: caveats + [caveat], packets: packets + packet, signature: signature)
  }

  /// As it is shown to a server: base64url without padding.
  package var text: Secret? {
    guard let last = Self.packet("signature", signature) else { return nil }
    let plain = Data(packets + last).base64EncodedString()
    return Secret(
      String(
        decoding: plain.utf8.compactMap { byte -> UInt8? in
          switch byte {
          case UInt8(ascii: "+"): UInt8(ascii: "-")
          case UInt8(ascii: "/"): UInt8(ascii: "_")
          case UInt8(ascii: "="): nil
          default: byte
          }
        }, as: UTF8.self))
  }

  private static let digestSize = 32

  /// Both alphabets of base64 are in use, with and without padding.
  private static func decoded(_ text: String) -> [UInt8]? {
    var body = text[...]
    while body.last == "=" { body.removeLast() }
    let urlSafe = body.utf8.map { byte in
      byte == UInt8(ascii: "+") ? UInt8(ascii: "-") : byte == UInt8(ascii: "/") ? UInt8(ascii: "_") : byte
    }
    return Base64URL.decode(String(decoding: urlSafe, as: UTF8.self)).map(Array.init)
  }

  private static func shown(_ bytes: some Sequence<UInt8>) -> String {
    MessageText.oneLine(String(decoding: Array(bytes), as: UTF8.self), limit: 300)
  }

  /// A packet: four hexadecimal digits of its whole length, the key, a blank, the value, a line feed.
  private static func packet(_ key: String, _ value: [UInt8]) -> [UInt8]? {
    let count = 4 + key.utf8.count + 1 + value.count + 1
    guard count <= 0xFFFF else { return nil }
    let digits = String(count, radix: 16)
    let length = String(repeating: "0", count: 4 - digits.utf8.count) + digits
    return Array((length + key + " ").utf8) + value + [UInt8(ascii: "\n")]
  }

  private static func authenticationCode(of text: [UInt8], key: [UInt8]) -> [UInt8]? {
    var code = [UInt8](repeating: 0, count: digestSize)
    var count = 0
    let done = EVP_Q_mac(
      nil, "HMAC", nil, "SHA256", nil, key, key.count, text, text.count, &code, code.count, &count)
    return done != nil && count == digestSize ? code : nil
  }
}

/// Takes packets off the front of some bytes.
private struct PacketReader {
  private let bytes: [UInt8]
  private(set) var position = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { position == bytes.count }

  /// The next packet; nil at the end, and for what is none.
  mutating func next() -> (key: String, value: ArraySlice<UInt8>)? {
    guard bytes.count - position >= 6 else { return nil }
    var count = 0
    for byte in bytes[position..<position + 4] {
      guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else { return nil }
      count = count << 4 | digit
    }
    guard count >= 6, count <= bytes.count - position else { return nil }
    let body = bytes[position + 4..<position + count]
    guard body.last == UInt8(ascii: "\n"), let blank = body.firstIndex(of: UInt8(ascii: " ")) else {
      return nil
    }
    position += count
    return (String(decoding: body[..<blank], as: UTF8.self), body[(blank + 1)...].dropLast())
  }
}
