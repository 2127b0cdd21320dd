/// The plain mapping of one catalog file, without a site around it: no safety rules, and no matter what a
/// protocol's `access` says. It is what `swab resolve --catalog` prints.
package struct Catalog: Sendable {
  /// What is wrong with single entries and rules. They have been left out.
  package let warnings: [SiteConfProblem]
  private let mapper: LFNMapper

  /// Reads a storage.xml or a storage.json; which of them it is, the content says.
  ///
  /// An unknown protocol is no error: no name matches then. An unknown volume is one.
  ///
  /// - Parameters:
  ///   - bytes: the content of the file.
  ///   - file: what the file is called in messages.
  ///   - protocolName: the protocol to map by.
  ///   - volume: the volume, which a storage.json needs.
  ///   - storageSite: the site whose volume it is, which a storage.json needs.
  /// - Throws: ``SiteConfProblem`` for a file that can't be parsed, or where volume or site are missing or
  ///   unknown.
  package static func load(
    _ bytes: [UInt8], file: String, protocolName: String, volume: String? = nil,
    storageSite: String? = nil
  ) throws(SiteConfProblem) -> Catalog {
    if isXML(bytes) {
      let rules = try TrivialFileCatalog(bytes: bytes, file: file).ruleSet()
      return Catalog(
        warnings: rules.warnings, mapper: LFNMapper(rules, protocols: [protocolName]))
    }
    let description = try StorageDescription(bytes: bytes, file: file)
    guard let volume, let storageSite else {
      throw SiteConfProblem(
        file: file, what: "a storage.json is read by volume and storage site",
        whatToDo: "give both, with --volume and --storage-site")
    }
    guard let entry = try description.volume(volume, of: storageSite) else {
      throw .unknownVolume(volume, of: storageSite, in: file)
    }
    return Catalog(
      warnings: description.warnings, mapper: LFNMapper(entry.rules, protocols: [protocolName]))
  }

  /// Where the catalog says that a file is. May be called by several tasks at the same time.
  package func map(_ lfn: String) -> MappingResult { mapper.map(lfn) }

  /// Whether the first thing in a file, after a byte order mark and blanks, is a `<`. A UTF-16 byte order
  /// mark also means XML: JSON is UTF-8.
  private static func isXML(_ bytes: [UInt8]) -> Bool {
    if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) { return true }
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    let blanks: [UInt8] = [0x20, 0x09, 0x0A, 0x0D]
    return text.first { !blanks.contains($0) } == UInt8(ascii: "<")
  }
}

extension SiteConfProblem {
  /// A volume that the storage.json does not have.
  static func unknownVolume(_ volume: String, of site: String, in file: String) -> SiteConfProblem {
    SiteConfProblem(
      file: file, what: "there is no volume \(volume) of site \(site) in it",
      whatToDo: "correct the volume's name, or add it to the storage.json")
  }
}

/// A trivial file catalog (storage.xml): the rules from LFN to PFN that sites wrote before there was
/// storage.json.
///
/// The root is `<storage-mapping>`, or `<phedex>` around it as the PhEDEx data service gave it (WMCore
/// TrivialFileCatalog.py). Rules the other way round, `<pfn-to-lfn>`, are not read: deletion needs none.
package struct TrivialFileCatalog: Sendable {
  /// What the file is called.
  package let file: String
  private let rules: [RuleText]

  /// Reads a catalog.
  ///
  /// - Throws: ``SiteConfProblem`` for what is not well-formed XML or holds no `<storage-mapping>`.
  package init(bytes: [UInt8], file: String) throws(SiteConfProblem) {
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

/// Names a trivial file catalog: `trivialcatalog_file:PATH?protocol=P[&destination=D]`, the form of a
/// `<catalog url>` in site-local-config.xml.
///
/// The parameters may stand in any order (CMSSW FileLocator.cc; WMCore knows only `?protocol=` and takes the
/// rest of the text for the protocol's name).
package struct ContactString: Sendable, Equatable {
  /// What a rule's `destination-match` is held against where the contact string names no destination.
  package static let anyDestination = "any"

  /// The absolute path of the catalog on this machine, with one slash at its start.
  package let path: String
  /// The protocols to try in this order; at least one.
  package let protocols: [String]
  /// What a rule's `destination-match` is held against.
  package let destination: String

  /// Takes a contact string apart.
  ///
  /// - Throws: ``SiteConfProblem``, at the given place, for another form, a path that is not absolute or no
  ///   protocol.
  package init(_ text: String, file: String, line: Int? = nil) throws(SiteConfProblem) {
    func problem(_ what: String) -> SiteConfProblem {
      SiteConfProblem(
        file: file, line: line, what: "catalog url \"\(text)\": \(what)",
        whatToDo: "write trivialcatalog_file:/PATH?protocol=NAME")
    }
    let scheme = "trivialcatalog_file:"
    guard text.hasPrefix(scheme) else { throw problem("it is not a \(scheme) one") }
    let parts = text.dropFirst(scheme.count).split(
      separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
    let path = parts[0]
    guard path.hasPrefix("/"), let start = path.firstIndex(where: { $0 != "/" }) else {
      throw problem("the path is not absolute")
    }
    self.path = "/" + path[start...]
    var protocols: [String] = []
    var destination = ""
    for parameter in parts.dropFirst().joined().split(separator: "&") {
      let pair = parameter.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let value = pair.count > 1 ? pair[1] : ""
      switch pair[0] {
      case "protocol": protocols = value.split(separator: ",").map(String.init)
      case "destination": destination = String(value)
      default: break
      }
    }
    guard !protocols.isEmpty else { throw problem("it names no protocol") }
    self.protocols = protocols
    self.destination = destination.isEmpty ? Self.anyDestination : destination
  }
}
