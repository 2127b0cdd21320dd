import SiteConf
import TestSupport
import Testing

/// Every row of vectors-lfn.jsonl.
struct MappingVectorTests {
  @Test func everyRowHoldsExactly() throws {
    var catalogs: [MappingVector.Catalog: Catalog?] = [:]
    for row in try MappingVector.all() {
      let key = row.catalog
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

  private func load(_ key: MappingVector.Catalog) -> Catalog? {
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
