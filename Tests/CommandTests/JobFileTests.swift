import Testing
import TestSupport

@Suite("The job file")
struct JobFileTests {
  /// Job files that are refused; the exit code is 65.
  static let wrong: [(text: String, message: String)] = [
    ("", "JSON"), ("nonsense", "JSON"), (#"{"schema":"swab.job/1""#, "JSON"), ("[]", ""),
    (#"{"lists":["l"]}"#, "its schema is missing"), (#"{"schema":"swab.job/2"}"#, "its schema is"),
    (#"{"schema":1}"#, "schema"), (#"{"schema":"swab.job/1","allows":["/"]}"#, "\"allows\" is not known"),
    (#"{"schema":"swab.job/1","options":{"pruneEmpty":true}}"#, "\"options.pruneEmpty\" is not known"),
    (#"{"schema":"swab.job/1","options":7}"#, "options"),
    (#"{"schema":"swab.job/1","lists":"l"}"#, "lists"),
    (#"{"schema":"swab.job/1","lists":["l"],"options":{"retries":"3"}}"#, "retries"),
    (#"{"schema":"swab.job/1","lists":["l"],"options":{"retries":-1}}"#, "out of range"),
    (#"{"schema":"swab.job/1","lists":["l"],"options":{"concurrency":0}}"#, "out of range"),
    (#"{"schema":"swab.job/1","lists":["l"],"options":{"reportFiles":"some"}}"#, "all, failed or none"),
    (#"{"schema":"swab.job/1","lists":["l"],"expires":"2020-01-01T00:00:00Z"}"#, "it expired"),
    (#"{"schema":"swab.job/1","lists":["l"],"expires":"tomorrow"}"#, "no ISO 8601"),
    (#"{"schema":"swab.job/1","lists":["l"],"options":{"dryRun":false,"dryRun":true}}"#, "\"dryRun\" twice"),
    (#"{"schema":"swab.job/1","lists":["l"],"protected":[],"protected":["l"]}"#, "\"protected\" twice"),
    (
      #"{"schema":"swab.job/1","lists":["l"],"expires":"2099-01-01T00:00:00Z","expires":"2020-01-01T00:00:00Z"}"#,
      "\"expires\" twice"
    ),
    (
      "{\"schema\":\"swab.job/1\",\n\"lists\":[\"l\"],\"l\\u0069sts\":[]}",
      "line 2: an object has the key \"lists\" twice"
    ),
    (#"{"schema":"swab.job/1","lists":["l"],"site":"T2_YY_Other"}"#, "it is for the site T2_YY_Other"),
  ]

  @Test("that is wrong deletes nothing", arguments: wrong)
  func refused(row: (text: String, message: String)) async throws {
    let site = try Site()
    let victim = site.put("victim.root")
    site.write("l", victim + "\n")
    let job = site.write("job.json", row.text)
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "--job", job, "--report", report])
    #expect(result.code == 65, "\(result.errors)")
    #expect(result.errorLines.count == 1, "\(result.errors)")
    #expect(
      result.errors.hasPrefix("swab: \(job): ") && result.errors.contains(row.message), "\(result.errors)")
    #expect(site.has(victim))
    #expect(try Report(report).exit.code == 65)
  }

  @Test("that is missing")
  func missing() async throws {
    let site = try Site()
    let report = site.path("r.json")
    let result = try await site.swab(["delete", "--job", site.path("nowhere.json"), "--report", report])
    #expect(result.code == 66 && result.errorLines.count == 1, "\(result.errors)")
    #expect(try Report(report).exit.code == 66)
  }

  @Test("with neither a list nor a name on the command line is wrong usage")
  func nothingToDo() async throws {
    let site = try Site()
    let job = site.write("job.json", #"{"schema":"swab.job/1"}"#)
    #expect(try await site.swab(["delete", "--job", job]).code == 64)
  }

  /// A job beside its lists, run from elsewhere.
  private func makeJob(_ site: Site) -> String {
    Disk.makeDirectory(site.path("job/lists"))
    site.put("a.root")
    site.put("keep/b.root")
    site.write("job/lists/l.txt", "/store/unmerged/a.root\n/store/unmerged/keep/b.root\n")
    site.write("job/protected.json", #"{"result":["/store/unmerged/keep"]}"#)
    return site.write(
      "job/job.json",
      """
      {"schema":"swab.job/1","campaign":"2026-11","jobId":"0001","site":"T2_XX_Test","rse":"T2_XX_Test",
       "lists":["lists/l.txt"],"protected":["protected.json"],"allow":["/store/unmerged/"],
       "expires":"2999-01-01T00:00:00Z",
       "options":{"retries":1,"retryPause":0,"timeout":7,"deadline":600,"concurrency":2,
                  "report":"r.json.gz","reportFiles":"all","backend":"rm","dryRun":false}}
      """)
  }

  @Test("that is good: lists beside it, the report where the process works")
  func good() async throws {
    let site = try Site()
    let job = makeJob(site)
    Disk.makeDirectory(site.path("work"))
    let result = try await site.swab(["delete", "--job", job], workingDirectory: site.path("work"))
    #expect(result.code == 1, "\(result.errors)")
    let report = try Report(site.path("work/r.json.gz"))
    #expect(report.lfns("deleted") == ["/store/unmerged/a.root"])
    #expect(report.lfns("refused") == ["/store/unmerged/keep/b.root"])
    #expect(report.job.campaign == "2026-11" && report.job.jobId == "0001")
    #expect(report.request.rse == "T2_XX_Test" && report.request.retries == 1)
    #expect(report.request.timeout == 7 && report.request.deadline == 600 && report.request.concurrency == 2)
    #expect(report.request.protected.entries == 1)
    #expect(!site.has("/store/unmerged/a.root") && site.has("/store/unmerged/keep/b.root"))
  }

  @Test("named by a relative path")
  func relative() async throws {
    let site = try Site()
    _ = makeJob(site)
    let result = try await site.swab(
      ["delete", "--job", "job.json", "--dry-run"], workingDirectory: site.path("job"))
    #expect(result.code == 1, "\(result.errors)")
    #expect(try Report(site.path("job/r.json.gz")).summary.notAttempted == 1)
  }

  @Test("is overridden by the command line, but for its protected list")
  func overridden() async throws {
    let site = try Site()
    let job = makeJob(site)
    site.put("/store/temp/c.root")
    site.put("/store/temp/keep/d.root")
    let list = site.write(
      "mine", "/store/temp/c.root\n/store/temp/keep/d.root\n/store/unmerged/keep/b.root\n")
    let protected = site.write("mine-too", "/store/temp/keep\n")
    let report = site.path("mine.json")
    let result = try await site.swab([
      "delete", "--job", job, "--from", list, "--allow", "/store/temp", "--allow", "/store/unmerged",
      "--protected", protected, "--report", report, "--report-files", "failed", "--retries", "0",
      "--timeout", "9", "--deadline", "99", "--concurrency", "1",
    ])
    #expect(result.code == 1, "\(result.errors)")
    let written = try Report(report)
    #expect(written.summary.deleted == 1 && written.summary.refused == 2)
    #expect(written.request.sources == [list])
    #expect(written.request.protected.entries == 2)
    #expect(written.request.retries == 0 && written.request.timeout == 9 && written.request.deadline == 99)
    #expect(written.files.count == 2)
    // What the job lists is not touched, and its own report is not written.
    #expect(site.has("/store/unmerged/a.root"))
    #expect(!Disk.exists(site.path("r.json.gz")))
  }
}
