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
