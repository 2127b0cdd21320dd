import DeletionModel

/// The host and port of an endpoint.
package struct EndpointAddress: Hashable {
  /// A name or an address, without brackets.
  package let host: String
  package let port: UInt16

  /// Why an endpoint has no host and port, in a few words.
  package struct ParseError: Error, Equatable {
    package let text: String
  }

  /// Where a server listens if its URL does not say: IANA's numbers, for `root` and `gsiftp` the ports that their
  /// servers have by default, for `srm` dCache's and StoRM's.
  package static let defaultPorts: [String: UInt16] = [
    "root": 1094, "roots": 1094, "xroot": 1094, "xroots": 1094, "davs": 443, "https": 443, "dav": 80,
    "http": 80, "srm": 8443, "gsiftp": 2811,
  ]

  package init(host: String, port: UInt16) {
    self.host = host
    self.port = port
  }

  /// Reads the authority of a URL (RFC 3986 section 3.2): `[user@]host[:port]`, with the brackets of an IPv6
  /// literal. Names may have underscores besides what RFC 1123 gives them: some machines do.
  package init(scheme: String, authority: String) throws(ParseError) {
    let hostAndPort = Self.withoutUser(authority)
    let portText: Substring
    if hostAndPort.first == "[" {
      guard let bracket = hostAndPort.firstIndex(of: "]") else {
        throw ParseError(text: "a bracket without its end")
      }
      let literal = hostAndPort[hostAndPort.index(after: hostAndPort.startIndex)..<bracket]
      guard literal.contains(":"), literal.utf8.allSatisfy(Self.isLiteralByte) else {
        throw ParseError(text: "no IPv6 address in the brackets")
      }
      host = String(literal)
      portText = hostAndPort[hostAndPort.index(after: bracket)...]
      guard portText.isEmpty || portText.first == ":" else {
        throw ParseError(text: "text behind the bracket")
      }
    } else {
      let colon = hostAndPort.firstIndex(of: ":") ?? hostAndPort.endIndex
      host = String(hostAndPort[..<colon])
      portText = hostAndPort[colon...]
    }
    guard !host.isEmpty else { throw ParseError(text: "no host name") }
    guard host.contains(":") || (host.utf8.count <= 253 && host.utf8.allSatisfy(Self.isNameByte)) else {
      throw ParseError(text: "not a host name")
    }
    port = try Self.port(portText.dropFirst(), scheme: scheme.lowercased())
  }

  /// `host:port`, with brackets where they belong.
  package var text: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// An authority without what stands before the last `@`.
  package static func withoutUser(_ authority: String) -> Substring {
    authority.lastIndex(of: "@").map { authority[authority.index(after: $0)...] } ?? authority[...]
  }

  /// An empty port means the default, as RFC 3986 section 3.2.3 has it.
  private static func port(_ text: Substring, scheme: String) throws(ParseError) -> UInt16 {
    if text.isEmpty {
      guard let port = defaultPorts[scheme] else {
        throw ParseError(text: "no port, and none is usual for \(MessageText.oneLine(scheme, limit: 40))")
      }
      return port
    }
    // UInt16("+1") is 1: only digits will do.
    guard text.utf8.allSatisfy(\.isDigit), let port = UInt16(text), port > 0 else {
      throw ParseError(text: "not a port number")
    }
    return port
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  private static func isNameByte(_ byte: UInt8) -> Bool {
    byte.isDigit || isLetter(byte)
      || [UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_")].contains(byte)
  }

  /// What an IPv6 literal is made of. Zones (RFC 6874) have no place in a site's configuration.
  private static func isLiteralByte(_ byte: UInt8) -> Bool {
    byte.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte | 0x20)
      || [UInt8(ascii: ":"), UInt8(ascii: ".")].contains(byte)
  }
}

/// A server: scheme, host and port.
package struct WebOrigin: Hashable, Sendable {
  /// `http` or `https`.
  package let scheme: String
  /// In lower case, without brackets.
  package let host: String
  package let port: UInt16

  /// - Parameter authority: `host[:port]`; one with a user is none of ours.
  package init?(scheme: String, authority: String) {
    let scheme = scheme.lowercased()
    let wire = scheme.hasSuffix("s") ? "https" : "http"
    guard PFN.httpSchemes.contains(scheme), !authority.utf8.contains(UInt8(ascii: "@")),
      let address = try? EndpointAddress(scheme: wire, authority: authority)
    else { return nil }
    self.scheme = wire
    host = address.host.lowercased()
    port = address.port
  }

  /// The endpoint as the report calls it.
  package init?(endpoint: String) {
    guard let colon = endpoint.firstIndex(of: ":"), endpoint[colon...].hasPrefix("://") else { return nil }
    self.init(scheme: String(endpoint[..<colon]), authority: String(endpoint[colon...].dropFirst(3)))
  }

  package var isSecure: Bool { scheme == "https" }

  package var address: EndpointAddress { EndpointAddress(host: host, port: port) }

  /// `https://host:port`; the port is left out where it is the scheme's own.
  package var text: String {
    let name = host.contains(":") ? "[\(host)]" : host
    return port == EndpointAddress.defaultPorts[scheme]
      ? "\(scheme)://\(name)" : "\(scheme)://\(name):\(port)"
  }
}
