import Deletion

/// A name that a tool or a server would take for another one. It is never sent.
struct InexactName: Error, Sendable, Equatable {
  /// What cannot be expressed.
  let reason: String

  /// As an answer.
  var error: DeletionError {
    DeletionError(.permanent, code: "name", message: "not sent: \(reason)")
  }
}

/// What all remote backends check of a PFN before anything is sent.
enum RemoteName {
  /// Words in the name of an opaque parameter that mean its value must not be on a command line.
  private static let secretWords = ["auth", "token", "bearer", "passw", "secret", "sig", "macaroon", "key"]

  /// Refuses a PFN that no tool can pass on exactly.
  ///
  /// XRootD takes everything from the first `?` on for parameters, over root:// and, decoded, over HTTP too:
  /// it would delete the file whose name ends before the `?`.
  static func check(_ target: DeletionTarget) throws(InexactName) {
    let pfn = target.pfn
    if has(target.lfn, { $0 == UInt8(ascii: "?") }) || has(pfn.path, { $0 == UInt8(ascii: "?") }) {
      throw InexactName(reason: "a ? in a name begins the parameters for some servers")
    }
    if has(pfn.text, { $0 < 0x20 || $0 == 0x7f }) {
      throw InexactName(reason: "a control character in the name")
    }
    guard !pfn.authority.isEmpty else { throw InexactName(reason: "no host in the PFN") }
    if let at = pfn.authority.utf8.lastIndex(of: UInt8(ascii: "@")),
      pfn.authority.utf8[..<at].contains(UInt8(ascii: ":"))
    {
      throw InexactName(reason: "a password in the PFN would be seen on the command line")
    }
    if pfn.authority.utf8.contains(where: { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }
    ) {
      throw InexactName(reason: "an odd character in the host")
    }
    if pfn.path.utf8.last == UInt8(ascii: "/") { throw InexactName(reason: "it ends in a slash") }
    if let opaque = pfn.opaque { try check(opaque: opaque) }
  }

  /// Whether a text has such a byte; this is asked of every file.
  private static func has(_ text: String, _ isSought: (UInt8) -> Bool) -> Bool {
    var text = text
    return text.withUTF8 { $0.contains(where: isSought) }
  }

  /// A parameter part is kept where it is plain `key=value` pairs without secrets.
  private static func check(opaque: String) throws(InexactName) {
    for item in opaque.utf8.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
      let parts = item.split(separator: UInt8(ascii: "="), maxSplits: 1)
      guard parts.count == 2, item.allSatisfy(isPlain) else {
        throw InexactName(reason: "the part behind ? is not plain parameters")
      }
      let key = String(Substring(parts[0])).lowercased()
      if secretWords.contains(where: { key.contains($0) }) {
        throw InexactName(reason: "the parameter \(key) would be seen on the command line")
      }
    }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
      || "=/._-:+,@".utf8.contains(byte)
  }
}
