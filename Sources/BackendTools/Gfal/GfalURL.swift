import DeletionModel
import Networking

/// A PFN as `gfal-rm` takes it.
///
/// Seen with gfal2-util 1.8.0 and gfal2 2.21.3. HTTP URLs are decoded once by the server, so every odd byte is
/// encoded once. For root:// the whole name goes on as it is, except that XrdCl decodes `%41`: with such a
/// name *another* file would be deleted, so it is not sent. A name with `#` is deleted where a server lets anyone
/// in; where it wants a proxy gfal2 loses that behind the `#`, and the server turns us away. Lines of a list file lose their white space at
/// both ends (Python's `str.strip`, all of Unicode), so such a name goes on the command line.
struct GfalURL: Sendable, ToolName {
  /// What the tool is given, and what it prints.
  let text: ExactName
  /// Whether it comes out of a list file as it went in.
  let fitsList: Bool

  var key: ExactName { text }

  /// Expresses a target, or says why it cannot be.
  init(_ target: DeletionTarget) throws(InexactName) {
    let pfn = target.pfn
    guard pfn.scheme != "file" else { throw InexactName(reason: "a local file is not for gfal") }
    try RemoteName.check(target)
    let parameters = pfn.opaque.map { "?" + $0 } ?? ""
    let text: String
    switch pfn.scheme {
    case "http", "dav":
      text = "dav://" + pfn.authority + PercentEncoding.encoded(pfn.path) + parameters
    case "https", "davs":
      // With davs:// davix asks by PROPFIND what a name is. With https:// it is free to ask by HEAD, for
      // which a directory with a listing is a file, and a WebDAV server then removes it with all that is in it.
      // (gfal2 2.21.3 used PROPFIND for both on XRootD, nginx and Apache; this does not depend on it.)
      text = "davs://" + pfn.authority + PercentEncoding.encoded(pfn.path) + parameters
    default:
      if Self.hasEscape(pfn.path) {
        throw InexactName(reason: "a % with hexadecimal digits would be decoded on the way")
      }
      let scheme = pfn.scheme == "xroot" ? "root" : pfn.scheme == "xroots" ? "roots" : pfn.scheme
      text = scheme + "://" + pfn.authority + pfn.path + parameters
    }
    self.text = ExactName(text)
    fitsList = MessageLines.same(Self.stripped(text), text)
  }

  /// As Python's `str.strip` does it.
  private static func stripped(_ text: String) -> String {
    var scalars = Substring(text).unicodeScalars
    while let last = scalars.last, isPythonSpace(last) { scalars.removeLast() }
    while let first = scalars.first, isPythonSpace(first) { scalars.removeFirst() }
    return String(scalars)
  }

  /// White space, and the separators that Python counts among it.
  private static func isPythonSpace(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || (0x1c...0x1f).contains(scalar.value)
  }

  private static func hasEscape(_ path: String) -> Bool {
    let bytes = Array(path.utf8)
    return bytes.indices.dropLast().contains { index in
      bytes[index] == UInt8(ascii: "%") && Character(Unicode.Scalar(bytes[index + 1])).isHexDigit
    }
  }
}
