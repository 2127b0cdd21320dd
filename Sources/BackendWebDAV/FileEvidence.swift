import DeletionModel
import Networking

/// What proves that a name is a file, so that DELETE may be sent for it. Pure.
///
/// DELETE of a collection removes the whole tree below it (RFC 4918 section 9.6.1), and some servers do so whatever
/// `Depth` says (EOS, dCache, rclone). So nothing is sent on a guess: neither the name of a server nor what it says to
/// OPTIONS or of another directory proves anything. A name is a file only where a 207 of the server that would delete
/// it says so by one of ``rules``, in a response whose `href` is that name, and nothing in the answer speaks against it.
enum FileEvidence {
  /// One kind of evidence.
  struct Rule: Sendable {
    /// What the server has sent, with the status 200 for the property.
    let evidence: String
    /// Where it was seen, in a server or in its source.
    let seenAt: String
    fileprivate let holds: @Sendable (MultistatusResponse) -> Bool
  }

  /// All of them.
  static let rules = [
    Rule(
      evidence: "an empty DAV:resourcetype, and no DAV:iscollection, or one that is 0 first",
      seenAt: """
        RFC 4918 section 15.9; live: Apache 2.4 mod_dav, nginx-dav-ext 3.0, rclone 1.60 (golang.org/x/net/webdav), \
        lighttpd 1.4.69, WsgiDAV 4.4, XRootD 6.2; source: EOS mgm/http/webdav/PropFindResponse.cc, dCache and StoRM WebDAV \
        (Milton), XRootD 6 src/XrdHttp/XrdHttpReq.cc
        """,
      holds: { $0.resourceType == .empty && ($0.isCollection.first ?? "0") == "0" }),
    Rule(
      evidence: "DAV:iscollection 0 (draft-hopmann-collection-props) where no DAV:resourcetype is given",
      seenAt: "live: XRootD 5.5.3 and 5.8.1, which give files no resourcetype",
      holds: { $0.resourceType == .missing && $0.isCollection == ["0"] }),
    Rule(
      evidence: "the same with a second DAV:iscollection 1 and DAV:executable T",
      seenAt: """
        live: XRootD 5.5.3 for a file that may be executed (XrdHttpReq.cc gives the second for the x bit); its directories \
        have a DAV:resourcetype
        """,
      holds: { $0.resourceType == .missing && $0.isCollection == ["0", "1"] && $0.isExecutable }),
  ]

  /// What an answer has said of one name.
  enum Finding: Equatable {
    /// It is a file.
    case file(FileFacts)
    /// It is a collection.
    case directory
    /// It is not there: the status of the resource itself is 404 or 410.
    case absent
    /// The resource itself has another status than 200.
    case status(Int)
    /// Nothing that proves anything; why, in a few words.
    case unknown(String)
  }

  /// What a single response says of its resource.
  static func finding(_ response: MultistatusResponse) -> Finding {
    if response.isMalformed { return .unknown("the answer for it is malformed") }
    if let status = response.status {
      // RFC 4918 section 14.24: either a status or propstats. Some servers send both.
      if [404, 410].contains(status), !response.hasProperties { return .absent }
      if status != 200 { return (400...599).contains(status) ? .status(status) : .unknown("an odd status") }
    }
    let isCollection =
      !response.isCollection.isEmpty
      && response.isCollection.allSatisfy { ["1", "true"].contains($0.lowercased()) }
    if response.resourceType == .collection || isCollection { return .directory }
    let endsInSlash = response.href.last == UInt8(ascii: "/")
    if !endsInSlash, rules.contains(where: { $0.holds(response) }) { return .file(response.facts) }
    switch response.resourceType {
    case .missing: return .unknown("the server gives no resourcetype for it")
    case .empty: return .unknown("the answer contradicts itself")
    case .collection, .other: return .unknown("its resourcetype is malformed or foreign")
    }
  }

  /// What a PROPFIND with `Depth: 0` has said of the name that it was sent for.
  static func finding(_ responses: [MultistatusResponse], of name: RequestedName) -> Finding {
    var own: [MultistatusResponse] = []
    var hasOthers = false
    for response in responses {
      switch name.relation(toHref: response.href) {
      case .same: own.append(response)
      // A server that tells what is in it has a directory there.
      case .below: return .directory
      case .other, .ambiguous: hasOthers = true
      }
    }
    guard let first = own.first, !hasOthers else {
      return .unknown(responses.isEmpty ? "the answer is empty" : "the answer is for another name")
    }
    let findings = own.map { finding($0) }
    if findings.contains(.directory) { return .directory }
    return own.count == 1 ? finding(first) : .unknown("the answer has the name several times")
  }
}

/// The name that a PROPFIND was sent for, to be found again in the `href`s of its answer.
///
/// An `href` is compared as a whole path. Servers put a scheme and a host before it, which are not compared: behind a
/// proxy they are others than ours. Where a proxy adds or takes away a prefix, both paths must end in the whole LFN, and
/// one must be the end of the other.
struct RequestedName: Equatable {
  /// Decoded, without doubled slashes; of a directory with a slash at its end.
  let path: [UInt8]
  /// The LFN where `path` ends in it, likewise.
  let lfn: [UInt8]?

  init(path: some Collection<UInt8>, lfn: some Collection<UInt8>) {
    self.path = Self.collapsed(path)
    let lfn = Self.collapsed(lfn)
    self.lfn = lfn.count > 1 && lfn.first == UInt8(ascii: "/") && Self.ends(self.path, with: lfn) ? lfn : nil
  }

  enum Relation: Equatable {
    /// It is this name.
    case same
    /// It is this name if a `%` in it is meant as XRootD before 6 writes it: as it stands, or the other way round.
    case ambiguous
    /// It is something inside of this name.
    case below
    case other
  }

  /// How a resource stands to this name.
  func relation(toHref href: [UInt8]) -> Relation {
    guard let whole = Self.path(ofHref: href) else { return .other }
    let bare = Self.collapsed(whole)
    let decoded = Self.collapsed(PercentEncoding.decoded(whole))
    func isSame(_ path: [UInt8]) -> Bool {
      names(path) || path.last == UInt8(ascii: "/") && names(path.dropLast())
    }
    if bare == decoded { return isSame(bare) ? .same : isBelow(bare) ? .below : .other }
    if isSame(decoded) {
      // Nobody encodes letters and digits: then the `%` may be one of the name.
      return Self.encodesUnreserved(whole) ? .ambiguous : .same
    }
    if isSame(bare) { return .same }
    return isBelow(bare) || isBelow(decoded) ? .below : .other
  }

  /// The last part of an `href` that lies directly in this directory; nil for one that lies elsewhere, for the
  /// directory itself, and where it is not certain which name is meant because it has a `%`.
  func member(ofHref href: [UInt8]) -> (name: ExactName, isCertain: Bool)? {
    guard var path = Self.path(ofHref: href) else { return nil }
    while path.last == UInt8(ascii: "/") { path.removeLast() }
    guard let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return nil }
    let parent = path[...slash]
    let last = path[path.index(after: slash)...]
    guard !last.isEmpty,
      names(Self.collapsed(parent)) || names(Self.collapsed(PercentEncoding.decoded(parent))),
      let text = String(validating: last, as: UTF8.self)
    else { return nil }
    return (ExactName(text), !last.contains(UInt8(ascii: "%")))
  }

  /// Whether a path, decoded and without doubled slashes, is this one.
  private func names(_ other: some BidirectionalCollection<UInt8>) -> Bool {
    if other.elementsEqual(path) { return true }
    guard let lfn, Self.ends(other, with: lfn) else { return false }
    return Self.ends(path, with: other) || Self.ends(other, with: path)
  }

  private func isBelow(_ other: [UInt8]) -> Bool {
    guard let slash = other.dropLast().lastIndex(of: UInt8(ascii: "/")), slash > 0 else { return false }
    return names(other[..<slash]) || isBelow(Array(other[..<slash]))
  }

  /// An `href` is a URL or an absolute path (RFC 4918 section 8.3); nil for what is neither.
  private static func path(ofHref href: [UInt8]) -> [UInt8]? {
    if href.first == UInt8(ascii: "/") { return href }
    guard let colon = href.firstIndex(of: UInt8(ascii: ":")), href[(colon + 1)...].starts(with: "//".utf8),
      let slash = href[(colon + 3)...].firstIndex(of: UInt8(ascii: "/"))
    else { return nil }
    return Array(href[slash...])
  }

  /// File systems take several slashes for one, and XRootD writes one where it was asked with two.
  static func collapsed(_ path: some Collection<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(path.count)
    for byte in path where byte != UInt8(ascii: "/") || result.last != byte { result.append(byte) }
    return result
  }

  private static func ends(
    _ path: some BidirectionalCollection<UInt8>, with end: some BidirectionalCollection<UInt8>
  ) -> Bool {
    path.count >= end.count && path.suffix(end.count).elementsEqual(end)
  }

  /// Whether a letter, a digit, `-`, `.` or `_` is percent-encoded, which RFC 3986 section 2.3 forbids.
  private static func encodesUnreserved(_ path: [UInt8]) -> Bool {
    var index = path.startIndex
    while let percent = path[index...].firstIndex(of: UInt8(ascii: "%")) {
      let decoded = PercentEncoding.decoded(path[percent..<min(percent + 3, path.endIndex)])
      if decoded.count == 1, let byte = decoded.first, byte != UInt8(ascii: "~"),
        PercentEncoding.isUnreserved(byte)
      {
        return true
      }
      index = percent + 1
    }
    return false
  }
}
