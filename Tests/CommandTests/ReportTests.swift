import ByteStreams
import FoundationEssentials
import Testing
import TestSupport

@Suite("What a report holds")
struct ReportTests {
  /// A site with files of every fate, and the list of them.
  private func mixed() throws -> (Site, list: String) {
    let site = try Site()
    Disk.makeDirectory(site.storage + "/store/unmerged/directory")
    let lfns =
      [site.put("a.root"), site.put("dir/b.root"), "/store/unmerged/absent.root"]
      + ["/store/unmerged/directory", "/store/user/physicist/thesis.root", site.put("keep/c.root")]
    site.write("protected", "/store/unmerged/keep\n")
    return (site, site.write("list", lfns.joined(separator: "\n") + "\n"))
  }

  @Test("a summary bears any duration", arguments: ["1e300", "9223372036854775807", "1e-320", "-1e300"])
  func duration(seconds: String) async throws {
    let (site, list) = try mixed()
    let path = site.path("r.json")
    #expect(try await site.swab(["delete", "--from", list, "--report", path, "-q"]).code == 1)
    let text = String(decoding: try FileSource.contents(of: path), as: UTF8.self)
    site.write(
      "r.json", text.replacing(try Regex("\"seconds\":[0-9.]+,\"site"), with: "\"seconds\":\(seconds),\"site")
    )
    let result = try await site.swab(["report", "summary", path])
    #expect(result.code == 0 && result.text.contains("time "), "\(result.errors)")
  }

  @Test(arguments: ["all", "failed", "none"], ["r.json", "r.json.gz"])
  func files(which: String, name: String) async throws {
    let (site, list) = try mixed()
    let result = try await site.swab([
      "delete", "--from", list, "--protected", site.path("protected"), "--report", site.path(name),
      "--report-files", which,
    ])
    #expect(result.code == 1, "\(result.errors)")
    let report = try Report(site.path(name))
    #expect(report.status == "complete" && report.exit.code == 1 && report.exit.wmcoreExitCode == 0)
    #expect(report.job.site == "T2_XX_Test" && report.job.finished != nil)
    let sums = report.summary
    #expect(
      sums.requested == 6 && sums.deleted == 2 && sums.absent == 1 && sums.failed == 1 && sums.refused == 2)
    switch which {
    case "all": #expect(report.files.count == 6)
    case "failed": #expect(Set(report.files.map(\.outcome)) == ["failed", "refused"])
    default: #expect(report.named == nil)
    }
    #expect(
      result.text.contains("2 deleted, 1 absent, 1 failed, 2 refused, 0 not attempted"), "\(result.text)")
    #expect(result.text.contains("freed     not known: "), "\(result.text)")
  }

  @Test func dryRun() async throws {
    let (site, list) = try mixed()
    let before = Disk.tree(site.storage)
    let report = site.path("r.json")
    let result = try await site.swab([
      "delete", "--from", list, "--protected", site.path("protected"), "--report", report, "--dry-run",
    ])
    #expect(result.code == 1)
    #expect(Disk.tree(site.storage) == before)
    let written = try Report(report)
    #expect(written.request.dryRun && written.summary.notAttempted == 4 && written.summary.refused == 2)
    for file in written.files where file.outcome == "notAttempted" {
      #expect(file.pfn == site.storage + file.lfn && file.attempts == 0 && file.error == nil)
    }
    // Nothing refused: nothing is wrong.
    let clean = try await site.swab(["delete", "/store/unmerged/a.root", "--dry-run", "--report", report])
    #expect(clean.code == 0 && site.has("/store/unmerged/a.root"))
    #expect(try Report(report).exit.code == 0)
  }

  @Test func namesThatAreHardToWrite() async throws {
    let site = try Site()
    let names = [
      "q\"uote", "back\\slash", "h\u{e9}", "he\u{301}", "😀", "a b", "%41", "$1", "a,b", "-x", "~",
    ]
    let lfns = names.map { site.put($0) }
    let list = site.write("list", bytes: try Names.list(lfns))
    let result = try await site.swab(["delete", "--from", list, "--report", site.path("r.json")])
    #expect(result.code == 0, "\(result.errors)")
    let report = try Report(site.path("r.json"))
    for lfn in lfns { #expect(report.file(lfn)?.outcome == "deleted", "\(lfn)") }
    #expect(Disk.names(site.storage + "/store/unmerged").isEmpty)
  }

  /// Of a single report the summary says what that said, to the letter; several have in common what is the same in all.
  @Test func summaryOfOne() async throws {
    let site = try Site()
    let paths = ["1.json", "2.json"].map { site.path($0) }
    for (index, path) in paths.enumerated() {
      _ = try await site.swab([
        "delete", site.put("a.root"), "/etc/passwd", "--report", path, "--journal", site.path("j\(index)"),
        "--retries", "\(index)", "--timeout", "7",
      ])
      let result = try await site.swab(["report", "summary", "--json", path])
      #expect(result.code == 0, "\(result.errors)")
      for line in Disk.read(path).split(separator: "\n") {
        guard
          ["job", "request", "summary", "warnings", "exit"].contains(where: { line.hasPrefix("\"\($0)\":") })
        else {
          continue
        }
        let member = line.last == "," ? line.dropLast() : line
        #expect(result.text.contains(member), "\(member)")
      }
      #expect(!result.text.contains("\"files\":[{"))
    }
    let both = site.path("both.json")
    #expect(try await site.swab(["report", "merge"] + paths + ["-o", both]).code == 0)
    #expect(Disk.read(both).contains(#""retries":null,"timeout":7,"#))
    let printed = try await site.swab(["report", "merge", paths[1], "-o", "-"])
    #expect(printed.code == 0 && printed.text.contains(#""retries":1,"timeout":7,"#), "\(printed.text)")
    #expect(!Disk.exists(site.path("-")))
  }

  @Test func namesThatAreRefused() async throws {
    let site = try Site()
    site.put("a.root")
    let strange: [UInt8] =
      Array("/store/unmerged/a.root\u{0}\n/store/unmerged/a.root\r\n/store/unmerged/\u{1b}[2J\n".utf8)
      + Array("/store/unmerged/".utf8) + [0xff, 0xfe, 10] + Array("/store/unmerged/../../a\n".utf8)
    let list = site.write("list", bytes: strange)
    let result = try await site.swab(["delete", "--from", list, "--report", site.path("r.json")])
    #expect(result.code == 1, "\(result.errors)")
    #expect(try Report(site.path("r.json")).summary.refused == 5)
    #expect(site.has("/store/unmerged/a.root"))
    // What a terminal is shown has no control characters.
    #expect(!result.text.unicodeScalars.contains { ($0.value < 32 && $0 != "\n") || $0.value == 127 })
  }

  @Test func aNameThatIsListedTwice() async throws {
    let site = try Site()
    let victim = site.put("a.root")
    let list = site.write("list", "\(victim)\n\(victim)\n")
    let report = site.path("r.json")
    #expect(
      try await site.swab(["delete", victim, "--from", list, "--from", list, "--report", report]).code == 0)
    #expect(try Report(report).summary.requested == 5)
  }

  /// Reports of a run that failed, one that was cut short, a good one, and one that names no files.
  private func several() async throws -> (Site, [String]) {
    let (site, list) = try mixed()
    let paths = ["1.json", "2.json.gz", "3.json", "4.json"].map { site.path($0) }
    let protected = ["--protected", site.path("protected")]
    _ = try await site.swab(["delete", "--from", list, "--report", paths[0]] + protected)
    _ = try await site.swab(["delete", site.put("d.root"), "--report", paths[1]])
    _ = try await site.swab(["delete", "--from", site.path("nowhere"), "--report", paths[2]])
    _ = try await site.swab(["delete", site.put("e.root"), "--report", paths[3], "--report-files", "none"])
    return (site, paths)
  }

  @Test func merge() async throws {
    let (site, paths) = try await several()
    for count in 1...paths.count {
      for name in ["m.json", "m.json.gz"] {
        let output = site.path(name)
        let result = try await site.swab(["report", "merge"] + paths.prefix(count) + ["-o", output])
        #expect(result.code == 0, "\(result.errors)")
        let merged = try? Report(output)
        let parts = try paths.prefix(count).map { try Report($0) }
        if count < 4 {
          // The last one names no files, which the strict check can't know.
          _ = try Report(output)
          #expect(merged?.files.map(\.lfn) == parts.flatMap(\.files).map(\.lfn))
          let outcomes = parts.flatMap(\.files).map(\.outcome)
          #expect(merged?.files.map(\.outcome) == outcomes)
        }
        if let merged {
          #expect(merged.summary.requested == parts.map(\.summary.requested).reduce(0, +))
          #expect(merged.summary.deleted == parts.map(\.summary.deleted).reduce(0, +))
          #expect(merged.summary.absent == parts.map(\.summary.absent).reduce(0, +))
          #expect(merged.summary.failed == parts.map(\.summary.failed).reduce(0, +))
          #expect(merged.summary.refused == parts.map(\.summary.refused).reduce(0, +))
          #expect(merged.summary.attempts == parts.map(\.summary.attempts).reduce(0, +))
          #expect(merged.status == (count < 3 ? "complete" : "incomplete"))
        }
      }
    }
  }

  /// Where nothing answered in any of the jobs, nothing answered in all of them.
  @Test func mergeOfUnavailable() async throws {
    let site = try Site()
    let paths = [site.path("1.json"), site.path("2.json")]
    for path in paths {
      let result = try await site.swab([
        "delete", "/store/unmerged/a", "--retries", "0", "--report", path,
        "--override", "command=cp,lfn-prefix=\(site.path("nowhere")),phedex-node=T2_XX_Nowhere",
      ])
      #expect(result.code == 69, "\(result.errors)")
    }
    let output = site.path("m.json")
    #expect(try await site.swab(["report", "merge"] + paths + ["-o", output]).code == 0)
    #expect(Disk.read(output).contains(#""exit":{"code":69,"#))
  }

  /// A merged report can be merged again, in any order, with the same sums.
  @Test func mergeOfMerges() async throws {
    let (site, paths) = try await several()
    let (one, two) = (site.path("one.json"), site.path("two.json.gz"))
    #expect(try await site.swab(["report", "merge", paths[0], paths[1], "-o", one]).code == 0)
    #expect(try await site.swab(["report", "merge", paths[1], one, "-o", two]).code == 0)
    let (first, second) = (try Report(paths[1]).summary, try Report(two).summary)
    #expect(second.requested == 6 + 2 * first.requested && second.deleted == 2 + 2 * first.deleted)
    // In the place of one of its sources.
    #expect(try await site.swab(["report", "merge", one, paths[1], "-o", one]).code == 0)
    #expect(try Report(one).summary.requested == 6 + 2 * first.requested)
  }

  /// Whatever its name is, the files of a report count once.
  @Test func namedTwice() async throws {
    let (site, paths) = try await several()
    let link = site.path("latest.json")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: paths[0])
    let unpacked = site.write(
      "2.json", bytes: try await Program("/usr/bin/gzip", ["-dc", paths[1]]).finish().output)
    let all = [paths[0], link, paths[1], paths[0], unpacked]
    let summary = try await site.swab(["report", "summary"] + all)
    #expect(summary.code == 0 && summary.text.contains("7 requested: 3 deleted, 1 absent"), "\(summary.text)")
    #expect(summary.text.contains("run       2 reports of 1 host"), "\(summary.text)")
    #expect(
      summary.errorLines
        == zip([link, paths[0], unpacked], [paths[0], paths[0], paths[1]]).map {
          "swab: warning: \($0): the same report as \($1), counted once"
        }, "\(summary.errors)")
    let merged = site.path("m.json")
    #expect(try await site.swab(["report", "merge"] + all + ["-o", merged]).code == 0)
    let report = try Report(merged)
    #expect(report.summary.requested == 7 && report.files.count == 7)
    // Of a report that is named twice alone the summary is still that of one.
    let one = try await site.swab(["report", "summary", "--json", paths[0], link])
    #expect(one.output == (try await site.swab(["report", "summary", "--json", paths[0]])).output)
  }

  @Test func summary() async throws {
    let (site, paths) = try await several()
    let text = try await site.swab(["report", "summary"] + paths)
    #expect(text.code == 0 && text.errors.isEmpty)
    #expect(text.text.contains("8 requested: 4 deleted, 1 absent, 1 failed, 2 refused"), "\(text.text)")
    #expect(
      text.text.contains(
        /^run       4 reports of 1 host, [^ ]+Z to [^ ]+Z: 2 with exit code 0, 1 with exit code 1, 1 with exit code 66; 1 inc/
      ),
      "\(text.text)")
    // Six of the eight were asked for.
    let bars = text.text.matches(of: /\n +up to [0-9.]+ (?:µs|ms|s) +([0-9]+)( #+)?/)
    #expect(
      text.text.contains("latency   p50 ") && bars.reduce(0) { $0 + (Int($1.output.1) ?? 0) } == 6,
      "\(text.text)")
    let json = try await site.swab(["report", "summary", "--json"] + paths)
    #expect(json.code == 0)
    site.write("summary.json", bytes: json.output)
    let report = try Report(site.path("summary.json"))
    #expect(report.named == nil && report.summary.requested == 8 && report.summary.deleted == 4)
  }

  /// The time between two runs is none of theirs.
  @Test func timeOfSeveral() async throws {
    let (site, paths) = try await several()
    let times = [("10:00:00", 20.0, 30.0), ("10:00:10", 20.0, 30.0), ("11:00:00", 5.0, 35.0)]
    var files: [String] = []
    for (index, (start, seconds, sum)) in times.enumerated() {
      files.append(
        site.write(
          "\(index).json",
          Disk.read(paths[0])
            .replacing(/"started":"[^"]+"/, with: "\"started\":\"2026-01-31T\(start)Z\"", maxReplacements: 1)
            .replacing(
              /"seconds":[0-9.]+,"site"/, with: "\"seconds\":\(seconds),\"site\"", maxReplacements: 1)))
      guard index > 0 else { continue }
      let text = try await site.swab(["report", "summary"] + files).text
      #expect(text.contains("time      \(sum) s, "), "\(text)")
    }
  }

  /// What a report said of the end is what its summary says: a run that never began was no success.
  @Test func summaryOfAFailure() async throws {
    let site = try Site()
    let report = site.path("r.json")
    _ = try await site.swab(
      ["delete", "/store/unmerged/a", "--report", report], environment: ["SITECONFIG_PATH": "/x"])
    let text = try await site.swab(["report", "summary", report])
    #expect(text.text.contains("exit      78: "), "\(text.text)")
    let good = site.path("good.json")
    _ = try await site.swab(["delete", "/store/unmerged/a", "--report", good])
    let both = try await site.swab(["report", "summary", good, report])
    #expect(!both.text.contains("exit      0"), "\(both.text)")
    let merged = site.path("m.json")
    _ = try await site.swab(["report", "merge", good, report, "-o", merged])
    #expect(try Report(merged).exit.code != 0)
  }

  /// Things that are no reports, and the exit code.
  static let garbage: [(text: String?, code: Int32)] = [
    (nil, 66), ("", 65), ("nonsense", 65), ("{}", 65), ("[]", 65), (#"{"schema":"swab.job-report/1"}"#, 65),
    (#"{"schema":"swab.job-report/2","status":"complete"}"#, 65), ("/store/unmerged/a\n", 65), ("null", 65),
  ]

  @Test(arguments: garbage) func noReport(row: (text: String?, code: Int32)) async throws {
    let (site, paths) = try await several()
    if let text = row.text { site.write("garbage", text) }
    for line in [
      ["report", "merge", paths[0], site.path("garbage"), "-o", site.path("m.json")],
      ["report", "summary", site.path("garbage")],
    ] {
      let result = try await site.swab(line)
      #expect(result.code == row.code && result.errorLines.count == 1, "\(result.errors)")
      #expect(result.errors.contains("garbage"), "\(result.errors)")
      #expect(result.output.isEmpty && !Disk.exists(site.path("m.json")))
    }
  }

  @Test func damagedReports() async throws {
    let (site, paths) = try await several()
    let packed = Disk.bytes(paths[1])
    let cut = site.write("cut.json.gz", bytes: Array(packed.prefix(packed.count / 2)))
    let wrong = Disk.read(paths[0]).replacing("\"requested\":6", with: "\"requested\":7")
    #expect(wrong != Disk.read(paths[0]))
    for path in [cut, site.write("wrong.json", wrong)] {
      let result = try await site.swab(["report", "summary", path])
      #expect(result.code == 65 && result.errorLines.count == 1, "\(result.errors)")
    }
    let result = try await site.swab(["report", "merge", paths[0], "-o", site.path("nowhere/m.json")])
    #expect(result.code == 73 && result.errorLines.count == 1, "\(result.errors)")
  }
}
