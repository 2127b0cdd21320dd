import DeletionModel
import Networking
import Credentials

/// What the answers hold; each is checked to its last byte that counts.
///
/// Section names are those of the XRootD protocol specification 5.x.

/// `kXR_protocol`: what the server is and wants.
package struct XRootServerTraits: Equatable {
  /// The flags of the answer.
  package let flags: UInt32
  /// Which requests it wants to have signed.
  package let security: XRootSecurityRequirements

  /// It finds files on other servers (kXR_isManager).
  package var isManager: Bool { flags & 0x0000_0002 != 0 }
  /// It hands requests on to another storage (kXR_attrProxy, kXR_attrCache; XrdXrootdConfig.cc sets them for every
  /// server that runs XrdPss).
  package var isProxy: Bool { flags & 0x0000_0280 != 0 }
  /// It can do TLS (kXR_haveTLS).
  package var hasTLS: Bool { flags & 0x8000_0000 != 0 }
  /// TLS begins with the next byte (kXR_gotoTLS).
  package var beginsTLS: Bool { flags & 0x4000_0000 != 0 }
  /// It wants TLS for the login or for what follows it (kXR_tlsLogin, kXR_tlsSess).
  package var wantsTLS: Bool { flags & 0x0c00_0000 != 0 }

  package init(_ body: [UInt8]) throws(XRootProtocolError) {
    guard body.count >= 8 else {
      throw XRootProtocolError(text: "a kXR_protocol answer of \(body.count) bytes")
    }
    flags = BigEndian.uint32(body, 4)
    security = try XRootSecurityRequirements(protocolAnswer: body)
  }
}

/// One authentication protocol that a server offers in its `kXR_login` answer: `&P=name,parameters`.
package struct XRootAuthOffer: Equatable {
  package let name: String
  package let parameters: String

  /// The offers behind the session identifier of 16 bytes; none where anyone may come in.
  package static func read(_ body: [UInt8]) throws(XRootProtocolError) -> [XRootAuthOffer] {
    // Servers from before 2.3 give no session identifier.
    if body.isEmpty { return [] }
    guard body.count >= 16 else {
      throw XRootProtocolError(text: "a kXR_login answer of \(body.count) bytes")
    }
    let text = MessageLines.trimmed(String(decoding: body[16...].prefix { $0 != 0 }, as: UTF8.self))
    if text.isEmpty { return [] }
    let offers = text.split(separator: "&").compactMap { part -> XRootAuthOffer? in
      guard part.utf8.starts(with: "P=".utf8) else { return nil }
      let fields = part.dropFirst(2).split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = fields.first, !name.isEmpty, name.utf8.count <= 8,
        name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      else { return nil }
      return XRootAuthOffer(name: String(name), parameters: fields.count > 1 ? String(fields[1]) : "")
    }
    guard !offers.isEmpty else { throw XRootProtocolError(text: "a kXR_login answer that cannot be read") }
    return offers
  }
}

/// `kXR_error`: code and words.
package struct XRootServerError: Error, Equatable {
  package let code: Int
  package let text: String

  package init(_ body: [UInt8]) throws(XRootProtocolError) {
    guard body.count >= 4 else { throw XRootProtocolError(text: "a kXR_error answer of \(body.count) bytes") }
    code = Int(Int32(bitPattern: BigEndian.uint32(body, 0)))
    text = String(decoding: body[4...].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// As the error of an attempt.
  /// - Parameter isRemoval: whether the request was to delete.
  package func error(isRemoval: Bool) -> DeletionError {
    let message = Redaction.clean(text)
    return DeletionError(
      XRootErrorCode.errorClass(code, text: text), code: "\(code)",
      message: message.isEmpty ? "XRootD error \(code)" : message,
      isAmbiguous: isRemoval && XRootErrorCode.isAmbiguous(code))
  }
}

/// `kXR_redirect`: the server that has to be asked instead, and parameters to show to it.
package struct XRootRedirect: Error, Equatable, Sendable {
  package let address: EndpointAddress
  /// To be put behind `?` of the path.
  package let opaque: String
  /// Whether it is to be asked under TLS only (`roots://`).
  package let requiresTLS: Bool
  /// The path that the server is to be asked for; nil for the same.
  package let path: [UInt8]?

  package init(address: EndpointAddress, opaque: String = "", requiresTLS: Bool = false, path: [UInt8]? = nil)
  {
    self.address = address
    self.opaque = opaque
    self.requiresTLS = requiresTLS
    self.path = path
  }

  /// `port host[?opaque[?token]]`; or a negative port and a whole URL, which may name another path.
  package init(_ body: [UInt8]) throws(XRootProtocolError) {
    guard body.count > 4 else {
      throw XRootProtocolError(text: "a kXR_redirect answer of \(body.count) bytes")
    }
    let port = Int32(bitPattern: BigEndian.uint32(body, 0))
    let url = body[4...].prefix { $0 != 0 }
    if port < 0 {
      self = try Self.read(url: url)
      return
    }
    guard port <= 65_535 else { throw XRootProtocolError(text: "a redirect to port \(port)") }
    let parts = url.split(separator: UInt8(ascii: "?"), maxSplits: 2, omittingEmptySubsequences: false)
    let host = String(decoding: parts.first ?? [], as: UTF8.self)
    // A bare IPv6 address has no brackets in this place, or some.
    let authority =
      host.utf8.filter { $0 == UInt8(ascii: ":") }.count > 1 && host.first != "[" ? "[\(host)]" : host
    do throws(EndpointAddress.ParseError) {
      address = try EndpointAddress(scheme: "root", authority: port == 0 ? authority : "\(authority):\(port)")
    } catch {
      throw XRootProtocolError(text: "a redirect to a host that cannot be read: \(error.text)")
    }
    let opaqueBytes = parts.count > 1 ? parts[1] : []
    guard opaqueBytes.count <= 8192, opaqueBytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw XRootProtocolError(text: "a redirect whose parameters cannot be read")
    }
    opaque = String(decoding: opaqueBytes, as: UTF8.self)
    requiresTLS = false
    path = nil
  }

  /// `root://host:port[//path][?opaque]`.
  private static func read(url bytes: ArraySlice<UInt8>) throws(XRootProtocolError) -> XRootRedirect {
    guard bytes.count <= 65_536, bytes.allSatisfy({ $0 > 0x20 && $0 != 0x7f }),
      let text = String(validating: bytes, as: UTF8.self)
    else { throw XRootProtocolError(text: "a redirect to a URL that cannot be read") }
    // One without a path is no PFN.
    guard let pfn = PFN(text) ?? PFN(text + "/"), PFN.xrootdSchemes.contains(pfn.scheme) else {
      throw XRootProtocolError(text: "a redirect to a URL of another protocol, which is not followed")
    }
    do throws(EndpointAddress.ParseError) {
      let path = Array(pfn.path.utf8.dropFirst())
      return XRootRedirect(
        address: try EndpointAddress(scheme: "root", authority: pfn.authority), opaque: pfn.opaque ?? "",
        requiresTLS: pfn.scheme.hasSuffix("s"), path: path.isEmpty ? nil : path)
    } catch {
      throw XRootProtocolError(text: "a redirect to a host that cannot be read: \(error.text)")
    }
  }
}

/// `kXR_locate`: where a file is, or with `*` which servers a manager has: words such as `Sw[::127.0.0.1]:1094` or
/// `Mr…`, with small letters for what is still being made ready.
package enum XRootLocations {
  package static func count(_ body: [UInt8]) -> Int {
    body.prefix { $0 != 0 }.split(separator: UInt8(ascii: " ")).count { word in
      word.first.map { "SMsm".utf8.contains($0) } == true
    }
  }

  /// The servers of a manager; nil where one of them is a manager itself, is not ready, or cannot be read.
  package static func servers(_ body: [UInt8]) -> [EndpointAddress]? {
    var servers: [EndpointAddress] = []
    for word in body.prefix(while: { $0 != 0 }).split(separator: UInt8(ascii: " ")) {
      guard word.first == UInt8(ascii: "S"),
        let address = try? EndpointAddress(
          scheme: "root", authority: authority(String(decoding: word.dropFirst(2), as: UTF8.self))),
        !servers.contains(address)
      else { return nil }
      servers.append(address)
    }
    return servers.isEmpty ? nil : servers
  }

  /// An IPv4 address stands as `[::192.0.2.7]`.
  private static func authority(_ text: String) -> String {
    guard text.hasPrefix("[::"), text.utf8.contains(UInt8(ascii: ".")),
      let end = text.utf8.firstIndex(of: UInt8(ascii: "]"))
    else { return text }
    return String(text[..<end].dropFirst(3)) + text[end...].dropFirst()
  }
}

/// `kXR_wait`, `kXR_waitresp`: for how long.
package enum XRootWait {
  package static func seconds(_ body: [UInt8]) throws(XRootProtocolError) -> Duration {
    guard body.count >= 4 else { throw XRootProtocolError(text: "a kXR_wait answer of \(body.count) bytes") }
    let seconds = Int32(bitPattern: BigEndian.uint32(body, 0))
    guard seconds >= 0 else { throw XRootProtocolError(text: "a kXR_wait answer of \(seconds) seconds") }
    return .seconds(Int(seconds))
  }
}

/// `kXR_attn`: something that the server says unasked.
package enum XRootAttention {
  /// The answer to a request that was told to wait for it (kXR_asynresp); nil for anything else, which is only
  /// news for people.
  package static func reply(_ body: [UInt8]) throws(XRootProtocolError) -> XRootReply? {
    guard body.count >= 4 else { throw XRootProtocolError(text: "a kXR_attn answer of \(body.count) bytes") }
    // kXR_asynresp: action, reserved, and a whole answer.
    guard BigEndian.uint32(body, 0) == 5008 else { return nil }
    var reader = XRootReplyReader()
    body[4...].dropFirst(4).withUnsafeBytes { reader.append($0) }
    guard let reply = try reader.next(), reader.isEmpty, reply.status != .attention else {
      throw XRootProtocolError(text: "a kXR_attn answer whose lengths do not fit")
    }
    return reply
  }
}

/// What `kXR_stat` says of a path: `id size flags mtime …` in ASCII.
package struct XRootStat: Equatable {
  /// What it is. kXR_isDir is 2.
  package let kind: XRootPathKind
  /// What it says besides.
  package let facts: FileFacts

  package init(_ body: [UInt8]) throws(XRootProtocolError) {
    let fields = body.prefix { $0 != 0 }.split(separator: UInt8(ascii: " "))
    guard fields.count >= 4, let flags = UInt32(String(decoding: fields[2], as: UTF8.self)) else {
      throw XRootProtocolError(text: "a kXR_stat answer that cannot be read")
    }
    kind = flags & 2 != 0 ? .directory : .other
    func number(_ field: Int) -> Int64? { Int64(String(decoding: fields[field], as: UTF8.self)) }
    // A server that does not know when a file was written says 0.
    facts = FileFacts(
      size: number(1).map { Int($0) },
      written: number(3).flatMap { $0 > 0 ? StorageTime(seconds: $0) : nil })
  }
}

/// What `kXR_stat` and `kXR_statx` say that a path is.
package enum XRootPathKind: Equatable {
  case directory
  case other
  /// `kXR_statx` leaves it open for what is not on disk.
  case unclear

  /// One byte of a `kXR_statx` answer: 0 is a file; without any other flag nothing else is certain.
  package init(statx flags: UInt8) {
    if flags & 2 != 0 { self = .directory } else { self = flags == 0 ? .other : .unclear }
  }
}
