import Testing
import TestSupport

import Glibc

/// Hostile lists on a real tree: afterwards nothing is gone but what the report calls deleted.
@Suite("What must not be deleted")
struct SafetyTests {
  /// A tree with files in and around the allowed root, links and directories.
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
    Disk.makeDirectory(site.path("elsewhere"))
    Disk.write(site.path("elsewhere/i.root"))
    let below = site.storage + "/store/unmerged/"
    Disk.makeDirectory(below + "empty")
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
        input: .bytes(Names.list(names)))
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

  /// Names that some server reads as patterns or as the end of a name are refused, whatever the storage.
  @Test func wildcards() async throws {
    let site = try Site()
    let names = ["*", "*.root", "a?b", "[ab]", "a]", "x#AND#y", ".(id)(a)"]
    let lfns = names.map { site.put("w/\($0)") } + [site.put("w/b.root"), site.put("w/x&y")]
    let list = site.write("list", bytes: try Names.list(lfns))
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "--from", list, "--report", report])
    #expect(result.code == 1, "\(result.errors)")
    let written = try Report(report)
    for lfn in lfns.prefix(names.count) {
      #expect(
        written.file(lfn)?.outcome == "refused" && written.file(lfn)?.error?.code == "wildcard", "\(lfn)")
      #expect(site.has(lfn))
    }
    // On a disk nobody takes a & for anything else; over HTTP it is refused, before anybody is asked.
    #expect(written.lfns("deleted") == Array(lfns.suffix(2)))
    let overHTTP = try await site.swab([
      "delete", "/store/unmerged/w/x&y", "--report", report,
      "--override", "command=gfal2,lfn-prefix=davs://127.0.0.1:1,phedex-node=N",
    ])
    #expect(overHTTP.code == 1, "\(overHTTP.errors)")
    #expect(try Report(report).files.first?.error?.code == "wildcard")
  }

  /// Lists of another form than one LFN a line, and a word of what each of their lines is told. Nothing of them may read
  /// as a clean storage.
  @Test(arguments: [
    ("LFN 123456", "columns"), ("LFN\t123456", "columns"), ("LFN,123456", "columns"), ("LFN;x;y", "columns"),
    ("LFN  T2_XX_Site  AVAILABLE", "columns"), ("LFN ", "columns"), ("LFN\r", "carriage return"),
    (" LFN", "before it"),
    ("\tLFN", "before it"), ("\"LFN\"", "quotation marks"), ("# LFN", "comment"), ("123456 LFN", "columns"),
    ("root://se/LFN", "PFN"),
  ]) func listsOfAnotherForm(line: String, message: String) async throws {
    let site = try Site()
    let lfns = (0..<3).map { site.put("f\($0).root") }
    let list = site.write("list", lfns.map { line.replacing("LFN", with: $0) + "\n" }.joined())
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "--from", list, "--report", report])
    #expect(result.code == 1 && result.text.contains(message), "\(result.errors) \(result.text)")
    #expect(try Report(report).summary.refused == 3)
    #expect(lfns.allSatisfy(site.has))
  }

  /// Two names can lead to one place: what is protected by one must not go by the other, also where the rule fits only
  /// files, or only those so deep, or loses all directories; and what is not protected goes.
  static let rules: [(rule: String, kept: String, protected: String)] = [
    (#""lfn":"/store/unmerged/[^/]+/(.*[.]root)","pfn":"ROOT/$1""#, "a/x/f.root", "b/x"),
    (#""lfn":"/store/unmerged/[^/]+/(.*[.]tar[.]gz)","pfn":"ROOT/$1""#, "a/x/f.tar.gz", "b/x"),
    (#""lfn":"/store/unmerged/[^/]+/(.*/[0-9]{4}/[^/]+)","pfn":"ROOT/$1""#, "a/x/0001/f.root", "b/x"),
    (#""lfn":"/store/unmerged/(?:.*/)?([^/]+[.]root)","pfn":"ROOT/$1""#, "a/x/f.root", "b"),
    (#""lfn":"/store/unmerged/[^/]+/(.*)","pfn":"ROOT/$1""#, "a/x/f.root", "b/x/f.root"),
  ]

  @Test(arguments: rules) func protectedBehindARule(row: (rule: String, kept: String, protected: String))
    async throws
  {
    let site = try Site()
    let rule = row.rule.replacing("ROOT", with: site.storage)
    Disk.write(
      site.siteconf + "/storage.json",
      #"[{"site":"T2_XX_Test","volume":"Test_Disk","rse":"R","protocols":[{"protocol":"door0","access":"site-rw","rules":[{\#(rule)}]}]}]"#
    )
    let name = row.kept.split(separator: "/").last ?? ""
    let position =
      row.rule.contains("?:")
      ? "/\(name)" : "/" + row.kept.split(separator: "/").dropFirst().joined(separator: "/")
    site.put(position)
    let protected = site.write("protected", "/store/unmerged/\(row.protected)\n")
    let lfn = "/store/unmerged/" + row.kept
    let result = try await site.swab(["delete", lfn, "--protected", protected])
    #expect(result.code == 1 && result.text.contains("protected"), "\(result.errors) \(result.text)")
    #expect(site.has(position))
    // Another one protects nothing of it.
    if !row.rule.contains("?:") {
      let other = site.write("other", "/store/unmerged/b/y\n")
      #expect(try await site.swab(["delete", lfn, "--protected", other]).code == 0)
      #expect(!site.has(position))
    }
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

  /// The limit is held against the names of all lists, before anything is deleted; the command line goes before the job file.
  @Test(
    arguments: [
      (["--max-delete", "2"], nil, 65), (["--max-delete", "3"], nil, 0), ([], 2, 65), ([], 3, 0),
      (["--max-delete", "3"], 2, 0), (["--max-delete", "0"], nil, 65),
    ] as [([String], Int?, Int32)])
  func `not more is deleted than somebody has allowed`(options: [String], ofJob: Int?, code: Int32)
    async throws
  {
    let site = try Site()
    let lfns = ["a", "b", "c"].map { site.put($0) }
    site.write("list", lfns.dropFirst().joined(separator: "\n") + "\n")
    var arguments =
      ["delete", lfns[0], "--from", site.path("list"), "--report", site.path("r.json")] + options
    if let ofJob {
      site.write("job.json", #"{"schema":"swab.job/1","options":{"maxDelete":\#(ofJob)}}"#)
      arguments += ["--job", site.path("job.json")]
    }
    let result = try await site.swab(arguments)
    #expect(result.code == code, "\(result.errors)")
    #expect(lfns.map(site.has) == Array(repeating: code != 0, count: 3))
    guard code != 0 else { return }
    #expect(
      result.errorLines.count == 1 && result.errors.contains("3 names, and --max-delete allows"),
      "\(result.errors)")
    #expect(try Report(site.path("r.json")).exit.code == 65)
  }
}
