/// A physical file name, taken apart: a URL such as `root://host:1094//store/f` or a plain path.
///
/// The parts are the text as it stands in the PFN: nothing is decoded, collapsed or put right.
package struct PFN: Sendable, Equatable {
  /// The whole name.
  package let text: String
  /// `root`, `davs`, … in lower case; `file` for a plain absolute path and for `file:` URLs.
  package let scheme: String
  /// `host` or `host:port` as written, with user information where there is some; empty for `file`.
  package let authority: String
  /// What the storage is asked for, from the first slash after the authority on, without the opaque part.
  /// For `root://host//store/f` that is `//store/f`.
  package let path: String
  /// What follows the first `?` of a URL; nil without one. A plain path has none: there `?` is a character.
  package let opaque: String?

  /// What one storage endpoint is called in the report and in the circuit: `scheme://authority`, or `file://`.
  package let endpoint: String

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

  private static let opaqueKeys = ["srm": "SFN=", "rfio": "path="]

  /// Takes a name apart; nil for one that is neither an absolute path nor a URL with a path.
  package init?(_ text: String) {
    self.text = text
    if text.utf8.first == UInt8(ascii: "/") {
      self.scheme = "file"
      self.authority = ""
      self.endpoint = "file://"
      self.path = text
      self.opaque = nil
      return
    }
    guard let colon = text.utf8.firstIndex(of: UInt8(ascii: ":")) else { return nil }
    let scheme = text[..<colon]
    guard scheme.utf8.first.map(Self.isLetter) == true, scheme.utf8.allSatisfy(Self.isSchemeByte) else {
      return nil
    }
    self.scheme = scheme.lowercased()
    var rest = text[text.utf8.index(after: colon)...]
    if self.scheme == "file" {
      // file:/path, file:///path and file://localhost/path name the same file (RFC 8089).
      if rest.utf8.starts(with: "//".utf8) {
        rest = rest.dropFirst(2)
        if rest.utf8.starts(with: "localhost/".utf8) { rest = rest.dropFirst("localhost".count) }
      }
      guard rest.utf8.starts(with: "/".utf8) else { return nil }
      self.authority = ""
      self.endpoint = "file://"
      self.path = String(rest)
      self.opaque = nil
      return
    }
    guard rest.utf8.starts(with: "//".utf8) else { return nil }
    rest = rest.dropFirst(2)
    guard let slash = rest.utf8.firstIndex(of: UInt8(ascii: "/")), slash != rest.startIndex else {
      return nil
    }
    self.authority = String(rest[..<slash])
    self.endpoint = "\(self.scheme)://\(self.authority)"
    let after = rest[slash...]
    if let question = after.utf8.firstIndex(of: UInt8(ascii: "?")) {
      self.path = String(after[..<question])
      self.opaque = String(after[after.utf8.index(after: question)...])
    } else {
      self.path = String(after)
      self.opaque = nil
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

  /// Whether both names are equal.
  package static func == (left: DeletionTarget, right: DeletionTarget) -> Bool {
    left === right || (left.lfn == right.lfn && left.pfn == right.pfn)
  }
}
