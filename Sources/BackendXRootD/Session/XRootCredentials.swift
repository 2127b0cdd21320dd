import Credentials

/// The credentials of the authentication protocols that we speak, as they go into `kXR_auth`.
enum XRootCredentials {
  /// The protocols. In which order they are used is for ``XRootAuthentication`` to say.
  static let spoken: Set<String> = ["gsi", "ztn", "unix", "host"]

  /// `host`: we are where we come from.
  static let host: [UInt8] = Array("host\0".utf8)

  /// `unix`: who we say we are. Servers take it where they trust their machines.
  static func unix(_ user: XRootUser) -> [UInt8] {
    Array("unix\0\(user.name)".utf8) + (user.group.isEmpty ? [] : Array(" \(user.group)".utf8)) + [0]
  }

  /// `ztn`: a bearer token. Name, version 0, the operation "token", two reserved bytes, length, token, zero byte.
  /// - Returns: nil for a token that is longer than the protocol can say.
  static func ztn(_ token: Secret) -> [UInt8]? {
    let bytes = Array(token.reveal().utf8)
    guard let length = UInt16(exactly: bytes.count + 1) else { return nil }
    return Array("ztn\0".utf8) + [0, UInt8(ascii: "T"), 0, 0]
      + [UInt8(length >> 8), UInt8(truncatingIfNeeded: length)] + bytes + [0]
  }

  /// The longest token that an offer of `ztn` allows: its parameters are `options:longest:…`.
  static func longestToken(_ parameters: String) -> Int {
    let fields = parameters.utf8.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    // TLS:options:longest in the form that the server's own administrator sees.
    let index = fields.first.map { $0.elementsEqual("TLS".utf8) } == true ? 2 : 1
    guard fields.count > index, let limit = Int(String(Substring(fields[index]))) else { return 4096 }
    return limit
  }
}
