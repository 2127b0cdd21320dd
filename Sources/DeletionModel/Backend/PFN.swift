/// A physical file name, taken apart: a URL such as `root://host:1094//store/f` or a plain path.
///
/// The parts are the text as it stands in the PFN: nothing is decoded, collapsed or put right.
package struct PFN: Sendable, Equatable {
  /// The whole name.
  package let text: String
  /// What it has in common with most others of a list.
  private let server: Server
  /// What the storage is asked for, from the first slash after the authority on, without the opaque part.
  /// For `root://host//store/f` that is `//store/f`.
  package let path: String
  /// What follows the first `?` of a URL; nil without one. A plain path has none: there `?` is a character.
  package let opaque: String?

  /// `root`, `davs`, … in lower case; `file` for a plain absolute path and for `file:` URLs.
  package var scheme: String { server.scheme }
  /// `host` or `host:port` as written, with user information where there is some; empty for `file`.
  package var authority: String { server.authority }
  /// What one storage endpoint is called in the report and in the circuit: `scheme://authority`, or `file://`.
  package var endpoint: String { server.endpoint }

  /// The path that the storage deletes. It is ``path``, but for the two schemes that put it elsewhere: what
  /// follows `SFN=` for `srm` (`srm://host:8443/srm/managerv2?SFN=/pnfs/f`) and `path=` for `rfio`.
  ///
  /// All of the rest counts, as names can have an `&`. Where the key comes twice, clients differ in which one
  /// they take; then this is no absolute path.
  package var storagePath: String {
    guard let opaque, let key = Self.opaqueKeys[scheme] else { return path }
    let parts = opaque.utf8.split(
      separator: UInt8(ascii: "&"), maxSplits: Int.max, omittingEmptySubsequences: false)
    guard let start = parts.firstIndex(where: { $0.starts(with: key.utf8) }) else { return path }
    let rest = parts[start...]
    guard rest.count(where: { $0.starts(with: key.utf8) }) == 1 else { return "" }
    return String(decoding: Array(rest.joined(separator: "&".utf8).dropFirst(key.utf8.count)), as: UTF8.self)
  }

  /// The schemes of XRootD's own protocol.
  package static let xrootdSchemes = ["root", "roots", "xroot", "xroots"]
  /// The schemes of HTTP and WebDAV.
  package static let httpSchemes = ["http", "https", "dav", "davs"]

  private static let opaqueKeys = ["srm": "SFN=", "rfio": "path="]

  /// The server of a name, one object for all names that are made from each other: as three texts of each name it took
  /// 3,000 instructions a file.
  private final class Server: Sendable, Equatable {
    let scheme: String
    let authority: String
    let endpoint: String
    /// The beginning of the names, as written.
    let written: String

    static let file = Server(scheme: "file", authority: "", endpoint: "file://", written: "")

    init(scheme: String, authority: String, endpoint: String, written: String) {
      self.scheme = scheme
      self.authority = authority
      self.endpoint = endpoint
      self.written = written
    }

    static func == (left: Server, right: Server) -> Bool {
      left === right || left.scheme == right.scheme && left.authority == right.authority
    }
  }

  /// Takes a name apart; nil for one that is neither an absolute path nor a URL with a path.
  ///
  /// Works on bytes, as every file of a list comes by here: by the indices of a text it took 13,400 instructions a file.
  package init?(_ text: String) { self.init(text, like: nil) }

  /// - Parameter neighbour: a name that probably has the same server.
  package init?(_ text: String, like neighbour: PFN?) {
    self.text = text
    var copy = text
    guard let parts = copy.withUTF8(Parts.init) else { return nil }
    /// Parts begin and end at ASCII bytes, so that each is a text of its own.
    func part(_ range: Range<Int>) -> String {
      let start = text.utf8.index(text.utf8.startIndex, offsetBy: range.lowerBound)
      return String(text[start..<text.utf8.index(start, offsetBy: range.count)])
    }
    if parts.authority.isEmpty {
      server = .file
      path = parts.path.count == parts.count ? text : part(parts.path)
      opaque = nil
      return
    }
    path = part(parts.path)
    opaque = parts.opaque.map(part)
    let length = parts.authority.upperBound
    if let known = neighbour?.server, known.written.utf8.count == length,
      ExactName.samePrefix(text, known.written, count: length)
    {
      server = known
      return
    }
    let scheme = part(0..<parts.scheme).lowercased()
    let authority = part(parts.authority)
    server = Server(
      scheme: scheme, authority: authority, endpoint: "\(scheme)://\(authority)", written: part(0..<length))
  }

  /// Whether it has the scheme, the host and the port of another name.
  func isAtEndpoint(of other: PFN) -> Bool { server == other.server }

  /// Where the parts of a name are, in bytes.
  private struct Parts {
    /// The length of the scheme; 0 for a plain path.
    var scheme = 0
    /// Empty for a file of this machine.
    var authority = 0..<0
    var path: Range<Int>
    var opaque: Range<Int>?
    let count: Int

    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
      count = bytes.count
      if bytes.first == UInt8(ascii: "/") {
        path = 0..<count
        return
      }
      guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon > 0, PFN.isLetter(bytes[0]),
        bytes[..<colon].allSatisfy(PFN.isSchemeByte)
      else { return nil }
      scheme = colon
      var start = colon + 1
      let hasSlashes = bytes[start...].starts(with: "//".utf8)
      if hasSlashes { start += 2 }
      if colon == 4, zip(bytes, "file".utf8).allSatisfy({ $0 | 0x20 == $1 }) {
        // file:/path, file:///path and file://localhost/path name the same file (RFC 8089).
        if hasSlashes, bytes[start...].starts(with: "localhost/".utf8) { start += "localhost".utf8.count }
        guard start < count, bytes[start] == UInt8(ascii: "/") else { return nil }
        path = start..<count
        return
      }
      guard hasSlashes, let slash = bytes[start...].firstIndex(of: UInt8(ascii: "/")), slash > start else {
        return nil
      }
      authority = start..<slash
      if let question = bytes[slash...].firstIndex(of: UInt8(ascii: "?")) {
        path = slash..<question
        opaque = (question + 1)..<count
      } else {
        path = slash..<count
      }
    }
  }

  private static func isLetter(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }

  /// RFC 3986 section 3.1.
  private static func isSchemeByte(_ byte: UInt8) -> Bool {
    isLetter(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
      || [UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ".")].contains(byte)
  }
}

/// One file to delete, at one place. It has passed the safety rules.
///
/// Every layer hands it on and keeps it for a while; as an object that costs one count, not one for each text.
package final class DeletionTarget: Sendable, Equatable {
  /// The logical name that was asked for.
  package let lfn: String
  /// Where it is.
  package let pfn: PFN

  package init(lfn: String, pfn: PFN) {
    self.lfn = lfn
    self.pfn = pfn
  }

  /// The endpoint of ``pfn``, without a copy of its texts.
  package var endpoint: String { pfn.endpoint }

  /// Whether both names are equal.
  package static func == (left: DeletionTarget, right: DeletionTarget) -> Bool {
    left === right || (left.lfn == right.lfn && left.pfn == right.pfn)
  }
}
