import SiteConf
import TestSupport
import Testing

/// Every file of the corpus is read, or gives one clear problem with a line.
struct CorpusTests {
  private func check(_ end: String, broken: Set<String>, read: ([UInt8], String) throws -> Void) throws {
    var refused: Set<String> = []
    let files = ReferenceData.files(endingIn: end)
    for file in files {
      let bytes = try DiskFiles().read("\(ReferenceData.corpus)/\(file)")
      do {
        try read(bytes, file)
      } catch let problem as SiteConfProblem {
        #expect(problem.file == file && problem.line != nil, "\(problem)")
        refused.insert(file)
      }
    }
    #expect(files.isEmpty || refused == broken)
  }

  @Test func siteLocalConfigs() throws {
    try check("site-local-config.xml", broken: ["SYNTH_SLC_TRUNC/JobConfig/site-local-config.xml"]) {
      _ = try SiteLocalConfig(bytes: $0, file: $1)
    }
  }

  @Test func storageDescriptions() throws {
    try check("storage.json", broken: ["SYNTH_JSON_COMMENT/storage.json"]) {
      _ = try StorageDescription(bytes: $0, file: $1)
    }
  }

  @Test func trivialFileCatalogs() throws {
    let broken: Set = ["OVERRIDE.cmssw/PhEDEx/storage.xml", "SYNTH_TRUNC/PhEDEx/storage.xml"]
    try check("storage.xml", broken: broken) { bytes, file in
      _ = try TrivialFileCatalog(bytes: bytes, file: file)
    }
  }
}
