/// A trivial file catalog (storage.xml): the rules from LFN to PFN that sites wrote before there was
/// storage.json.
///
/// The root is `<storage-mapping>`, or `<phedex>` around it as the PhEDEx data service gave it (WMCore
/// TrivialFileCatalog.py). Rules the other way round, `<pfn-to-lfn>`, are not read: deletion needs none.
public struct TrivialFileCatalog: Sendable {
  /// What the file is called.
  public let file: String
  private let rules: [RuleText]

  /// Reads a catalog.
  ///
  /// - Throws: ``SiteConfProblem`` for what is not well-formed XML or holds no `<storage-mapping>`.
  public init(bytes: [UInt8], file: String) throws(SiteConfProblem) {
    self.file = file
    let root = try XMLReader.parse(bytes, file: file)
    let mappings = root.name == "phedex" ? root.children(named: "storage-mapping") : [root]
    guard let first = mappings.first, first.name == "storage-mapping" else {
      throw SiteConfProblem(
        file: file, line: root.line, what: "no <storage-mapping> in it",
        whatToDo: "check that this is a trivial file catalog")
    }
    rules = mappings.flatMap { $0.children(named: "lfn-to-pfn") }.map { element in
      RuleText(
        protocolName: element.attributes["protocol"], pattern: element.attributes["path-match"],
        result: element.attributes["result"],
        destinationPattern: element.attributes["destination-match"],
        chain: element.attributes["chain"], line: element.line)
    }
  }

  /// The rules for one destination, compiled.
  func ruleSet(destination: String = ContactString.anyDestination) -> RuleSet {
    RuleSet(rules, file: file, destination: destination)
  }
}
