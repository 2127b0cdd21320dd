/// Maps LFNs to PFNs by one protocol of one catalog. It holds nothing that changes: any number of tasks may
/// use one at the same time.
struct LFNMapper: Sendable {
  private let rules: RuleSet
  private let protocols: [String]

  /// A mapper for a list of protocols, of which the first that has a match decides (CMSSW FileLocator.cc).
  init(_ rules: RuleSet, protocols: [String]) {
    self.rules = rules
    self.protocols = protocols
  }

  /// Whether any of its protocols has a rule.
  var hasRules: Bool { protocols.contains { rules.protocols.contains($0) } }

  /// Where the catalog says that a file is.
  func map(_ lfn: String) -> MappingResult {
    for name in protocols {
      let result = rules.map(lfn, by: name)
      if result != .noPFN(.noMatch) { return result }
    }
    return .noPFN(.noMatch)
  }
}
