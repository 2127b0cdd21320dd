import SiteConf
import Testing

/// Every row of vectors-lfn.jsonl.
struct MappingVectorTests {
  private struct Row: Decodable {
    let siteconf: String
    let `protocol`: String
    let volume: String?
    let storageSite: String?
    let lfn: String
    let pfn_swab: String?
    let why_swab: String?
  }

  private struct Key: Hashable {
    let siteconf: String
    let protocolName: String
    let volume: String?
    let storageSite: String?
  }

  @Test func everyRowHoldsExactly() throws {
    var catalogs: [Key: Catalog?] = [:]
    for row in try ReferenceData.rows("vectors-lfn.jsonl", as: Row.self) {
      let key = Key(
        siteconf: row.siteconf, protocolName: row.protocol, volume: row.volume,
        storageSite: row.storageSite)
      if catalogs[key] == nil { catalogs[key] = .some(load(key)) }
      let result = catalogs[key]??.map(row.lfn) ?? .noPFN(.catalogue)
      let expected: MappingResult =
        switch (row.pfn_swab, row.why_swab) {
        case (let pfn?, _): .pfn(pfn)
        case (nil, let why?): .noPFN(try #require(NoPFNReason(rawValue: why)))
        case (nil, nil): .noPFN(.noMatch)
        }
      #expect(result == expected, "\(row.siteconf) \(row.protocol) \(row.lfn)")
    }
  }

  private func load(_ key: Key) -> Catalog? {
    do {
      let path = "\(ReferenceData.corpus)/\(key.siteconf)"
      return try Catalog.load(
        DiskFiles().read(path), file: path, protocolName: key.protocolName, volume: key.volume,
        storageSite: key.storageSite)
    } catch {
      return nil
    }
  }
}
