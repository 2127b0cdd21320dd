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

/// What a catalog makes of one LFN.
package enum MappingResult: Sendable, Equatable {
  /// Where the file is. The text is what the rule gives, not yet checked against any safety rule.
  case pfn(String)
  /// There is no PFN.
  case noPFN(NoPFNReason)
}

/// Why a catalog gives no PFN for an LFN. The raw values appear in `swab resolve --json`.
package enum NoPFNReason: String, Sendable {
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

/// The rules of one catalog by protocol, each protocol's in file order.
struct RuleSet: Sendable {
  private var rules: [String: [MappingRule]] = [:]
  private var largestGroupCount = 0
  /// The rules that were left out, and why.
  private(set) var warnings: [SiteConfProblem] = []

  /// Compiles rules. One that lacks a part or is broken is left out with a warning; one that is not for this
  /// destination (`any` where nothing else is asked for) is left out silently.
  init(_ texts: [RuleText], file: String, destination: String = ContactString.anyDestination) {
    for text in texts {
      do {
        try add(text, file: file, destination: destination)
      } catch {
        warnings.append(error)
      }
    }
  }

  /// The protocols that have a rule.
  var protocols: Set<String> { Set(rules.keys) }

  /// What a protocol makes of an LFN.
  func map(_ lfn: String, by protocolName: String) -> MappingResult {
    guard var scratch = MatchScratch(groups: largestGroupCount) else { return .noPFN(.limit) }
    var lfn = lfn
    return lfn.withUTF8 { map($0, by: protocolName, below: [], in: &scratch) }
  }

  private mutating func add(
    _ text: RuleText, file: String, destination: String
  ) throws(SiteConfProblem) {
    func problem(_ what: String) -> SiteConfProblem {
      SiteConfProblem(
        file: file, line: text.line, what: "the rule is left out: \(what)", whatToDo: "correct the rule")
    }
    guard let protocolName = text.protocolName, !protocolName.isEmpty else {
      throw problem("it has no protocol")
    }
    if let pattern = text.destinationPattern, !pattern.isEmpty {
      guard try compile(pattern, problem: problem).matches(destination) else { return }
    }
    let kind: MappingRule.Kind
    if let prefix = text.prefix {
      kind = .prefix(prefix)
    } else {
      guard let pattern = text.pattern, !pattern.isEmpty else { throw problem("it has no pattern") }
      guard let result = text.result, !result.isEmpty else { throw problem("it has no result") }
      kind = .pattern(try compile(pattern, problem: problem), ResultTemplate(result))
    }
    let chain = text.chain.flatMap { $0.isEmpty ? nil : $0 }
    let rule = MappingRule(kind: kind, chain: chain)
    rules[protocolName, default: []].append(rule)
    largestGroupCount = max(largestGroupCount, rule.groupCount)
  }

  private func compile(
    _ pattern: String, problem: (String) -> SiteConfProblem
  ) throws(SiteConfProblem) -> Pattern {
    do {
      return try Pattern(pattern)
    } catch {
      throw problem("the pattern \(pattern) is no regular expression: \(error.what)")
    }
  }

  /// - Parameter below: the protocols whose chains led here; empty at the start, so that a catalog without
  ///   chains pays nothing for it.
  private func map(
    _ lfn: UnsafeBufferPointer<UInt8>, by protocolName: String, below: [String],
    in scratch: inout MatchScratch
  ) -> MappingResult {
    for rule in rules[protocolName] ?? [] {
      guard scratch.countTrial() else { return .noPFN(.limit) }
      let result: MappingResult
      if let chain = rule.chain {
        let here = below + [protocolName]
        if here.contains(chain) { return .noPFN(.loop) }
        switch map(lfn, by: chain, below: here, in: &scratch) {
        case .pfn(var chained): result = chained.withUTF8 { rule.apply(to: $0, in: scratch) }
        case .noPFN(let reason): result = .noPFN(reason)
        }
      } else {
        result = rule.apply(to: lfn, in: scratch)
      }
      // Only "does not match" leads on to the next rule. What is wrong with a rule that does match must not
      // send the file to another place.
      if result != .noPFN(.noMatch) { return result }
    }
    return .noPFN(.noMatch)
  }
}
