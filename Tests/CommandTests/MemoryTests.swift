import Testing
import TestSupport

@Suite("Memory")
struct MemoryTests {
  /// Memory does not grow with the list: a million names in a debug build.
  @Test func aMillionNames() async throws {
    let site = try Site()
    var text: [UInt8] = []
    text.reserveCapacity(80_000_000)
    for number in 0..<1_000_000 {
      text +=
        "/store/unmerged/Run3Summer23/TTto2L2Nu_13p6TeV/NANOAODSIM/v14-v2/\(number / 1000)/f\(number).root\n"
        .utf8
    }
    let list = site.write("list", bytes: text)
    let gzip = try await Program("/usr/bin/gzip", ["-1", list]).finish()
    #expect(gzip.code == 0)
    let report = site.path("r.json")
    let result = try await site.start([
      "delete", "--from", list + ".gz", "--dry-run", "--report", report, "--report-files", "none",
    ]).finish(within: 1800)
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.peakMemory > 1 << 20 && result.peakMemory < 100 << 20, "\(result.peakMemory >> 20) MB")
    #expect(try Report(report).summary.notAttempted == 1_000_000)
  }
}
