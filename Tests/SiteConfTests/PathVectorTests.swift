import FoundationEssentials
import SiteConf
import TestSupport
import Testing

/// Every row of vectors-paths.jsonl, on real directories and links.
struct PathVectorTests {
  @Test func everyRowHolds() throws {
    for row in try PathVector.all() {
      try inScratchDirectory { root in
        try row.lay(in: root)
        let found = path(of: row, in: root)
        #expect(found == row.expected(in: root), "\(row.case) \(row.query)")
      }
    }
  }

  private func path(of row: PathVector, in root: String) -> String? {
    let environment = row.environment(in: root)
    do {
      if row.query.call == "loadSiteLocalConfig" {
        return try SiteConfigLocation.find(given: nil, environment: environment, files: DiskFiles()).path
      }
      // Without a directory there is no storage.json; SiteConfigLocation always has one.
      guard let directory = environment["SITECONFIG_PATH"], !directory.isEmpty else { return nil }
      return try StorageDescriptionPath.path(
        storageSite: row.query.storageSite ?? "", siteName: row.query.currentSite ?? "",
        subSiteName: row.query.currentSubsite, directory: directory, environment: environment,
        files: DiskFiles())
    } catch {
      return nil
    }
  }
}

/// Runs with a new directory, links in its own path resolved, that is gone afterwards.
func inScratchDirectory(_ body: (String) throws -> Void) throws {
  let name = "swab-siteconf-\(UInt64.random(in: 0...UInt64.max))"
  let made = FileManager.default.temporaryDirectory.appending(path: name).path
  try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: made) }
  try body(DiskFiles().canonical(made) ?? made)
}
