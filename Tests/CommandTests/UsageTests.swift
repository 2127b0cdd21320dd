import Testing
import TestSupport

/// Command lines that are wrong: exit code 64, an explanation, nothing done.
@Suite("Wrong usage")
struct UsageTests {
  static let lines: [[String]] = [
    ["magic"], ["delete", "--magic"], ["delete"], ["resolve"], ["report", "magic"],
    ["report", "summary"], ["report", "merge"], ["report", "merge", "a.json"], ["backends", "x"],
    ["resolve", "/a", "--catalog", "f"], ["resolve", "/a", "--protocol", "p"],
    ["resolve", "/a", "--catalog", "f", "--protocol", "p", "--rse", "R"],
  ]

  @Test(arguments: lines) func isRefused(line: [String]) async throws {
    let site = try Site()
    let result = try await site.swab(line)
    #expect(result.code == 64, "\(line): \(result.errors)")
    #expect(!result.errors.isEmpty || !result.output.isEmpty)
  }

  /// Options of `swab delete` that are not in this version, or have such values.
  static let options: [[String]] = [
    ["--journal"], ["--checkpoint"], ["--progress", "maybe"], ["--prune-empty-directories=yes"],
    ["--checkpoint-every", "10"], ["--checkpoint", "--journal", "j", "--checkpoint-every", "0"],
    ["--max-rate", "0"], ["--max-rate", "-5"], ["--deadline", "0"],
    ["--deadline", "-1"], ["--deadline", "soon"], ["--deadline", "nan"], ["--deadline", "inf"],
    ["--concurrency", "0"], ["--concurrency", "9999"], ["--concurrency", "1.5"], ["--retries", "-1"],
    ["--retries", "x"], ["--max-delete", "-1"], ["--max-delete", "many"],
    ["--retries", "99999999999999999999"], ["--timeout", "0"], ["--timeout", "nan"],
    ["--retry-pause", "-1"], ["--retry-pause", "nan"], ["--report-files", "some"], ["--log-format", "xml"],
    ["-q", "-v"], ["--report"], ["--from"],
  ]

  @Test(arguments: options) func isNoOption(option: [String]) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let result = try await site.swab(["delete", victim, "--report", site.path("r.json")] + option)
    #expect(result.code == 64, "\(option): \(result.errors)")
    #expect(result.errors.contains("Usage:"))
    #expect(site.has(victim))
  }

  @Test func versionAndHelp() async throws {
    let site = try Site()
    for line in [
      ["--version"], ["--help"], ["help", "delete"], ["delete", "--help"], ["report", "--help"],
    ] {
      let result = try await site.swab(line)
      #expect(result.code == 0, "\(line)")
      #expect(!result.output.isEmpty && result.errors.isEmpty, "\(line)")
    }
    #expect(try await site.swab(["--version"]).text.hasPrefix("swab "))
  }
}
