import Testing
import TestSupport

import Glibc

/// Every row of vectors-paths.jsonl that a command line can show: the site-local-config.xml that is taken is
/// named by the error about it, as all files of those rows are empty or made up here.
@Suite("Where the site configuration is found, by the vectors")
struct PathVectorTests {
  @Test func theFileThatIsTaken() async throws {
    for row in try PathVector.all() {
      let directory = try TemporaryDirectory()
      guard let resolved = realpath(directory.path, nil) else { continue }
      let root = String(cString: resolved)
      free(resolved)
      try row.lay(in: root)
      var environment = row.environment(in: root)
      environment["PATH"] = "/usr/bin"
      if row.query.call == "loadSiteLocalConfig" {
        try await checkSiteConfig(row, environment, root)
      } else {
        try await checkStorage(row, environment, root)
      }
    }
  }

  private func checkSiteConfig(_ row: PathVector, _ environment: [String: String], _ root: String)
    async throws
  {
    let result = try await Program(
      Repository.builtSwab, ["resolve", "/store/unmerged/a"], environment: environment
    ).finish()
    #expect(result.code == 78 && result.errorLines.count == 1, "\(row.case): \(result.errors)")
    if let path = row.expected(in: root) {
      #expect(result.errors.contains(path), "\(row.case): \(result.errors)")
      #expect(!result.errors.contains("is not there"), "\(row.case): \(result.errors)")
    } else if row.env["SITECONFIG_PATH"]?.isEmpty == false {
      #expect(result.errors.contains("is not there"), "\(row.case): \(result.errors)")
    }
  }

  /// The storage.json of a method for the row's site is missing or says who it is.
  private func checkStorage(_ row: PathVector, _ environment: [String: String], _ root: String) async throws {
    // Without a directory WMCore has no storage.json; a file that is given always has one.
    guard let wanted = row.wmcore, let storageSite = row.query.storageSite,
      environment["SITECONFIG_PATH"]?.isEmpty == false
    else { return }
    let path = wanted.replacing("<ROOT>", with: root)
    guard Disk.exists(path) else { return }
    Disk.write(
      path,
      """
      [{"site":"\(storageSite)","volume":"V","rse":"THE_ONE","protocols":[{"protocol":"p","access":"site-rw","prefix":"/x"}]}]
      """)
    // One override names a directory.
    guard !Disk.read(path).isEmpty else { return }
    let subsite = row.query.currentSubsite.map { #"<subsite name="\#($0)"/>"# } ?? ""
    let config = root + "/made-up.xml"
    Disk.write(
      config,
      """
      <site-local-config><site name="\(row.query.currentSite ?? "")">\(subsite)<stage-out>
      <method site="\(storageSite)" volume="V" protocol="p" command="cp"/></stage-out></site></site-local-config>
      """)
    let result = try await Program(
      Repository.builtSwab, ["resolve", "--site-config", config, "/store/unmerged/a"],
      environment: environment
    ).finish()
    #expect(result.text.contains("THE_ONE\trm\t/x/store/unmerged/a"), "\(row.case): \(result.errors)")
  }
}
