/// The plain mapping of one catalog file, without a site around it: no safety rules, and no matter what a
/// protocol's `access` says. It is what `swab resolve --catalog` prints.
public struct Catalog: Sendable {
  /// What is wrong with single entries and rules. They have been left out.
  public let warnings: [SiteConfProblem]
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
  public static func load(
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
  public func map(_ lfn: String) -> MappingResult { mapper.map(lfn) }

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
