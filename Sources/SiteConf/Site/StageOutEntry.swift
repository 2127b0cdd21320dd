/// One place where a site's files may be, with the command for it and the way from an LFN to a PFN there.
package struct StageOutEntry: Sendable {
  /// Which form it was written in.
  package enum Kind: String, Sendable {
    /// A `<method>` of `<stage-out>`, through storage.json.
    case method
    /// A `<local-stage-out>`, through a trivial file catalog.
    case localStageOut
    /// A `<fallback-stage-out>`: a prefix.
    case fallbackStageOut
    /// Not from a file: a prefix given on the command line.
    case override
  }

  enum Mapping: Sendable {
    case rules(LFNMapper)
    case prefix(String)
    case none
  }

  /// Which form it was written in.
  package let kind: Kind
  /// The RSE (phedex-node) of the storage. The older forms may lack it.
  package let rse: String?
  /// The stage-out command as the site names it. Whether there is a backend for it is decided elsewhere.
  package let command: String
  /// The command's option, which is meant for copying.
  package let option: String?
  /// The site that the storage belongs to; methods only.
  package let storageSite: String?
  /// The volume; methods only.
  package let volume: String?
  /// The protocol, or a list with commas for a catalog that is asked for several.
  package let protocolName: String?
  /// What an LFN is appended to; fall-backs and overrides only.
  package let lfnPrefix: String?
  /// The storage.json or storage.xml that it maps by.
  package let catalogFile: String?
  /// Where it stands in site-local-config.xml.
  package let line: Int?
  /// Why it can't be used to delete; nil for one that can.
  package let problem: SiteConfProblem?

  private let mapping: Mapping

  init(
    kind: Kind, rse: String?, command: String, option: String? = nil, storageSite: String? = nil,
    volume: String? = nil, protocolName: String? = nil, lfnPrefix: String? = nil,
    catalogFile: String? = nil, line: Int? = nil, mapping: Mapping, problem: SiteConfProblem?
  ) {
    self.kind = kind
    self.rse = rse
    self.command = command
    self.option = option
    self.storageSite = storageSite
    self.volume = volume
    self.protocolName = protocolName
    self.lfnPrefix = lfnPrefix
    self.catalogFile = catalogFile
    self.line = line
    self.mapping = mapping
    self.problem = problem
  }

  /// An entry that no file has: the PFN is `lfnPrefix` followed by the LFN, nothing added between them
  /// (WMCore DeleteMgr.py, override mode). It has a problem where one of the three is empty.
  package static func override(command: String, lfnPrefix: String, phedexNode: String) -> StageOutEntry {
    let isComplete = !command.isEmpty && !lfnPrefix.isEmpty && !phedexNode.isEmpty
    return StageOutEntry(
      kind: .override, rse: phedexNode, command: command, lfnPrefix: lfnPrefix,
      mapping: .prefix(lfnPrefix),
      problem: isComplete
        ? nil
        : SiteConfProblem(
          file: "--override", what: "command, lfn-prefix or phedex-node is missing",
          whatToDo: "give all three"))
  }

  /// Where a file is at this place. The PFN is what the catalog says, not yet checked against the safety
  /// rules; an entry with a ``problem`` gives none. May be called by several tasks at the same time.
  package func map(_ lfn: String) -> MappingResult {
    if problem != nil { return .noPFN(.catalogue) }
    switch mapping {
    case .rules(let mapper): return mapper.map(lfn)
    case .prefix(let prefix): return .pfn(prefix + lfn)
    case .none: return .noPFN(.catalogue)
    }
  }
}
