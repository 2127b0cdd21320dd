import TestSupport
import Testing

import Glibc

@Suite("swab delete --not-newer-than") struct NotNewerThanTests {
  /// Files that were written an hour before, at, and an hour after 2026-01-31T12:00:00Z.
  private func site() throws -> (Site, [String]) {
    let site = try Site()
    let lfns = ["before", "at", "after"].map { site.put($0) }
    for (lfn, seconds) in zip(lfns, [-3600, 0, 3600]) {
      let time = timespec(tv_sec: 1_769_860_800 + seconds, tv_nsec: 0)
      #expect(utimensat(AT_FDCWD, site.storage + lfn, [time, time], 0) == 0)
    }
    return (site, lfns)
  }

  @Test(
    arguments: [
      (["--not-newer-than", "2026-01-31T12:00:00Z"], nil, [true, true, false]),
      (["--not-newer-than", "2026-01-31T12:59:59.999+01:00"], nil, [true, false, false]),
      ([], "2026-01-31T12:00:00Z", [true, true, false]),
      (["--not-newer-than", "2026-01-31T13:00:00Z"], "2026-01-31T11:00:00Z", [true, true, true]),
      ([], nil, [true, true, true]),
    ] as [([String], String?, [Bool])])
  func `a newer file is refused`(options: [String], ofJob: String?, go: [Bool]) async throws {
    let (site, lfns) = try site()
    var arguments = ["delete"] + lfns + ["--report", site.path("r.json")] + options
    if let ofJob {
      arguments += [
        "--job",
        site.write("job.json", #"{"schema":"swab.job/1","options":{"notNewerThan":"\#(ofJob)"}}"#),
      ]
    }
    let result = try await site.swab(arguments)
    let isWhole = !go.contains(false)
    #expect(result.code == (isWhole ? 0 : 1), "\(result.errors)")
    #expect(lfns.map(site.has) == go.map { !$0 })
    let report = try Report(site.path("r.json"))
    let refused = go.count { !$0 }
    #expect(report.summary.refused == refused && report.summary.deleted == go.count - refused)
    for (lfn, mayGo) in zip(lfns, go) where !mayGo {
      let file = try #require(report.file(lfn))
      #expect(file.outcome == "refused" && file.error?.class == "refused" && file.error?.code == "newer")
      #expect(file.bytes == nil && file.pfn == site.storage + lfn)
    }
    let hasLimit = !options.isEmpty || ofJob != nil
    #expect((report.request.notNewerThan != nil) == hasLimit)
    #expect(report.summary.ageUnknown == (hasLimit ? 0 : nil))
    // Files that are asked for have a size.
    #expect(report.summary.bytesFreedIsPartial == !hasLimit)
    #expect(!report.warnings.contains { $0.contains("--not-newer-than") })
    if refused > 0 {
      #expect(result.text.contains("refused   \(refused), such as "), "\(result.text)")
      #expect(result.text.contains("it was written at 2026-01-31T"), "\(result.text)")
    }
  }

  @Test func `a refusal is not final in the journal`() async throws {
    let (site, lfns) = try site()
    func run(_ limit: String) async throws -> Report {
      _ = try await site.swab(
        ["delete"] + lfns + [
          "--report", site.path("r.json"), "--journal", site.path("j"), "--not-newer-than", limit,
        ])
      return try Report(site.path("r.json"))
    }
    #expect(try await run("2026-01-31T12:00:00Z").summary.refused == 1)
    #expect(lfns.map(site.has) == [false, false, true])
    let second = try await run("2026-01-31T13:00:00Z")
    #expect(second.summary.deleted == 3 && second.summary.refused == 0 && second.summary.ageUnknown == 0)
    // What the first run deleted has no size any more.
    #expect(second.summary.bytesFreed == 1 && second.summary.bytesFreedIsPartial == true)
  }

  /// What can't say when a file was written deletes it, and the report says so once an endpoint.
  @Test func `a tool that tells no times is warned of`() async throws {
    let site = try Site(endpoints: [("gfal2", "gsiftp://127.0.0.1:1")])
    // It is given a list of what to remove, or a name.
    site.install(
      "gfal-rm",
      """
      #!/bin/sh
      while [ $# -gt 0 ]; do
        case $1 in
          --from-file) while read -r url; do printf '%s\\tDELETED\\n' "$url"; done <"$2"; shift ;;
          gsiftp:*) printf '%s\\tDELETED\\n' "$1" ;;
        esac
        shift
      done
      """)
    let result = try await site.swab([
      "delete", "/store/unmerged/a", "/store/unmerged/b", "--report", site.path("r.json"),
      "--not-newer-than", "2026-01-31T12:00:00Z",
    ])
    #expect(result.code == 0, "\(result.errors)")
    let report = try Report(site.path("r.json"))
    #expect(report.summary.deleted == 2 && report.summary.ageUnknown == 2, "\(report.summary)")
    #expect(report.warnings.count { $0.hasPrefix("gsiftp://127.0.0.1:1: gfal was not told when") } == 1)
    let merged = site.path("merged.json")
    let other = site.write(
      "other.json", Disk.read(site.path("r.json")).replacing(/"pid":[0-9]+/, with: "\"pid\":1"))
    #expect(
      try await site.swab(["report", "merge", site.path("r.json"), other, "-o", merged]).code == 0)
    #expect(try Report(merged).summary.ageUnknown == 4)
  }

  @Test(arguments: ["", "2026-01-31", "2026-01-31T12:00:00", "yesterday", "2026-02-30T12:00:00Z"])
  func `what is no time is said to be none`(_ text: String) async throws {
    let (site, lfns) = try site()
    let result = try await site.swab(["delete"] + lfns + ["--not-newer-than", text])
    #expect(
      result.code == 64 && result.errors.contains("--not-newer-than is an ISO 8601 time"), "\(result.errors)")
    let job = site.write("job.json", #"{"schema":"swab.job/1","options":{"notNewerThan":"\#(text)"}}"#)
    let other = try await site.swab(["delete"] + lfns + ["--job", job])
    #expect(
      other.code == 65 && other.errors.contains("\"notNewerThan\" is an ISO 8601 time"), "\(other.errors)")
    #expect(lfns.allSatisfy(site.has))
  }
}
