import Testing
import TestSupport

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Hostile lists on a real tree: afterwards nothing is gone but what the report calls deleted.
@Suite("What must not be deleted")
struct SafetyTests {
  /// A tree with files in and around the allowed root, links and folders.
  private func tree() throws -> Site {
    let site = try Site()
    for name in [
      "a.root", "dir/b.root", "dir/deep/c.root", "keep/d.root", "keep/sub/e.root", "keeper/f.root",
      "above/in/g.root",
      "..h", "...", "%2e%2e", "x%2Fy", "-rf", "a b",
    ] { site.put(name) }
    for lfn in [
      "/store/user/physicist/thesis.root", "/store/data/raw.root", "/store/unmergedx/z.root", "/store/top",
    ] {
      site.put(lfn)
    }
    Disk.write(site.path("outside"))
    Disk.makeFolder(site.path("elsewhere"))
    Disk.write(site.path("elsewhere/i.root"))
    let below = site.storage + "/store/unmerged/"
    Disk.makeFolder(below + "empty")
    symlink(site.path("outside"), below + "link-to-file")
    symlink(site.path("elsewhere"), below + "link-out")
    symlink("../../store/user", below + "link-up")
    symlink("dir", below + "link-in")
    return site
  }

  static let names: [String] = [
    // To be deleted.
    "/store/unmerged/a.root", "/store/unmerged/dir/b.root", "/store/unmerged/keeper/f.root",
    "/store/unmerged/..h",
    "/store/unmerged/...", "/store/unmerged/-rf", "/store/unmerged/a b", "/store/unmerged/x%2Fy",
    "/store/unmerged/link-to-file",
    // Protected: the entry, below it, above it.
    "/store/unmerged/keep", "/store/unmerged/keep/d.root", "/store/unmerged/keep/sub/e.root",
    "/store/unmerged/above", "/store/unmerged/above/in", "/store/unmerged/above/in/g.root",
    // Out of the allowed root.
    "/store/user/physicist/thesis.root", "/store/data/raw.root", "/store/unmergedx/z.root", "/store/top",
    "/store",
    "/store/unmerged", "/", "", "/outside", "/etc/passwd", "store/unmerged/a.root", "a.root", "~/a", "*",
    "/Store/Unmerged/a.root", "file:///etc/passwd", "root://host//store/unmerged/a.root",
    // Ways out.
    "/store/unmerged/../user/physicist/thesis.root", "/store/unmerged/../../../outside",
    "/store/unmerged/dir/../../user/physicist/thesis.root", "/store/unmerged/./a.root", "/store/unmerged/.",
    "/store/unmerged/..", "/store/unmerged/%2e%2e", "/store/unmerged/%2e%2e/user/physicist/thesis.root",
    "/store/unmerged/%2E./user/physicist/thesis.root", "/store/unmerged/.%2e/top", "//store/unmerged/a.root",
    "/store//unmerged/a.root", "/store/unmerged//a.root", "/store/unmerged/dir//b.root",
    "/../store/unmerged/a.root",
    // Directories, links on the way.
    "/store/unmerged/dir", "/store/unmerged/dir/", "/store/unmerged/dir/deep", "/store/unmerged/empty",
    "/store/unmerged/empty/", "/store/unmerged/link-out/i.root",
    "/store/unmerged/link-up/physicist/thesis.root",
    "/store/unmerged/link-in/b.root", "/store/unmerged/link-in/deep/c.root", "/store/unmerged/link-out/",
    "/store/unmerged/a.root/x", "/store/unmerged/a.root/",
    // Characters.
    "/store/unmerged/a.root\u{0}", "/store/unmerged/a.root\n", "/store/unmerged/a.root\r",
    "\t/store/unmerged/a.root",
    "/store/unmerged/a.root ", " /store/unmerged/a.root", "/store/unmerged/a\u{0}.root",
    "/store/unmerged/\u{7f}",
    "/store/unmerged/a.root\u{85}", "/store/unmerged/\u{2028}", "/store/unmerged/dir\u{0}/b.root",
  ]

  @Test(arguments: [false, true]) func onlyWhatIsReported(isOneByOne: Bool) async throws {
    let site = try tree()
    let protected = site.write("protected", "/store/unmerged/keep\n/store/unmerged/above/in/\n")
    let before = Disk.tree(site.root).filter { !$0.hasPrefix("tmp/") && !$0.hasSuffix(".json") }
    var deleted: [String] = []
    let lists = isOneByOne ? Self.names.map { [$0] } : [Self.names]
    for names in lists {
      let result = try await site.swab(
        ["delete", "--from", "-", "--protected", protected, "--report", site.path("r.json")],
        input: .bytes(Reference.list(names)))
      #expect(result.code == 0 || result.code == 1, "\(names): \(result.errors)")
      let report = try Report(site.path("r.json"))
      #expect(report.summary.requested == names.count)
      deleted += report.lfns("deleted")
    }
    let after = Set(Disk.tree(site.root))
    let gone = before.filter { !after.contains($0) }
    #expect(gone.sorted() == deleted.map { "data" + $0 }.sorted())
    #expect(
      Set(deleted) == [
        "/store/unmerged/a.root", "/store/unmerged/dir/b.root", "/store/unmerged/keeper/f.root",
        "/store/unmerged/..h", "/store/unmerged/...", "/store/unmerged/-rf", "/store/unmerged/a b",
        "/store/unmerged/x%2Fy", "/store/unmerged/link-to-file",
      ])
    #expect(Disk.exists(site.path("outside")))
  }

  /// The same name twice, plain and in a wider root: no way around a protected entry.
  @Test(arguments: ["/store", "/store/", "/store/unmerged/keep", "/store/unmerged/keep/sub"])
  func widerRoots(root: String) async throws {
    let site = try tree()
    let protected = site.write("protected", "/store/unmerged/keep/\n/store/user\n/store/data\n/store/top\n")
    let result = try await site.swab([
      "delete", "--allow", root, "--protected", protected, "/store/unmerged/keep/d.root",
      "/store/unmerged/keep/sub/e.root", "/store/user/physicist/thesis.root", "/store/data/raw.root",
      "/store/top",
      "/store/user", "--report", site.path("r.json"),
    ])
    #expect(result.code == 1)
    #expect(try Report(site.path("r.json")).summary.refused == 6)
  }

  /// A catalog that leads out of the area it is asked for, or loses the file's name, is not followed.
  @Test(arguments: [
    "/data/store/user/physicist", "/data/store/unmerged/..", "/data/store/unmerged/%2e%2e", "relative",
    "/data/store/unmerged/keep",
  ]) func prefixesThatLeadAstray(prefix: String) async throws {
    let site = try tree()
    let override = "command=cp,lfn-prefix=\(prefix.hasPrefix("/") ? site.root : "")\(prefix),phedex-node=N"
    let protected = site.write("protected", "/store/unmerged/keep\n")
    let before = Disk.tree(site.storage)
    let result = try await site.swab([
      "delete", "/store/unmerged/a.root", "/store/unmerged/thesis.root", "--override", override,
      "--protected",
      protected, "--report", site.path("r.json"),
    ])
    #expect(result.code != nil)
    #expect(Disk.tree(site.storage) == before)
    _ = try Report(site.path("r.json"))
  }

  /// Someone changes the list while it is read: nothing of it may be deleted.
  @Test func allOrNothing() async throws {
    let site = try tree()
    let list = site.write(
      "list", (0..<20_000).map { "/store/unmerged/n\($0)\n" }.joined() + "/store/unmerged/a.root\n{broken")
    let result = try await site.swab(["delete", "--from", list, "--report", site.path("r.json")])
    #expect(result.code == 1, "\(result.errors)")
    // A JSON list that breaks at its very end deletes nothing.
    let json = site.write(
      "json", #"["/store/unmerged/dir/b.root""# + String(repeating: #","/x""#, count: 20_000))
    #expect(try await site.swab(["delete", "--from", json]).code == 65)
    #expect(site.has("/store/unmerged/dir/b.root"))
  }
}
