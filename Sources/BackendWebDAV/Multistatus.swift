import CLibXML2
import DeletionModel
import HTTPTransport

/// One `response` of a 207 body (RFC 4918 section 14.24), reduced to what a deletion asks for.
///
/// A property counts only where the status of its own `propstat` is 200: with any other status the server has not
/// given it (RFC 4918 section 9.1.2 has 404 for a property that it does not have).
struct MultistatusResponse: Equatable {
  /// What the property `resourcetype` (RFC 4918 section 15.9) holds.
  enum ResourceType: Equatable {
    /// The server gives none.
    case missing
    /// Nothing is in it: the resource is no collection, and nothing else that is named.
    case empty
    /// `DAV:collection` is in it.
    case collection
    /// A text, an element that is not of `DAV:`, or two of these properties.
    case other
  }

  /// The first `href`, as it stands.
  var href: [UInt8] = []
  /// The `status` of the resource itself, outside of every `propstat`.
  var status: Int?
  /// Whether it has a `propstat` at all.
  var hasProperties = false
  var resourceType = ResourceType.missing
  /// The property `iscollection` (draft-hopmann-collection-props), as it stands, as often as it was given.
  var isCollection: [String] = []
  /// Whether there is a property `executable` of `DAV:` with the value `T`.
  var isExecutable = false
  /// What the properties say of a file besides: `getcontentlength` and `getlastmodified` (RFC 4918
  /// sections 15.4 and 15.7). Neither makes a name a file.
  var facts = FileFacts()
  /// Whether there is something in it that has no place there: a second `href` or `status`, elements within a text.
  var isMalformed = false
}

/// Reads a 207 body (RFC 4918 section 13) by libxml2, piece by piece as it comes, so that the listing of a large
/// directory is never held as a text or a tree.
///
/// Strict: what is not well-formed to its end, or has a document type, is no multistatus at all. SiteConf's reader is
/// for another task: it makes a tree of a small file, and keeps attributes and no text.
final class MultistatusReader: HTTPBodyReader {
  private var responses: [MultistatusResponse] = []
  private var context: xmlParserCtxtPtr?
  private var current = MultistatusResponse()
  private var properties = Properties()
  private var path: [Element] = []
  private var text: [UInt8] = []
  private var isRefused = false
  private var sawRoot = false

  private enum Element {
    case multistatus, response, href, status, propstat, propertyStatus, prop, resourceType, isCollection,
      isExecutable, contentLength, lastModified, other

    var isText: Bool {
      switch self {
      case .href, .status, .propertyStatus, .isCollection, .isExecutable, .contentLength, .lastModified: true
      default: false
      }
    }
  }

  /// The properties of one `propstat`, whose status mostly comes last.
  private struct Properties {
    var status: Int?
    var hasSeveral = false
    var types = 0
    var hasCollection = false
    var hasOther = false
    var isCollection: [String] = []
    var isExecutable = false
    var facts = FileFacts()
  }

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

  /// Takes the next piece; false when it is no longer worth reading.
  func feed(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let context, !isRefused else { return false }
    let bytes = bytes.assumingMemoryBound(to: CChar.self)
    if xmlParseChunk(context, bytes.baseAddress, Int32(bytes.count), 0) != 0 { isRefused = true }
    return !isRefused
  }

  /// The responses, once everything has been fed; nil for what was no multistatus.
  func finish() -> [MultistatusResponse]? {
    guard let context, !isRefused, xmlParseChunk(context, nil, 0, 1) == 0, context.pointee.wellFormed == 1,
      sawRoot, !isRefused
    else { return nil }
    return responses
  }

  /// Reads a whole body.
  static func read(_ body: [UInt8]) -> [MultistatusResponse]? {
    let reader = MultistatusReader()
    return body.withUnsafeBytes { reader.feed($0) } ? reader.finish() : nil
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
    let element: Element
    switch path.last {
    case nil:
      guard isDAV, Self.same(name, "multistatus") else { return refuse() }
      element = .multistatus
      sawRoot = true
    case .multistatus where isDAV && Self.same(name, "response"):
      element = .response
      current = MultistatusResponse()
    case .response where isDAV: element = Self.child(ofResponse: name)
    case .propstat where isDAV:
      element = Self.same(name, "prop") ? .prop : Self.same(name, "status") ? .propertyStatus : .other
    case .prop where isDAV: element = Self.property(name)
    case .resourceType:
      element = .other
      if isDAV, Self.same(name, "collection") {
        properties.hasCollection = true
      } else {
        properties.hasOther = true
      }
    case let parent?:
      element = .other
      if parent.isText, parent != .contentLength, parent != .lastModified { current.isMalformed = true }
    }
    if element == .propstat {
      properties = Properties()
      current.hasProperties = true
    }
    if element == .resourceType { properties.types += 1 }
    path.append(element)
    if element.isText { text.removeAll(keepingCapacity: true) }
  }

  private static func child(ofResponse name: UnsafePointer<xmlChar>) -> Element {
    if same(name, "href") { return .href }
    if same(name, "propstat") { return .propstat }
    return same(name, "status") ? .status : .other
  }

  private static func property(_ name: UnsafePointer<xmlChar>) -> Element {
    if same(name, "resourcetype") { return .resourceType }
    if same(name, "iscollection") { return .isCollection }
    if same(name, "getcontentlength") { return .contentLength }
    if same(name, "getlastmodified") { return .lastModified }
    return same(name, "executable") ? .isExecutable : .other
  }

  private func end() {
    guard let element = path.popLast() else { return }
    switch element {
    case .href:
      // Line breaks around it are of the layout, blanks may be of the name.
      let href = Self.withoutLineBreaks(text)
      if current.href.isEmpty { current.href = href } else { current.isMalformed = true }
    case .status:
      if current.status != nil { current.isMalformed = true }
      current.status = Self.status(text) ?? 0
    case .propertyStatus:
      if properties.status != nil { properties.hasSeveral = true }
      properties.status = Self.status(text)
    case .isCollection:
      properties.isCollection.append(word)
    case .isExecutable: properties.isExecutable = word == "T"
    case .contentLength: properties.facts.size = Self.length(text)
    case .lastModified: properties.facts.written = HTTPDate.seconds(word).map { StorageTime(seconds: $0) }
    case .propstat: takeProperties()
    case .response: responses.append(current)
    default: break
    }
  }

  /// Keeps the properties of a `propstat` where the server has given them.
  private func takeProperties() {
    if properties.hasSeveral { current.isMalformed = true }
    guard properties.status == 200 else { return }
    if properties.types > 0 {
      if properties.types > 1 || current.resourceType != .missing
        || properties.hasOther && !properties.hasCollection
      {
        current.resourceType = .other
      } else {
        current.resourceType = properties.hasCollection ? .collection : .empty
      }
    }
    current.isCollection += properties.isCollection
    if properties.isExecutable { current.isExecutable = true }
    current.facts.learn(properties.facts)
  }

  private func take(_ bytes: UnsafePointer<xmlChar>?, _ count: Int32) {
    guard let bytes, let element = path.last else { return }
    let piece = UnsafeBufferPointer(start: bytes, count: Int(count))
    if element == .resourceType, piece.contains(where: { $0 > 0x20 }) { properties.hasOther = true }
    guard element.isText else { return }
    guard text.count + Int(count) <= Self.textLimit else { return refuse() }
    text.append(contentsOf: piece)
  }

  /// The text without white space at both ends.
  private var word: String { MessageLines.trimmed(String(decoding: text, as: UTF8.self)) }

  private static func withoutLineBreaks(_ text: [UInt8]) -> [UInt8] {
    func isBreak(_ byte: UInt8?) -> Bool { byte == 0x0a || byte == 0x0d }
    var slice = text[...]
    while isBreak(slice.first) { slice.removeFirst() }
    while isBreak(slice.last) { slice.removeLast() }
    return Array(slice)
  }

  /// The number in `HTTP/1.1 200 OK` (RFC 9112 section 4).
  private static func status(_ text: [UInt8]) -> Int? {
    let line = text.drop { $0 <= 0x20 }
    guard line.starts(with: "HTTP/".utf8), let blank = line.firstIndex(where: { $0 <= 0x20 }) else {
      return nil
    }
    let digits = line[blank...].drop { $0 <= 0x20 }.prefix { $0 > 0x20 }
    guard digits.count == 3, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    return digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
  }

  /// Digits, without the white space around them; nil for anything else, and for more than an `Int` holds.
  private static func length(_ text: [UInt8]) -> Int? {
    var length: Int = 0
    var hasDigits = false
    var hasEnded = false
    for byte in text {
      guard byte > 0x20 else {
        hasEnded = hasDigits
        continue
      }
      guard (0x30...0x39).contains(byte), !hasEnded else { return nil }
      let (ten, isTooLarge) = length.multipliedReportingOverflow(by: 10)
      let (sum, isOver) = ten.addingReportingOverflow(Int(byte - 0x30))
      if isTooLarge || isOver { return nil }
      (length, hasDigits) = (sum, true)
    }
    return hasDigits ? length : nil
  }

  private static func same(_ left: UnsafePointer<xmlChar>?, _ right: StaticString) -> Bool {
    guard let left else { return false }
    return right.withUTF8Buffer { right in
      for (index, byte) in right.enumerated() where left[index] != byte { return false }
      return left[right.count] == 0
    }
  }
}
