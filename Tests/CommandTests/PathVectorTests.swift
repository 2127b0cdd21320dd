import Testing
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Every row of vectors-paths.jsonl that a command line can show: the site-local-config.xml that is taken is
/// named by the error about it, as all files of those rows are empty or made up here.
@Suite("Where the site configuration is found, by the vectors")
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

  @Test func theFileThatIsTaken() async throws {
    for row in try Reference.rows("vectors-paths.jsonl", as: Row.self) {
      let folder = try TemporaryFolder()
      guard let resolved = realpath(folder.path, nil) else { continue }
      let root = String(cString: resolved)
      free(resolved)
      lay(row, in: root)
      var environment = row.env.mapValues { $0.replacing("<ROOT>", with: root) }
      environment["PATH"] = "/usr/bin"
      if row.query.call == "loadSiteLocalConfig" {
        try await checkSiteConfig(row, environment, root)
      } else {
        try await checkStorage(row, environment, root)
      }
    }
  }

  private func checkSiteConfig(_ row: Row, _ environment: [String: String], _ root: String) async throws {
    let result = try await Program(
      Repository.builtSwab, ["resolve", "/store/unmerged/a"], environment: environment
    ).finish()
    #expect(result.code == 78 && result.errorLines.count == 1, "\(row.case): \(result.errors)")
    if let wanted = row.wmcore {
      // Only one slash between the parts; WMCore joins as text.
      let path = wanted.replacing("<ROOT>", with: root).replacing("//JobConfig", with: "/JobConfig")
      #expect(result.errors.contains(path), "\(row.case): \(result.errors)")
      #expect(!result.errors.contains("is not there"), "\(row.case): \(result.errors)")
    } else if row.env["SITECONFIG_PATH"]?.isEmpty == false {
      #expect(result.errors.contains("is not there"), "\(row.case): \(result.errors)")
    }
  }

  /// The storage.json of a method for the row's site is missing or says who it is.
  private func checkStorage(_ row: Row, _ environment: [String: String], _ root: String) async throws {
    // Without a folder WMCore has no storage.json; a file that is given always has one.
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
    // One override names a folder.
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

  private func lay(_ row: Row, in root: String) {
    for folder in row.dirs { Disk.makeFolder("\(root)/\(folder)") }
    for file in row.files {
      let path = "\(root)/\(file)"
      Disk.makeFolder(String(path.prefix(upTo: path.lastIndex(of: "/") ?? path.startIndex)))
      Disk.write(path, "")
    }
    for (link, target) in row.links {
      symlink(target.replacing("<ROOT>", with: root), "\(root)/\(link)")
    }
  }
}
