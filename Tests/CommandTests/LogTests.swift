import FoundationEssentials
import TestSupport
import Testing

/// What is said while it runs.
@Suite("Log lines")
struct LogTests {
  private struct Line: Decodable {
    let timestamp: String
    let severity: String
    let content: String
  }

  @Test func jsonLines() async throws {
    let site = try Site()
    Disk.makeDirectory(site.storage + "/store/unmerged/d")
    let result = try await site.swab([
      "delete", site.put("a \"quoted\" näme"), "/store/unmerged/d", "-vv", "--log-format", "json",
    ])
    let lines = try ReferenceData.lines(Array(result.errors.utf8), as: Line.self)
    #expect(lines.contains { $0.content == "deleted" } && lines.contains { $0.content == "attempt failed" })
  }

  /// A value with a blank in it is in quotation marks, so that a line can be split.
  @Test func textLines() async throws {
    let site = try Site()
    Disk.makeDirectory(site.storage + "/store/unmerged/d")
    let result = try await site.swab(["delete", site.put("a \"b\""), "/store/unmerged/d", "-vv"])
    #expect(result.errors.contains(#" lfn="/store/unmerged/a \"b\"""#), "\(result.errors)")
    #expect(result.errors.contains(" lfn=/store/unmerged/d "), "\(result.errors)")
    #expect(result.errors.contains(/message="[^"]+ [^"]+"/), "\(result.errors)")
  }

  /// What a dry run would do is said file by file, as what a run does is.
  @Test func dryRun() async throws {
    let site = try Site()
    let result = try await site.swab(["delete", site.put("a"), "/etc/passwd", "--dry-run", "-v"])
    #expect(
      result.errors.contains(
        "would delete \(site.storage)/store/unmerged/a by rm lfn=/store/unmerged/a"),
      "\(result.errors)")
    #expect(result.errors.contains("refused lfn=/etc/passwd"), "\(result.errors)")
    #expect(site.has("/store/unmerged/a"))
  }

  @Test func quiet() async throws {
    let site = try Site()
    let result = try await site.swab(["delete", site.put("a"), "/store/unmerged/absent", "-q"])
    #expect(result.code == 0 && result.output.isEmpty && result.errors.isEmpty)
  }

  @Test func withoutAsking() async throws {
    let site = try Site()
    let report = site.path("r.json")
    let result = try await site.swab(["delete", site.put("a"), "--report", report])
    #expect(result.errors.isEmpty)
    #expect(result.text.contains("1 requested: 1 deleted") && result.text.contains(report))
    #expect(result.text.contains("warning   no protected list was given"))
  }
}
