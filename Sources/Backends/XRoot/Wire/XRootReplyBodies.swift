import Deletion

/// What the answers hold; each is checked to its last byte that counts.
///
/// Section names are those of the XRootD protocol specification 5.x.

/// `kXR_protocol`: what the server is and wants.
struct XRootServerTraits: Equatable {
  /// The flags of the answer.
  let flags: UInt32
  /// Whether it wants requests signed even where the authentication gives no key to sign with.
  let forcesSigning: Bool

  /// It finds files on other servers (kXR_isManager).
  var isManager: Bool { flags & 0x0000_0002 != 0 }
  /// It can do TLS (kXR_haveTLS).
  var hasTLS: Bool { flags & 0x8000_0000 != 0 }
  /// TLS begins with the next byte (kXR_gotoTLS).
  var beginsTLS: Bool { flags & 0x4000_0000 != 0 }
  /// It wants TLS for the login or for what follows it (kXR_tlsLogin, kXR_tlsSess).
  var wantsTLS: Bool { flags & 0x0c00_0000 != 0 }

  init(_ body: [UInt8]) throws(XRootFlaw) {
    guard body.count >= 8 else { throw XRootFlaw(text: "a kXR_protocol answer of \(body.count) bytes") }
    flags = BigEndian.uint32(body, 4)
    // Security requirements follow: the tag "S", reserved, version, options, level, vector.
    if body.count >= 14, body[8] == UInt8(ascii: "S") {
      // kXR_secOFrce.
      forcesSigning = body[11] & 0x02 != 0 && body[12] > 0
    } else {
      forcesSigning = false
    }
  }
}

/// One authentication protocol that a server offers in its `kXR_login` answer: `&P=name,parameters`.
struct XRootAuthOffer: Equatable {
  let name: String
  let parameters: String

  /// The offers behind the session identifier of 16 bytes; none where anyone may come in.
  static func read(_ body: [UInt8]) throws(XRootFlaw) -> [XRootAuthOffer] {
    // Servers from before 2.3 give no session identifier.
    if body.isEmpty { return [] }
    guard body.count >= 16 else { throw XRootFlaw(text: "a kXR_login answer of \(body.count) bytes") }
    let text = MessageWords.trimmed(String(decoding: body[16...].prefix { $0 != 0 }, as: UTF8.self))
    if text.isEmpty { return [] }
    let offers = text.split(separator: "&").compactMap { part -> XRootAuthOffer? in
      guard part.utf8.starts(with: "P=".utf8) else { return nil }
      let words = part.dropFirst(2).split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = words.first, !name.isEmpty, name.utf8.count <= 8,
        name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f })
      else { return nil }
      return XRootAuthOffer(name: String(name), parameters: words.count > 1 ? String(words[1]) : "")
    }
    guard !offers.isEmpty else { throw XRootFlaw(text: "a kXR_login answer that cannot be read") }
    return offers
  }
}

/// `kXR_error`: code and words.
struct XRootServerError: Error, Equatable {
  let code: Int
  let text: String

  init(_ body: [UInt8]) throws(XRootFlaw) {
    guard body.count >= 4 else { throw XRootFlaw(text: "a kXR_error answer of \(body.count) bytes") }
    code = Int(Int32(bitPattern: BigEndian.uint32(body, 0)))
    text = String(decoding: body[4...].prefix { $0 != 0 }, as: UTF8.self)
  }

  /// As the error of an attempt.
  /// - Parameter isRemoval: whether the request was to delete.
  func error(isRemoval: Bool) -> DeletionError {
    let words = Redaction.clean(text)
    return DeletionError(
      XRootErrorCode.errorClass(code, text: text), code: "\(code)",
      message: words.isEmpty ? "XRootD error \(code)" : words,
      isAmbiguous: isRemoval && XRootErrorCode.isAmbiguous(code))
  }
}

/// `kXR_redirect`: the server that has to be asked instead, and parameters to show to it.
struct XRootRedirect: Error, Equatable, Sendable {
  let address: EndpointAddress
  /// To be put behind `?` of the path.
  let opaque: String

  init(address: EndpointAddress, opaque: String = "") {
    self.address = address
    self.opaque = opaque
  }

  /// `port host[?opaque[?token]]`. A negative port announces a whole URL, which may name another path and another
  /// protocol: that is not followed.
  init(_ body: [UInt8]) throws(XRootFlaw) {
    guard body.count > 4 else { throw XRootFlaw(text: "a kXR_redirect answer of \(body.count) bytes") }
    let port = Int32(bitPattern: BigEndian.uint32(body, 0))
    guard port >= 0, port <= 65_535 else {
      throw XRootFlaw(text: "a redirect to a URL, which is not followed")
    }
    let words = body[4...].prefix { $0 != 0 }
    let parts = words.split(separator: UInt8(ascii: "?"), maxSplits: 2, omittingEmptySubsequences: false)
    let host = String(decoding: parts.first ?? [], as: UTF8.self)
    // A bare IPv6 address has no brackets in this place, or some.
    let authority =
      host.utf8.filter { $0 == UInt8(ascii: ":") }.count > 1 && host.first != "[" ? "[\(host)]" : host
    do throws(EndpointAddress.Flaw) {
      address = try EndpointAddress(scheme: "root", authority: port == 0 ? authority : "\(authority):\(port)")
    } catch {
      throw XRootFlaw(text: "a redirect to a host that cannot be read: \(error.text)")
    }
    let opaqueBytes = parts.count > 1 ? parts[1] : []
    guard opaqueBytes.count <= 8192, opaqueBytes.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
      throw XRootFlaw(text: "a redirect whose parameters cannot be read")
    }
    opaque = String(decoding: opaqueBytes, as: UTF8.self)
  }
}

/// `kXR_wait`, `kXR_waitresp`: for how long.
enum XRootWait {
  static func seconds(_ body: [UInt8]) throws(XRootFlaw) -> Duration {
    guard body.count >= 4 else { throw XRootFlaw(text: "a kXR_wait answer of \(body.count) bytes") }
    let seconds = Int32(bitPattern: BigEndian.uint32(body, 0))
    guard seconds >= 0 else { throw XRootFlaw(text: "a kXR_wait answer of \(seconds) seconds") }
    return .seconds(Int(seconds))
  }
}

/// `kXR_attn`: something that the server says unasked.
enum XRootAttention {
  /// The answer to a request that was told to wait for it (kXR_asynresp); nil for anything else, which is only
  /// news for people.
  static func reply(_ body: [UInt8]) throws(XRootFlaw) -> XRootReply? {
    guard body.count >= 4 else { throw XRootFlaw(text: "a kXR_attn answer of \(body.count) bytes") }
    // kXR_asynresp: action, reserved, and a whole answer.
    guard BigEndian.uint32(body, 0) == 5008 else { return nil }
    var reader = XRootReplyReader()
    body[4...].dropFirst(4).withUnsafeBytes { reader.append($0) }
    guard let reply = try reader.next(), reader.isEmpty, reply.status != .attention else {
      throw XRootFlaw(text: "a kXR_attn answer whose lengths do not fit")
    }
    return reply
  }
}

/// What `kXR_stat` and `kXR_statx` say that a path is.
enum XRootPathKind: Equatable {
  case directory
  case other
  /// `kXR_statx` leaves it open for what is not on disk.
  case unclear

  /// `kXR_stat`: `id size flags mtime …` in ASCII. kXR_isDir is 2.
  init(stat body: [UInt8]) throws(XRootFlaw) {
    let words = body.prefix { $0 != 0 }.split(separator: UInt8(ascii: " "))
    guard words.count >= 4, let flags = UInt32(String(decoding: words[2], as: UTF8.self)) else {
      throw XRootFlaw(text: "a kXR_stat answer that cannot be read")
    }
    self = flags & 2 != 0 ? .directory : .other
  }

  /// One byte of a `kXR_statx` answer: 0 is a file; without any other flag nothing else is certain.
  init(statx flags: UInt8) {
    if flags & 2 != 0 { self = .directory } else { self = flags == 0 ? .other : .unclear }
  }
}
