/// One rule as a catalog writes it, before anything is compiled.
struct RuleText: Sendable, Equatable {
  var protocolName: String?
  var pattern: String?
  var result: String?
  /// `destination-match` of storage.xml.
  var destinationPattern: String?
  var chain: String?
  /// Where it stands in its file.
  var line: Int
  /// The `prefix` of storage.json, which stands for pattern and result.
  var prefix: String?
}

/// One rule, ready to use.
struct MappingRule: Sendable {
  /// The two kinds of rule.
  enum Kind: Sendable {
    /// `/x` becomes the prefix followed by `/x`, as plain text.
    case prefix(String)
    /// What the pattern matches becomes the result.
    case pattern(Pattern, ResultTemplate)
  }

  let kind: Kind
  /// The protocol that maps the name first; nil for none.
  let chain: String?

  /// How many groups its pattern has.
  var groupCount: Int {
    if case .pattern(let pattern, _) = kind { pattern.groupCount } else { 0 }
  }

  /// What it makes of a name: of the LFN, or of what the chained protocol gave.
  func apply(to name: UnsafeBufferPointer<UInt8>, in scratch: borrowing MatchScratch) -> MappingResult {
    switch kind {
    case .prefix(let prefix):
      guard name.first == UInt8(ascii: "/") else { return .noPFN(.noMatch) }
      return .pfn(prefix + String(decoding: name, as: UTF8.self))
    case .pattern(let pattern, let template):
      switch pattern.match(name, in: scratch) {
      case .differs: return .noPFN(.noMatch)
      case .limit: return .noPFN(.limit)
      case .matches:
        if template.largestGroup > pattern.groupCount { return .noPFN(.unresolved) }
        return .pfn(template.filled(from: name, by: scratch))
      }
    }
  }
}
