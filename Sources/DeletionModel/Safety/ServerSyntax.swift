/// What in a name some server reads as something else than a part of the name. Nothing of this is in an LFN of CMS:
/// WMCore allows letters, digits, `-`, `_`, `.` in a file's name (WMCore, Lexicon.py, `lfnParts`).
///
/// | in a name | read as | by |
/// | --- | --- | --- |
/// | `*` | any characters: DELETE of `*.root` removes every file that matches | EOS, mgm/proc/user/Rm.cc, `ProcCommand::Rm` |
/// | `[` `]` | a set of characters, in the same patterns | EOS, the same place: they are POSIX regular expressions |
/// | `?` | the end of the name, where parameters begin | XRootD, XrdXrootdXeq.cc, `rpCheck`; HTTP, RFC 3986 section 3.4 |
/// | `#AND#` | `&` | EOS, mgm/Macros.hh, `NAMESPACEMAP`: over every protocol |
/// | `.(` at the beginning of a component | a command, such as "the file with this identifier" | dCache, Chimera's JdbcFs.java, `createFile` and `inodeOf` |
/// | `&`, over HTTP only | the end of the name: DELETE of `a&b` removes `a`, that of `d&mgm.option=r` the tree `d` | EOS, mgm/http/HttpHandler.cc, `HttpHandler::Delete` |
///
/// The last one is refused where the PFN is one of HTTP; the others in every name.
package enum ServerSyntax {
  /// Whether a byte is nothing but a part of a name, wherever it stands, as nearly all are. Each byte of each name is
  /// asked for it, before anything else.
  package static func isPlain(_ byte: UInt8) -> Bool { byte != UInt8(ascii: "/") && mark(byte) == 0 }

  /// 0 for what is nothing but a part of a name, and for a slash. Always inline: a call for each byte took 3,000 instructions a
  /// file.
  @inline(__always)
  private static func mark(_ byte: UInt8) -> UInt8 {
    (byte < 0x20 ? 1 : 0) | (byte > 0x7E ? 1 : 0)
      | (byte == UInt8(ascii: "*") ? 1 : 0) | (byte == UInt8(ascii: "?") ? 1 : 0)
      | (byte == UInt8(ascii: "[") ? 1 : 0) | (byte == UInt8(ascii: "]") ? 1 : 0)
      | (byte == UInt8(ascii: "#") ? 1 : 0) | (byte == UInt8(ascii: "(") ? 1 : 0)
  }

  /// Whether all bytes are plain, or slashes. All are looked at, without a branch, so that the compiler takes many at once:
  /// byte by byte the rules took 3,000 instructions a file.
  package static func isPlain(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var found: UInt8 = 0
    for byte in bytes { found |= mark(byte) }
    return found == 0
  }

  /// Whether the byte at this place of a path has such a meaning over every protocol.
  package static func isSpecial(_ bytes: UnsafeBufferPointer<UInt8>, _ index: Int) -> Bool {
    switch bytes[index] {
    case UInt8(ascii: "*"), UInt8(ascii: "?"), UInt8(ascii: "["), UInt8(ascii: "]"): true
    case UInt8(ascii: "#"): UnsafeBufferPointer(rebasing: bytes[index...]).starts(with: "#AND#".utf8)
    case UInt8(ascii: "("):
      index >= 2 && bytes[index - 1] == UInt8(ascii: ".") && bytes[index - 2] == UInt8(ascii: "/")
    default: false
    }
  }

  /// Whether the server behind this PFN would read a part of its path as something else.
  package static func isSpecial(_ pfn: PFN) -> Bool {
    guard PFN.httpSchemes.contains(pfn.scheme) else { return false }
    var path = pfn.path
    return path.withUTF8 { $0.contains(UInt8(ascii: "&")) }
  }
}
