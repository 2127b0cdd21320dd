/// The namespaces that the attributes of a tag declare (Namespaces in XML 1.0), as far as DAV is concerned.
struct PlainNamespaces {
  private var prefixes: [(prefix: [UInt8], isDAV: Bool)] = []

  /// Reads the attributes of a tag and its end. What is declared again counts instead of what was before.
  mutating func read(_ xml: inout PlainXML) throws(PlainXML.Stop) {
    var declared: [[UInt8]] = []
    while try xml.peek() != UInt8(ascii: ">") {
      try xml.expect(" ")
      let (whole, local) = try xml.qualifiedName()
      let hasPrefix = local > whole.lowerBound
      guard xml.has(whole.lowerBound..<(hasPrefix ? local - 1 : whole.upperBound), "xmlns") else {
        throw .strange
      }
      let prefix = hasPrefix ? Array(xml.bytes[local..<whole.upperBound]) : []
      // Names that begin so are reserved.
      if prefix.starts(with: "xml".utf8) || declared.contains(prefix) { throw .strange }
      declared.append(prefix)
      try xml.expect("=")
      let space = try xml.quoted()
      // Without a name it would end a declaration; those of XML itself may not be declared.
      if space.isEmpty || xml.bytes[space].starts(with: "http://www.w3.org/".utf8) { throw .strange }
      prefixes.insert((prefix, xml.has(space, "DAV:")), at: 0)
    }
    try xml.expect(">")
  }

  /// Whether a name is of DAV. A prefix that nothing declares is strange.
  func isDAV(_ tag: PlainXML.Tag, _ xml: PlainXML) throws(PlainXML.Stop) -> Bool {
    let start = tag.name.lowerBound
    let length = max(0, tag.local - 1 - start)
    for (prefix, isDAV) in prefixes where prefix.count == length {
      var index = 0
      while index < length, prefix[index] == xml.bytes[start + index] { index += 1 }
      if index == length { return isDAV }
    }
    if length > 0 { throw .strange }
    return false
  }
}
