import FoundationEssentials
import SiteConf
import Testing

/// Every row of vectors-paths.jsonl, on real folders and links.
struct PathVectorTests {
  private struct Query: Decodable {
    let call: String
    let currentSite: String?
    let currentSubsite: String?
    let storageSite: String?
  }

  private struct Row: Decodable {
    let `case`: String
    let dirs: [String]
    let files: [String]
    let links: [String: String]
    let env: [String: String]
    let query: Query
    let wmcore: String?
  }

  @Test func everyRowHolds() throws {
    for row in try ReferenceData.rows("vectors-paths.jsonl", as: Row.self) {
      try inScratchFolder { root in
        try lay(row, in: root)
        let found = path(of: row, in: root)
        // Only one slash between the parts; WMCore joins as text.
        let expected = row.wmcore.map { fill($0, root).replacing("//JobConfig", with: "/JobConfig") }
        #expect(found == expected, "\(row.case) \(row.query)")
      }
    }
  }

  private func path(of row: Row, in root: String) -> String? {
    let environment = row.env.mapValues { fill($0, root) }
    do {
      if row.query.call == "loadSiteLocalConfig" {
        return try SiteConfigLocation.find(given: nil, environment: environment, files: DiskFiles()).path
      }
      // Without a folder there is no storage.json; SiteConfigLocation always has one.
      guard let folder = environment["SITECONFIG_PATH"], !folder.isEmpty else { return nil }
      return try StorageDescriptionPath.path(
        storageSite: row.query.storageSite ?? "", siteName: row.query.currentSite ?? "",
        subSiteName: row.query.currentSubsite, folder: folder, environment: environment,
        files: DiskFiles())
    } catch {
      return nil
    }
  }

  private func lay(_ row: Row, in root: String) throws {
    let manager = FileManager.default
    for folder in row.dirs {
      try manager.createDirectory(atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
    }
    for file in row.files {
      let path = "\(root)/\(file)"
      let folder = path.split(separator: "/").dropLast().joined(separator: "/")
      try manager.createDirectory(atPath: "/\(folder)", withIntermediateDirectories: true)
      try Data().write(to: URL(filePath: path))
    }
    for (link, target) in row.links {
      try manager.createSymbolicLink(
        atPath: "\(root)/\(link)", withDestinationPath: fill(target, root))
    }
  }

  private func fill(_ text: String, _ root: String) -> String {
    text.replacing("<ROOT>", with: root)
  }
}

/// Runs with a new folder, links in its own path resolved, that is gone afterwards.
func inScratchFolder(_ body: (String) throws -> Void) throws {
  let name = "swab-siteconf-\(UInt64.random(in: 0...UInt64.max))"
  let made = FileManager.default.temporaryDirectory.appending(path: name).path
  try FileManager.default.createDirectory(atPath: made, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: made) }
  try body(DiskFiles().canonical(made) ?? made)
}
