import CLibXML2

/// Parses an XML document as strictly as WMCore's expat does, from memory and with nothing fetched.
///
/// No document may bring entities of its own: site files have no use for them, and an entity that expands
/// to gigabytes (or to nothing) would end up in a path.
enum XMLReader {
  /// The largest document, in bytes; real ones have some kilobytes.
  static let sizeLimit = 8 << 20

  /// The root element of a document.
  ///
  /// - Throws: ``SiteConfProblem`` with the line of the first error.
  static func parse(_ bytes: [UInt8], file: String) throws(SiteConfProblem) -> XMLElement {
    guard bytes.count <= sizeLimit else {
      throw SiteConfProblem(
        file: file, what: "the file has \(bytes.count) bytes, more than the \(sizeLimit) that are read",
        whatToDo: "check that this is the file that is meant")
    }
    let parser = try XMLParser(file: file)
    return try parser.root(of: bytes)
  }
}

/// The one owner of a libxml2 parser context; the document it makes lives only as long as the copy is made.
private struct XMLParser: ~Copyable {
  private let context: xmlParserCtxtPtr
  private let firstError: UnsafeMutablePointer<FirstError>
  private let file: String

  /// libxml2 wants to be initialised once, before threads use it.
  private static let library: Void = xmlInitParser()

  init(file: String) throws(SiteConfProblem) {
    Self.library
    guard let context = xmlNewParserCtxt() else {
      throw SiteConfProblem(
        file: file, what: "no memory for the XML parser", whatToDo: "give the job more memory")
    }
    self.context = context
    self.file = file
    firstError = .allocate(capacity: 1)
    firstError.initialize(to: FirstError())
    context.pointee._private = UnsafeMutableRawPointer(firstError)
    if let sax = context.pointee.sax {
      // The handlers get the context as their user data, libxml2's default.
      sax.pointee.serror = { context, error in
        guard let error = error?.pointee, error.level.rawValue >= XML_ERR_ERROR.rawValue else { return }
        let text = error.message.map { String(cString: $0) } ?? "error \(error.code)"
        FirstError.note(text, line: Int(error.line), in: context)
      }
      sax.pointee.entityDecl = { context, _, _, _, _, _ in
        FirstError.refuse("the document defines an entity in its DOCTYPE", in: context)
      }
      // Not called for the five that XML itself has.
      sax.pointee.getEntity = { context, name in
        let name = name.map { String(cString: $0) } ?? ""
        FirstError.refuse("the entity &\(name); is not one of XML's own", in: context)
        return nil
      }
    }
  }

  deinit {
    xmlFreeParserCtxt(context)
    firstError.deinitialize(count: 1)
    firstError.deallocate()
  }

  func root(of bytes: [UInt8]) throws(SiteConfProblem) -> XMLElement {
    // No NOENT, DTDLOAD, RECOVER or HUGE: nothing is expanded, fetched or put right, and the limits on
    // depth and length stay.
    let options =
      XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue
      | XML_PARSE_BIG_LINES.rawValue
    let document = bytes.withUnsafeBytes { bytes in
      xmlCtxtReadMemory(
        context, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count), nil, nil,
        Int32(options))
    }
    defer { xmlFreeDoc(document) }
    guard let document, !firstError.pointee.isSet, let root = xmlDocGetRootElement(document) else {
      let error = firstError.pointee
      throw SiteConfProblem(
        file: file, line: error.isSet ? error.line : (bytes.isEmpty ? 1 : nil),
        what: error.isSet ? "not well-formed XML: \(error.text)" : "no XML document in it",
        whatToDo: "correct the file")
    }
    return element(root)
  }

  /// A copy of a node; the recursion is as deep as libxml2's limit on nesting, 256.
  private func element(_ node: xmlNodePtr) -> XMLElement {
    var attributes: [String: String] = [:]
    var attribute = node.pointee.properties
    while let each = attribute {
      let value = xmlNodeGetContent(UnsafeMutableRawPointer(each).assumingMemoryBound(to: xmlNode.self))
      defer { swab_xmlFree(value) }
      attributes[name(each.pointee.name, in: each.pointee.ns)] = value.map { String(cString: $0) } ?? ""
      attribute = each.pointee.next
    }
    var children: [XMLElement] = []
    var child = node.pointee.children
    while let each = child {
      if each.pointee.type == XML_ELEMENT_NODE { children.append(element(each)) }
      child = each.pointee.next
    }
    return XMLElement(
      name: name(node.pointee.name, in: node.pointee.ns), attributes: attributes, children: children,
      line: Int(xmlGetLineNo(node)))
  }

  private func name(_ name: UnsafePointer<xmlChar>?, in space: xmlNsPtr?) -> String {
    let local = name.map { String(cString: $0) } ?? ""
    guard let prefix = space?.pointee.prefix else { return local }
    return String(cString: prefix) + ":" + local
  }
}

/// The first error of a parse. libxml2 itself keeps the last, which is often only a consequence.
private struct FirstError {
  var text = ""
  var line = 0
  var isSet = false

  /// Keeps an error, unless there is one already.
  static func note(_ text: String, line: Int, in context: UnsafeMutableRawPointer?) {
    let context = context?.assumingMemoryBound(to: xmlParserCtxt.self)
    guard let kept = context?.pointee._private?.assumingMemoryBound(to: FirstError.self) else { return }
    if kept.pointee.isSet { return }
    let message = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    kept.pointee = FirstError(text: message, line: max(1, line), isSet: true)
  }

  /// Keeps an error of ours and ends the parse.
  static func refuse(_ text: String, in context: UnsafeMutableRawPointer?) {
    note(text, line: Int(xmlSAX2GetLineNumber(context)), in: context)
    xmlStopParser(context?.assumingMemoryBound(to: xmlParserCtxt.self))
  }
}

/// One element of an XML document: a plain value, with the line it starts on. Text is not kept, because
/// SITECONF files carry everything in attributes.
struct XMLElement: Sendable, Equatable {
  /// The name as written, with its prefix where it has one.
  let name: String
  /// The attributes, entities resolved and white space normalised as XML 1.0 section 3.3.3 says.
  let attributes: [String: String]
  /// The child elements, in order.
  let children: [XMLElement]
  /// Counted from 1.
  let line: Int

  /// The children of one name, in order.
  func children(named name: String) -> [XMLElement] {
    children.filter { $0.name == name }
  }
}
