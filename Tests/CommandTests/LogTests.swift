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
    Disk.makeFolder(site.storage + "/store/unmerged/d")
    let result = try await site.swab([
      "delete", site.put("a \"quoted\" näme"), "/store/unmerged/d", "-vv", "--log-format", "json",
    ])
    let lines = try Reference.lines(Array(result.errors.utf8), as: Line.self)
    #expect(lines.contains { $0.content == "deleted" } && lines.contains { $0.content == "attempt failed" })
  }

  @Test func quiet() async throws {
    let site = try Site()
    let result = try await site.swab(["delete", site.put("a"), "/store/unmerged/absent", "-q"])
    #expect(result.code == 0 && result.output.isEmpty && result.errors.isEmpty)
  }

  @Test(arguments: [("on", true), ("auto", false), ("off", false)])
  func progress(_ wish: String, isSaid: Bool) async throws {
    let site = try Site()
    let result = try await site.swab([
      "delete", site.put("a"), site.put("b"), "/store/unmerged/absent", "/store/user/x", "--progress", wish,
    ])
    let line = "swab: 4 of 4 files: 2 deleted, 1 absent, 1 refused\n"
    #expect(result.errors == (isSaid ? line : ""))
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
