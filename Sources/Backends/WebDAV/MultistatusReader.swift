/// Reads a 207 body (RFC 4918 section 13) piece by piece as it comes, so that the listing of a large directory
/// is never held as a text or a tree.
///
/// Servers mostly write it plainly, and ``PlainMultistatus`` is quick at that. At the first thing that is not plain
/// libxml2 takes over, with what both know of the beginning: the result is what it would make of all of it.
final class MultistatusReader {
  /// One member.
  struct Member: Equatable {
    /// What its `href` says, as it stands.
    var href: [UInt8] = []
    /// The `status` of the member itself, or the first of its properties.
    var status: Int?
    /// Whether its `resourcetype` has a `collection`.
    var isCollection = false
  }

  private var plain = PlainMultistatus()
  private var xml: MultistatusXML?

  /// Takes the next piece; false when it is no longer worth going on.
  func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    if let xml { return xml.feed(bytes) }
    return plain.feed(bytes) || handOver()
  }

  /// The members, once everything has been fed; nil for what was no multistatus.
  func finish() -> [Member]? {
    if xml == nil {
      if plain.isComplete { return plain.members }
      _ = handOver()
    }
    return xml?.finish().map { plain.members + $0 }
  }

  private func handOver() -> Bool {
    let xml = MultistatusXML()
    self.xml = xml
    return plain.opening.withUnsafeBytes { xml.feed($0) } && plain.rest.withUnsafeBytes { xml.feed($0) }
  }

  /// Line breaks around it are of the layout, blanks may be of the name.
  static func trimmed(_ text: some BidirectionalCollection<UInt8>) -> [UInt8] {
    var slice = text[...]
    while let first = slice.first, first == 0x0a || first == 0x0d { slice.removeFirst() }
    while let last = slice.last, last == 0x0a || last == 0x0d { slice.removeLast() }
    return Array(slice)
  }

  /// The number in `HTTP/1.1 200 OK` (RFC 9112 section 4).
  static func status(_ text: some Collection<UInt8>) -> Int? {
    let words = text.split { $0 <= 0x20 }
    guard words.count >= 2, words[0].starts(with: "HTTP/".utf8), words[1].count == 3 else { return nil }
    return Int(String(decoding: words[1], as: UTF8.self))
  }
}
