import Testing
import TestSupport

/// Streams that are closed, broken or full: what is said is lost, what is done is not.
@Suite("Standard streams")
struct StreamTests {
  /// A closed stream's number is the first that the kernel gives out again: a report must not end up there.
  @Test(arguments: ["closed", "broken", "full"], ["", "-vv", "-q"])
  func deletionGoesOn(kind: String, option: String) async throws {
    let site = try Site()
    let lfns = (0..<50).map { site.put("d/\($0).root") } + ["/store/unmerged/d/absent.root", "/store/user/x"]
    let list = site.write("list", lfns.joined(separator: "\n"))
    let report = site.path("r.json")
    let stream: Program.Output =
      switch kind {
      case "closed": .closed
      case "broken": .brokenPipe
      default: .file("/dev/full")
      }
    let result = try await site.swab(
      ["delete", "--from", list, "--report", report] + (option.isEmpty ? [] : [option]),
      input: .closed, output: stream, errors: stream)
    #expect(result.code == 1 && result.signal == nil)
    let written = try Report(report)
    #expect(written.summary.deleted == 50 && written.summary.absent == 1 && written.summary.refused == 1)
    #expect(Disk.tree(site.storage) == ["store/", "store/unmerged/", "store/unmerged/d/"])
  }

  @Test func closedInput() async throws {
    let site = try Site()
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "--from", "-", "--report", report], input: .closed)
    #expect(result.code == 66, "\(result.errors)")
    #expect(result.errorLines.count == 1 && result.errors.contains("standard input"), "\(result.errors)")
    #expect(try Report(report).exit.code == 66)
  }

  @Test func redirectedInput() async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    let list = site.write("list", victim)
    #expect(try await site.swab(["delete", "--from", "-"], input: .file(list)).code == 0)
    #expect(!site.has(victim))
    // A directory, and standard input twice.
    #expect(try await site.swab(["delete", "--from", "-"], input: .file(site.storage)).code == 66)
    let other = site.put("other.root")
    let twice = try await site.swab(
      ["delete", "--from", "-", "--from", "-"], input: .bytes(Array(other.utf8)))
    #expect(twice.code == 0, "\(twice.errors)")
    #expect(!site.has(other))
  }

  /// What is asked for is the result: where it can't be printed, the command has failed.
  @Test(arguments: [
    ["report", "schema"], ["backends"], ["backends", "--json"], ["resolve", "/store/unmerged/a"],
    ["resolve", "--json", "/store/unmerged/a"],
  ]) func lostResult(line: [String]) async throws {
    let site = try Site()
    let full = try await site.swab(line, output: .file("/dev/full"))
    #expect(full.code == 73 && full.errorLines.count == 1, "\(line): \(full.errors)")
    #expect(full.errors.contains("standard output"), "\(full.errors)")
    let closed = try await site.swab(line, output: .closed)
    #expect(closed.code == 73, "\(line): \(closed.errors)")
    // As of `swab … | head`: no complaint.
    let broken = try await site.swab(line, output: .brokenPipe)
    #expect(broken.code != 0 && broken.errors.isEmpty, "\(line): \(broken.errors)")
  }
}
