/// A site's storage.json: its volumes, each with protocols and their rules.
///
/// One entry that can't be read does not spoil the others: it is a problem only where that entry is asked
/// for, and otherwise a warning.
package struct StorageDescription: Sendable {
  private enum Entry: Sendable {
    case good(StorageVolume)
    case bad(site: String, volume: String, SiteConfProblem)
  }

  /// What the file is called.
  package let file: String
  /// What is wrong with entries and rules, each with its line. They have been left out.
  package private(set) var warnings: [SiteConfProblem] = []
  private var entries: [Entry] = []

  /// Reads a storage.json.
  ///
  /// - Throws: ``SiteConfProblem`` for what is not JSON, or not an array.
  package init(bytes: [UInt8], file: String) throws(SiteConfProblem) {
    self.file = file
    let root = try JSONValue(bytes, file: file)
    guard let elements = root.array else {
      throw SiteConfProblem(
        file: file, line: root.line, what: "\(root.name) where a list of volumes was expected",
        whatToDo: "check that this is a storage.json")
    }
    for element in elements { add(element) }
  }

  /// The first entry with this site and volume; nil where there is none.
  ///
  /// - Throws: ``SiteConfProblem`` where that entry can't be read.
  package func volume(_ name: String, of site: String) throws(SiteConfProblem) -> StorageVolume? {
    for entry in entries {
      switch entry {
      case .good(let volume) where volume.site == site && volume.name == name: return volume
      case .bad(site, name, let problem): throw problem
      default: continue
      }
    }
    return nil
  }

  private mutating func warn(_ line: Int, _ what: String) -> SiteConfProblem {
    let problem = SiteConfProblem(file: file, line: line, what: what, whatToDo: "correct the entry")
    warnings.append(problem)
    return problem
  }

  private mutating func add(_ element: JSONValue) {
    guard let site = element["site"]?.string, let name = element["volume"]?.string else {
      _ = warn(element.line, "the entry is left out: it lacks a site or a volume")
      return
    }
    if let double = element.doubleKey {
      let problem = warn(
        double.line,
        "volume \(name) of \(site) has the key \"\(double.key)\" twice; which one counts is not known")
      entries.append(.bad(site: site, volume: name, problem))
      return
    }
    guard let protocols = element["protocols"]?.array else {
      let problem = warn(element.line, "volume \(name) of \(site) has no list of protocols")
      entries.append(.bad(site: site, volume: name, problem))
      return
    }
    if let rse = element["rse"], rse.string == nil {
      _ = warn(rse.line, "the rse of volume \(name) is \(rse.name), not a string")
    }
    var access: [String: [String?]] = [:]
    var texts: [RuleText] = []
    for each in protocols {
      guard let protocolName = each["protocol"]?.string, !protocolName.isEmpty else {
        _ = warn(each.line, "a protocol of volume \(name) has no name and is left out")
        continue
      }
      access[protocolName, default: []].append(self.access(of: each, protocolName: protocolName))
      texts += rules(of: each, protocolName: protocolName)
    }
    let compiled = RuleSet(texts, file: file)
    warnings += compiled.warnings
    let rse = element["rse"]?.string.flatMap { $0.isEmpty ? nil : $0 }
    entries.append(
      .good(
        StorageVolume(
          site: site, name: name, rse: rse, line: element.line, access: access, rules: compiled)))
  }

  /// What one protocol may be used for; nil where nothing is said.
  private mutating func access(of element: JSONValue, protocolName: String) -> String? {
    guard let access = element["access"] else { return nil }
    if let text = access.string { return text }
    // Nobody can say whether it was meant to allow deletion.
    _ = warn(access.line, "the access of protocol \(protocolName) is \(access.name); it counts as virtual")
    return "virtual"
  }

  /// The rules of one protocol. A prefix wins over rules; `""` counts as no prefix, since it would make the
  /// LFN a path on this machine.
  private mutating func rules(of element: JSONValue, protocolName: String) -> [RuleText] {
    if let prefix = element["prefix"] {
      guard let text = prefix.string else {
        _ = warn(prefix.line, "the prefix of protocol \(protocolName) is \(prefix.name), not a string")
        return []
      }
      if !text.isEmpty {
        return [RuleText(protocolName: protocolName, line: prefix.line, prefix: text)]
      }
    }
    guard let rules = element["rules"] else {
      _ = warn(element.line, "protocol \(protocolName) has neither a prefix nor rules")
      return []
    }
    guard let rules = rules.array else {
      _ = warn(rules.line, "the rules of protocol \(protocolName) are \(rules.name), not a list")
      return []
    }
    return rules.compactMap { rule in
      if let chain = rule["chain"], chain.string == nil {
        // Without its chain the rule would give another path.
        _ = warn(chain.line, "the rule is left out: its chain is \(chain.name), not a string")
        return nil
      }
      return RuleText(
        protocolName: protocolName, pattern: rule["lfn"]?.string, result: rule["pfn"]?.string,
        chain: rule["chain"]?.string, line: rule.line)
    }
  }
}

/// One entry of a storage.json: a volume of a site, with the protocols it is reached by.
package struct StorageVolume: Sendable {
  /// The site that the storage belongs to.
  package let site: String
  /// The volume's name.
  package let name: String
  /// The Rucio storage element; nil where the entry has none, as federations do.
  package let rse: String?
  /// Where the entry stands.
  package let line: Int
  /// What the entry says each protocol may be used for, one value each time the protocol is listed, with nil
  /// where it says nothing. A protocol that is not listed is missing.
  package let access: [String: [String?]]
  let rules: RuleSet

  /// Why a protocol can't be used to delete: what its `access` says where that is read-only (`site-ro`,
  /// `global-ro`) or `virtual` (only there for other protocols to chain to). Nil where it can be.
  ///
  /// Of a protocol that is listed twice, one such listing is enough: its rules are one list, and nothing
  /// says which of them a file will fall to.
  package func accessThatForbidsDeletion(by protocolName: String) -> String? {
    for case let access? in self.access[protocolName] ?? []
    where access.hasSuffix("-ro") || access == "virtual" {
      return access
    }
    return nil
  }
}
