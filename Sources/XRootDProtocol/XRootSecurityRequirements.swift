/// Which requests a server wants to have signed: the part of the `kXR_protocol` answer that begins with `S`
/// (XRootD protocol specification 5.x, "kXR_protocol"; XrdSecProtect.cc has the table of levels).
package struct XRootSecurityRequirements: Equatable {
  /// The levels, from the lowest.
  private enum Level {
    static let compatible: UInt8 = 1
    static let pedantic: UInt8 = 4
  }

  private let level: UInt8
  /// Whether requests are signed even where the login has left no key: the signature is the bare digest then
  /// (kXR_secOFrce).
  package let isForced: Bool
  /// What the server wants of single requests, whatever the level says: 0 where it need not be signed.
  private let exceptions: [UInt16: UInt8]

  /// Nothing has to be signed.
  package static let none = XRootSecurityRequirements(level: 0, isForced: false, exceptions: [:])

  private init(level: UInt8, isForced: Bool, exceptions: [UInt16: UInt8]) {
    self.level = level
    self.isForced = isForced
    self.exceptions = exceptions
  }

  /// Reads what follows the flags in the body of an answer.
  package init(protocolAnswer body: [UInt8]) throws(XRootProtocolError) {
    // Tag, reserved, version, options, level, number of exceptions.
    guard body.count >= 14, body[8] == UInt8(ascii: "S") else {
      self = .none
      return
    }
    let count = Int(body[13])
    guard body.count >= 14 + 2 * count else {
      throw XRootProtocolError(text: "a kXR_protocol answer whose lengths do not fit")
    }
    var exceptions: [UInt16: UInt8] = [:]
    for index in 0..<count {
      // Request codes are counted from that of kXR_auth.
      exceptions[XRootRequest.Code.auth.rawValue + UInt16(body[14 + 2 * index])] = body[15 + 2 * index]
    }
    self.init(
      level: min(body[12], Level.pedantic), isForced: body[11] & 0x02 != 0, exceptions: exceptions)
  }

  /// Whether a request has to be signed. What changes something has to be at every level, what only reads at the
  /// highest one; the setup of a connection never is.
  package func areNeeded(for code: XRootRequest.Code) -> Bool {
    let byLevel: Bool
    switch code {
    case .auth, .login, .protocol, .sigver: return false
    case .rm, .rmdir: byLevel = level >= Level.compatible
    case .mkdir: byLevel = level > Level.compatible
    // A query is for the configuration only.
    case .stat, .statx, .dirlist, .locate, .query: byLevel = level >= Level.pedantic
    }
    return exceptions[code.rawValue].map { $0 > 0 } ?? byLevel
  }
}
