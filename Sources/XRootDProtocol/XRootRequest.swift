/// What a client sends (XRootD protocol specification 5.x, "Client requests"). All numbers are big-endian.
package enum XRootRequest {
  /// Request codes.
  package enum Code: UInt16 {
    case auth = 3000
    case query = 3001
    case dirlist = 3004
    case `protocol` = 3006
    case login = 3007
    case mkdir = 3008
    case rm = 3014
    case rmdir = 3015
    case stat = 3017
    case statx = 3022
    case locate = 3027
    case sigver = 3029
  }

  /// Stream identifier, request code, 16 bytes of parameters, length of the data.
  package static let headerLength = 24

  /// The version of the protocol that we speak: 5.1.1.
  package static let version: UInt32 = 0x511

  /// The first 20 bytes on a connection.
  package static func appendHandshake(to output: inout [UInt8]) {
    output.append(contentsOf: [UInt8](repeating: 0, count: 12))
    append(UInt32(4), to: &output)
    append(UInt32(2012), to: &output)
  }

  /// `kXR_protocol`: what we are able to do, and that a login comes next, which lets the server ask for TLS.
  package static func appendProtocol(wantsTLS: Bool, to output: inout [UInt8]) {
    appendHeader(.protocol, stream: 0, to: &output)
    append(version, to: &output)
    // kXR_secreqs, kXR_ableTLS, kXR_wantTLS.
    output.append(0x01 | 0x02 | (wantsTLS ? 0x04 : 0))
    // kXR_ExpLogin.
    output.append(0x03)
    output.append(contentsOf: [UInt8](repeating: 0, count: 10))
    append(UInt32(0), to: &output)
  }

  /// `kXR_login`. The name is what the server's log shows; it proves nothing.
  package static func appendLogin(user: String, process: Int32, to output: inout [UInt8]) {
    appendHeader(.login, stream: 0, to: &output)
    append(UInt32(bitPattern: process), to: &output)
    let name = Array(user.utf8.prefix(8))
    output.append(contentsOf: name + [UInt8](repeating: 0, count: 8 - name.count))
    // ability2; ability: kXR_readrdok, kXR_hasipv64; capver: kXR_asyncap and kXR_ver005; reserved.
    output.append(contentsOf: [0, 0x04 | 0x08, 0x80 | 5, 0])
    append(UInt32(0), to: &output)
  }

  /// `kXR_auth` with the credential of one authentication protocol, whose name has at most 4 bytes.
  package static func appendAuth(_ name: String, credential: [UInt8], to output: inout [UInt8]) {
    appendHeader(.auth, stream: 0, to: &output)
    let type = Array(name.utf8.prefix(4))
    output.append(contentsOf: [UInt8](repeating: 0, count: 12) + type)
    output.append(contentsOf: [UInt8](repeating: 0, count: 4 - type.count))
    append(UInt32(credential.count), to: &output)
    output.append(contentsOf: credential)
  }

  /// `kXR_query` for a value of the configuration (`kXR_Qconfig`).
  package static func appendQuery(stream: UInt16, of name: String, to output: inout [UInt8]) {
    appendHeader(.query, stream: stream, to: &output)
    append(UInt16(7), to: &output)
    output.append(contentsOf: repeatElement(0, count: 14))
    append(UInt32(name.utf8.count), to: &output)
    output.append(contentsOf: name.utf8)
  }

  /// A request whose parameters are all zero and whose data are a path: `kXR_rm`, `kXR_rmdir`, `kXR_stat`,
  /// `kXR_dirlist`, `kXR_locate`; and a `kXR_mkdir` that makes no parents.
  package static func appendPath(_ code: Code, stream: UInt16, path: [UInt8], to output: inout [UInt8]) {
    appendHeader(code, stream: stream, to: &output)
    output.append(contentsOf: repeatElement(0, count: 16))
    append(UInt32(path.count), to: &output)
    output.append(contentsOf: path)
  }

  /// `kXR_locate` of `*`: all servers of a manager, by name where they have one (kXR_prefname).
  package static func appendLocateServers(stream: UInt16, to output: inout [UInt8]) {
    appendHeader(.locate, stream: stream, to: &output)
    append(UInt16(0x100), to: &output)
    output.append(contentsOf: repeatElement(0, count: 14))
    append(UInt32(1), to: &output)
    output.append(UInt8(ascii: "*"))
  }

  /// `kXR_statx`: paths with newlines between them.
  package static func appendStatx(stream: UInt16, paths: some Sequence<[UInt8]>, to output: inout [UInt8]) {
    appendHeader(.statx, stream: stream, to: &output)
    output.append(contentsOf: repeatElement(0, count: 16))
    let start = output.count
    append(UInt32(0), to: &output)
    var isFirst = true
    for path in paths {
      if !isFirst { output.append(UInt8(ascii: "\n")) }
      isFirst = false
      output.append(contentsOf: path)
    }
    var length: [UInt8] = []
    append(UInt32(output.count - start - 4), to: &length)
    output.replaceSubrange(start..<start + 4, with: length)
  }

  /// `kXR_sigver`: the signature of the request that follows, on the same stream.
  /// - Parameters:
  ///   - code: that of the request.
  ///   - number: one that rises from signature to signature.
  package static func appendSignature(
    stream: UInt16, of code: Code, number: UInt64, _ signature: [UInt8], to output: inout [UInt8]
  ) {
    appendHeader(.sigver, stream: stream, to: &output)
    append(code.rawValue, to: &output)
    // Version 0; no flags: the data of the request are in the digest.
    output.append(contentsOf: [0, 0])
    output.append(contentsOf: BigEndian.bytes(number))
    // kXR_SHA256; reserved.
    output.append(contentsOf: [0x01, 0, 0, 0])
    append(UInt32(signature.count), to: &output)
    output.append(contentsOf: signature)
  }

  private static func appendHeader(_ code: Code, stream: UInt16, to output: inout [UInt8]) {
    append(stream, to: &output)
    append(code.rawValue, to: &output)
  }

  private static func append(_ number: UInt16, to output: inout [UInt8]) {
    output.append(UInt8(truncatingIfNeeded: number >> 8))
    output.append(UInt8(truncatingIfNeeded: number))
  }

  private static func append(_ number: UInt32, to output: inout [UInt8]) {
    append(UInt16(truncatingIfNeeded: number >> 16), to: &output)
    append(UInt16(truncatingIfNeeded: number), to: &output)
  }
}
