import CLibXML2

/// Reads any 207 body by libxml2, piece by piece.
///
/// Strict: what is not well-formed to its end, or has a document type, is no listing at all. SiteConf's reader is
/// for another task: it makes a tree of a small file, and keeps attributes and no text.
final class MultistatusXML {
  typealias Member = MultistatusReader.Member

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
      MultistatusXML.of(reader)?.begin(name, space)
    }
    handler.endElementNs = { reader, _, _, _ in MultistatusXML.of(reader)?.end() }
    handler.characters = { reader, bytes, count in MultistatusXML.of(reader)?.take(bytes, count) }
    handler.cdataBlock = { reader, bytes, count in MultistatusXML.of(reader)?.take(bytes, count) }
    handler.internalSubset = { reader, _, _, _ in MultistatusXML.of(reader)?.refuse() }
    // The context copies the handler, and knows the reader only while both are alive: `deinit` frees it.
    context = xmlCreatePushParserCtxt(&handler, Unmanaged.passUnretained(self).toOpaque(), nil, 0, nil)
    let options = XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
    if let context { xmlCtxtUseOptions(context, Int32(options)) }
  }

  deinit { xmlFreeParserCtxt(context) }

  /// Takes the next piece; false when it is no longer worth going on.
  func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let context, !isRefused else { return false }
    let bytes = bytes.assumingMemoryBound(to: CChar.self)
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

  private static func of(_ pointer: UnsafeMutableRawPointer?) -> MultistatusXML? {
    pointer.map { Unmanaged<MultistatusXML>.fromOpaque($0).takeUnretainedValue() }
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
      if current?.href.isEmpty == true { current?.href = MultistatusReader.trimmed(text[...]) }
    case .status: if current?.status == nil { current?.status = MultistatusReader.status(text[...]) }
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
}
