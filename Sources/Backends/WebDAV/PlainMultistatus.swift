/// Reads a 207 body as servers mostly write it, byte by byte; see ``MultistatusReader``.
///
/// It knows the plain form of what it reads or leaves it alone: what it has read it has understood as libxml2 would,
/// and the rest is kept for that.
struct PlainMultistatus {
  typealias Member = MultistatusReader.Member

  /// The members up to `rest`.
  private(set) var members: [Member] = []
  /// The beginning, up to the first member.
  private(set) var opening: [UInt8] = []
  /// What has been fed and not read.
  private(set) var rest: [UInt8] = []
  private var isClosed = false
  private var rootName: [UInt8] = []
  private var namespaces = PlainNamespaces()
  /// The tag that begins a member, which mostly is the same every time, and what holds inside it.
  private var memberTag: [UInt8] = []
  private var memberNamespaces = PlainNamespaces()
  private var path: [Element] = []

  private struct Element {
    var kind: Kind
    var name: Range<Int>
  }

  private enum Kind { case href, status, propstat, resourcetype, collection, other }

  /// A member of more bytes is none that is plain.
  private static let memberLimit = 16 << 10
  private static let depthLimit = 16
  /// No declaration below is longer.
  private static let declarationLimit = 64
  private static let declarations: [StaticString] = [
    #"<?xml version="1.0" encoding="utf-8"?>"#, #"<?xml version="1.0" encoding="utf-8" ?>"#,
    #"<?xml version="1.0" encoding="UTF-8"?>"#, #"<?xml version="1.0"?>"#,
  ]

  /// Whether it has been read to its end.
  var isComplete: Bool { isClosed && rest.isEmpty }

  /// Takes the next piece; false when something is not plain, which is then at the beginning of `rest`.
  mutating func feed(_ piece: UnsafeRawBufferPointer) -> Bool {
    if rest.isEmpty {
      let (used, isPlain) = read(piece)
      rest.append(contentsOf: piece[used...])
      return isPlain && rest.count <= Self.memberLimit
    }
    var bytes: [UInt8] = []
    swap(&bytes, &rest)
    bytes.append(contentsOf: piece)
    let (used, isPlain) = bytes.withUnsafeBytes { read($0) }
    bytes.removeFirst(used)
    rest = bytes
    return isPlain && rest.count <= Self.memberLimit
  }

  /// How many bytes were read, and whether those behind them may still become plain.
  private mutating func read(_ bytes: UnsafeRawBufferPointer) -> (used: Int, isPlain: Bool) {
    var xml = PlainXML(bytes)
    var used = 0
    do throws(PlainXML.Stop) {
      if opening.isEmpty {
        try readOpening(&xml)
        used = xml.position
        opening = Array(bytes[..<used])
      }
      while true {
        xml.skipSpace()
        used = xml.position
        if xml.position == bytes.count { return (used, true) }
        if isClosed { throw .strange }
        if xml.position + 1 < bytes.count, bytes[xml.position + 1] == UInt8(ascii: "/") {
          let tag = try xml.tag()
          guard bytes[tag.name].elementsEqual(rootName) else { throw .strange }
          isClosed = true
        } else {
          members.append(try readMember(&xml))
        }
        used = xml.position
      }
    } catch {
      return (used, error == .short)
    }
  }

  private mutating func readOpening(_ xml: inout PlainXML) throws(PlainXML.Stop) {
    if xml.bytes.count < Self.declarationLimit, xml.bytes.count < 2 || xml.bytes[1] == UInt8(ascii: "?") {
      throw .short
    }
    for text in Self.declarations {
      let declaration = UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
      if xml.sees(declaration) {
        xml.position += declaration.count
        xml.skipSpace()
        break
      }
    }
    namespaces = PlainNamespaces()
    let tag = try xml.tagName()
    try namespaces.read(&xml)
    guard tag.form == .start, xml.has(tag.local..<tag.name.upperBound, "multistatus"),
      try namespaces.isDAV(tag, xml)
    else { throw .strange }
    rootName = Array(xml.bytes[tag.name])
  }

  private mutating func readMember(_ xml: inout PlainXML) throws(PlainXML.Stop) -> Member {
    let start = xml.position
    let name = try readMemberTag(&xml)
    var member = Member()
    path.removeAll(keepingCapacity: true)
    while true {
      let text = try xml.text()
      if text.upperBound - start > Self.memberLimit { throw .strange }
      let tag = try xml.tag()
      if tag.form == .end {
        guard let element = path.popLast() else {
          guard xml.isSame(tag.name, name) else { throw .strange }
          return member
        }
        guard xml.isSame(tag.name, element.name) else { throw .strange }
        Self.take(text, of: element.kind, xml, into: &member)
        continue
      }
      let parent = path.last?.kind
      if parent == .href || parent == .status || path.count == Self.depthLimit { throw .strange }
      let isDAV = try memberNamespaces.isDAV(tag, xml)
      let kind = isDAV ? Self.kind(of: tag, in: parent, xml) : .other
      if kind == .collection { member.isCollection = true }
      if tag.form == .start { path.append(Element(kind: kind, name: tag.name)) }
    }
  }

  /// Goes past the tag that begins a member; its name.
  private mutating func readMemberTag(_ xml: inout PlainXML) throws(PlainXML.Stop) -> Range<Int> {
    let start = xml.position
    let tag = try xml.tagName()
    if !memberTag.isEmpty {
      let end = xml.position
      xml.position = start
      if memberTag.withUnsafeBytes({ xml.sees($0) }) {
        xml.position += memberTag.count
        return tag.name
      }
      xml.position = end
      memberTag = []
    }
    memberNamespaces = namespaces
    try memberNamespaces.read(&xml)
    guard tag.form == .start, xml.has(tag.local..<tag.name.upperBound, "response"),
      try memberNamespaces.isDAV(tag, xml)
    else { throw .strange }
    memberTag = Array(xml.bytes[start..<xml.position])
    return tag.name
  }

  /// What a tag of DAV is, by the one around it; nil for that of the member itself.
  private static func kind(of tag: PlainXML.Tag, in parent: Kind?, _ xml: PlainXML) -> Kind {
    let name = tag.local..<tag.name.upperBound
    switch parent {
    case nil where xml.has(name, "href"): return .href
    case nil where xml.has(name, "propstat"): return .propstat
    case nil, .propstat: return xml.has(name, "status") ? .status : .other
    case .other where xml.has(name, "resourcetype"): return .resourcetype
    case .resourcetype where xml.has(name, "collection"): return .collection
    default: return .other
    }
  }

  private static func take(_ text: Range<Int>, of kind: Kind, _ xml: PlainXML, into member: inout Member) {
    switch kind {
    case .href: if member.href.isEmpty { member.href = MultistatusReader.trimmed(xml.bytes[text]) }
    case .status:
      if member.status == nil {
        member.status = xml.has(text, "HTTP/1.1 200 OK") ? 200 : MultistatusReader.status(xml.bytes[text])
      }
    default: break
    }
  }
}
