/// What a catalog makes of one LFN.
public enum MappingResult: Sendable, Equatable {
  /// Where the file is. The text is what the rule gives, not yet checked against any safety rule.
  case pfn(String)
  /// There is no PFN.
  case noPFN(NoPFNReason)
}

/// Why a catalog gives no PFN for an LFN. The raw values appear in `swab resolve --json`.
public enum NoPFNReason: String, Sendable, CaseIterable, Codable {
  /// No rule of the protocol matches the name.
  case noMatch
  /// The rule that matches asks for a `$n` that its pattern has no group for.
  case unresolved
  /// The protocols chain to each other without an end.
  case loop
  /// The catalog could not be used at all.
  case catalogue
  /// A pattern, or the chain of rules, took more work than a name is worth. It is not known what the rule
  /// would have said, so that no later rule may be used in its place.
  case limit
}
