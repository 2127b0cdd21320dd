import Deletion

/// The host and port of an endpoint.
struct EndpointAddress: Hashable {
  /// A name or an address, without brackets.
  let host: String
  let port: UInt16

  /// Why an endpoint has no host and port, in a few words.
  struct Flaw: Error, Equatable {
    let text: String
  }

  /// Where a door listens if its URL does not say: IANA's numbers, for `root` and `gsiftp` the ports that their
  /// servers have by default, for `srm` dCache's and StoRM's.
  static let defaultPorts: [String: UInt16] = [
    "root": 1094, "roots": 1094, "xroot": 1094, "xroots": 1094, "davs": 443, "https": 443, "dav": 80,
    "http": 80, "srm": 8443, "gsiftp": 2811,
  ]

  init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads the authority of a URL (RFC 3986 section 3.2): `[user@]host[:port]`, with the brackets of an IPv6
  /// literal. Names may have underscores besides what RFC 1123 gives them: some machines do.
  init(scheme: String, authority: String) throws(Flaw) {
    let place = Self.withoutUser(authority)
    let portText: Substring
    if place.first == "[" {
      guard let bracket = place.firstIndex(of: "]") else { throw Flaw(text: "a bracket without its end") }
      let literal = place[place.index(after: place.startIndex)..<bracket]
      guard literal.contains(":"), literal.utf8.allSatisfy(Self.isLiteralByte) else {
        throw Flaw(text: "no IPv6 address in the brackets")
      }
      host = String(literal)
      portText = place[place.index(after: bracket)...]
      guard portText.isEmpty || portText.first == ":" else { throw Flaw(text: "text behind the bracket") }
    } else {
      let colon = place.firstIndex(of: ":") ?? place.endIndex
      host = String(place[..<colon])
      portText = place[colon...]
    }
    guard !host.isEmpty else { throw Flaw(text: "no host name") }
    guard host.contains(":") || (host.utf8.count <= 253 && host.utf8.allSatisfy(Self.isNameByte)) else {
      throw Flaw(text: "not a host name")
    }
    port = try Self.port(portText.dropFirst(), scheme: scheme.lowercased())
  }

  /// `host:port`, with brackets where they belong.
  var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// An authority without what stands before the last `@`.
  static func withoutUser(_ authority: String) -> Substring {
    authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority[...]
  }

  /// An empty port means the default, as RFC 3986 section 3.2.3 has it.
  private static func port(_ text: Substring, scheme: String) throws(Flaw) -> UInt16 {
    if text.isEmpty {
      guard let port = defaultPorts[scheme] else {
        throw Flaw(text: "no port, and none is usual for \(MessageText.oneLine(scheme, limit: 40))")
      }
      return port
    }
    // UInt16("+1") is 1: only digits will do.
    guard text.utf8.allSatisfy(isDigit), let port = UInt16(text), port > 0 else {
      throw Flaw(text: "not a port number")
    }
    return port
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || isLetter(byte)
      || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains(byte)
  }

  /// What an IPv6 literal is made of. Zones (RFC 6874) have no place in a site's configuration.
  private static func isLiteralByte(_ byte: UInt8) -> Bool {
    isDigit(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
      || [UInt8(ascii: ":"), UInt8(ascii: ".")].contains(byte)
  }
}
