import CLibXML2

/// Reads a 207 body (RFC 4918 section 13) piece by piece as it comes, so that the listing of a large directory
/// is never held as a text or a tree.
///
/// Strict: what is not well-formed to its end, or has a document type, is no listing at all. SiteConf's reader is
/// for another task: it makes a tree of a small file, and keeps attributes and no text.
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

  private(set) var members: [Member] = []
  private var context: xmlParserCtxtPtr?
  private var current: Member?
  private var path: [Name] = []
  private var text: [UInt8] = []
  private var keepsText = false
  private var isRefused = false
  private var sawRoot = false

  private enum Name { case multistatus, response, href, status, propstat, resourcetype, other }

  /// libxml2 wants to be initialised once, before threads use it.
  private static let library: Void = xmlInitParser()
  /// Real ones have a depth of 7.
  private static let depthLimit = 64
  private static let textLimit = 64 << 10

  init() {
    Self.library
    var handler = xmlSAXHandler()
    handler.initialized = XML_SAX2_MAGIC
    handler.startElementNs = { reader, name, _, space, _, _, _, _, _ in
      MultistatusReader.of(reader)?.begin(name, space)
    }
    handler.endElementNs = { reader, _, _, _ in MultistatusReader.of(reader)?.end() }
    handler.characters = { reader, bytes, count in MultistatusReader.of(reader)?.take(bytes, count) }
    handler.cdataBlock = { reader, bytes, count in MultistatusReader.of(reader)?.take(bytes, count) }
    handler.internalSubset = { reader, _, _, _ in MultistatusReader.of(reader)?.refuse() }
    // The context copies the handler, and knows the reader only while both are alive: `deinit` frees it.
    context = xmlCreatePushParserCtxt(&handler, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
    if let context { xmlCtxtUseOptions(context, Int32(options)) }
  }

  deinit { xmlFreeParserCtxt(context) }

  /// Takes the next piece; false when it is no longer worth going on.
  func feed(_ bytes: UnsafeBufferPointer<CChar>) -> Bool {
    guard let context, !isRefused else { return false }
    if xmlParseChunk(context, bytes.baseAddress, Int32(bytes.count), 0) != 0 { isRefused = true }
    return !isRefused
  }

  /// The members, once everything has been fed; nil for what was no multistatus.
  func finish() -> [Member]? {
    guard let context, !isRefused, xmlParseChunk(context, nil, 0, 1) == 0, context.pointee.wellFormed == 1,
      sawRoot, !isRefused
    else { return nil }
    return members
  }

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> MultistatusReader? {
    pointer.map { Unmanaged<MultistatusReader>.fromOpaque($0).takeUnretainedValue() }
  }

  private func refuse() {
    isRefused = true
    xmlStopParser(context)
  }

  private func begin(_ name: UnsafePointer<xmlChar>?, _ space: UnsafePointer<xmlChar>?) {
    guard path.count < Self.depthLimit, let name else { return refuse() }
    let isDAV = Self.same(space, "DAV:")
    let parent = path.last
    var kind = Name.other
    switch parent {
    case nil:
      guard isDAV, Self.same(name, "multistatus") else { return refuse() }
      kind = .multistatus
      sawRoot = true
    case .multistatus where isDAV && Self.same(name, "response"):
      kind = .response
      current = Member()
    case .response where isDAV && Self.same(name, "href"): kind = .href
    case .response where isDAV && Self.same(name, "propstat"): kind = .propstat
    case .response, .propstat:
      if isDAV, Self.same(name, "status") { kind = .status }
    case .other where isDAV && Self.same(name, "resourcetype"): kind = .resourcetype
    case .resourcetype where isDAV && Self.same(name, "collection"): current?.isCollection = true
    default: break
    }
    path.append(kind)
    keepsText = kind == .href || kind == .status
    if keepsText { text.removeAll(keepingCapacity: true) }
  }

  private func end() {
    guard let kind = path.popLast() else { return }
    keepsText = false
    switch kind {
    case .href:
      // Only the first names the member; a second would be of the form that has no properties.
      if current?.href.isEmpty == true { current?.href = Self.trimmed(text) }
    case .status: if current?.status == nil { current?.status = Self.status(text) }
    case .response:
      if let current { members.append(current) }
      current = nil
    default: break
    }
  }

  private func take(_ bytes: UnsafePointer<xmlChar>?, _ count: Int32) {
    guard keepsText, let bytes else { return }
    guard text.count + Int(count) <= Self.textLimit else { return refuse() }
    text.append(contentsOf: UnsafeBufferPointer(start: bytes, count: Int(count)))
  }

  private static func same(_ left: UnsafePointer<xmlChar>?, _ right: StaticString) -> Bool {
    guard let left else { return false }
    return right.withUTF8Buffer { right in
      for (index, byte) in right.enumerated() where left[index] != byte { return false }
      return left[right.count] == 0
    }
  }

  /// Line breaks around it are of the layout, blanks may be of the name.
  private static func trimmed(_ text: [UInt8]) -> [UInt8] {
    var slice = text[...]
    while let first = slice.first, first == 0x0a || first == 0x0d { slice.removeFirst() }
    while let last = slice.last, last == 0x0a || last == 0x0d { slice.removeLast() }
    return Array(slice)
  }

  /// The number in `HTTP/1.1 200 OK` (RFC 9112 section 4).
  private static func status(_ text: [UInt8]) -> Int? {
    let words = text.split { $0 <= 0x20 }
    guard words.count >= 2, words[0].starts(with: "HTTP/".utf8), words[1].count == 3 else { return nil }
    return Int(String(decoding: words[1], as: UTF8.self))
  }
}
