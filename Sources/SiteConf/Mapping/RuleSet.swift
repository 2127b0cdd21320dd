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
