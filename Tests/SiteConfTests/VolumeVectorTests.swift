import SiteConf
import TestSupport
import Testing

/// Every storage.json of vectors-load.jsonl: its volumes, their RSEs and protocols.
struct VolumeVectorTests {
  private struct Row: Decodable {
    struct Volume: Decodable {
      let storageSite: String
      let volume: String
      let protocols: [String]
      let rse_wmcore: String?
      let rse_err_wmcore: String?
    }
    let siteconf: String
    let kind: String
    let volumes: [Volume]?
  }

  @Test func everyVolumeIsFound() throws {
    for row in try ReferenceData.rows("vectors-load.jsonl", as: Row.self) where row.kind == "rfc" {
      for wanted in row.volumes ?? [] {
        let bytes = try DiskFiles().read("\(ReferenceData.corpus)/\(row.siteconf)")
        let description = try StorageDescription(bytes: bytes, file: row.siteconf)
        let volume = try description.volume(wanted.volume, of: wanted.storageSite)
        // B15: without a key for it, WMCore fails. BOM: it reads nothing at all.
        if wanted.rse_err_wmcore == nil { #expect(volume?.rse == wanted.rse_wmcore, "\(row.siteconf)") }
        // B14: this one is in the second entry of the same volume.
        let protocols = Set(wanted.protocols).subtracting(["OnlyInSecond"])
        #expect(volume.map { Set($0.access.keys) } == protocols, "\(row.siteconf)")
      }
    }
  }
}
