import DeletionEngine
import DeletionModel
import FoundationEssentials
import JobReports
import TestSupport
import Testing

import Glibc

@testable import swab

/// How far a run has come, for who watches it.
@Suite("Progress")
struct ProgressTests {
  private struct Line: Decodable {
    let severity: String
    let content: String
    let event: String?
    let total: Int?
    let done: Int?
    let failed: Int?
    let filesPerSecond: Double?
    let exitCode: Int?
  }

  @Test(arguments: [("on", true), ("off", false)])
  func atTheEnd(_ mode: String, isSaid: Bool) async throws {
    let site = try Site()
    let result = try await site.swab([
      "delete", site.put("a"), site.put("b"), "/store/unmerged/absent", "/store/user/x", "--progress", mode,
    ])
    let counts = "Z info 4 of 4 files (100 %): 2 deleted, 1 absent, 1 refused; "
    let speed = /[0-9.]+ files\/s, [0-9]+:[0-9]{2}\n$/
    #expect(
      isSaid ? result.errors.contains(counts) && result.errors.contains(speed) : result.errors.isEmpty,
      "\(result.errors)")
  }

  /// With `--log-format json` there is nothing else on standard error, neither progress nor a summary nor an error.
  @Test(arguments: [
    (["--progress", "on", "--report", "-"], Int32(0), "4 of 4 files"),
    (["--from", "/nonexistent"], 66, "/nonexistent"),
    (["--retries", "-1"], 64, "--retries"), (["--nope"], 64, "--nope"),
    (["--journal", "/nonexistent/j"], 73, "/nonexistent"),
    (["--site-config", "/nonexistent"], 78, "/nonexistent"),
  ])
  func json(options: [String], code: Int32, text: String) async throws {
    let site = try Site()
    let result = try await site.swab(
      [
        "delete", site.put("a"), site.put("b"), "/store/unmerged/absent", site.put("c"), "--log-format",
        "json",
      ]
        + options)
    #expect(result.code == code, "\(result.errors)")
    let lines = try ReferenceData.lines(Array(result.errors.utf8), as: Line.self)
    #expect(lines.contains { $0.content.contains(text) }, "\(result.errors)")
    if code == 0 {
      let last = try #require(lines.last { $0.event == "progress" })
      #expect(last.total == 4 && last.done == 4 && last.failed == 0 && last.severity == "info")
      #expect(last.filesPerSecond ?? 0 > 0)
    } else {
      #expect(lines.last?.severity == "critical" && lines.last?.exitCode == Int(code), "\(result.errors)")
    }
  }

  /// The other commands, too.
  @Test(
    arguments: [
      (["check", "--timeout", "0"], 64),
      (["resolve", "/store/unmerged/a", "--site-config", "/nonexistent"], 78),
      (["backends", "--nope"], 64), (["schema", "nothing"], 64), (["report", "schema", "--nope"], 64),
      (["report", "summary", "/nonexistent"], 66), (["report", "merge", "/nonexistent", "-o", "-"], 66),
    ] as [([String], Int32)])
  func jsonOfOthers(arguments: [String], code: Int32) async throws {
    let result = try await Site().swab(arguments + ["--log-format", "json"])
    let lines = try ReferenceData.lines(Array(result.errors.utf8), as: Line.self)
    #expect(result.code == code && lines.last?.exitCode == Int(code), "\(result.errors)")
    #expect(lines.last?.severity == "critical" && result.text.isEmpty)
  }

  /// A site whose `xrdfs` notes that it was started, and hangs.
  private func hangingSite() throws -> Site {
    let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
    site.install("xrdfs", "#!/bin/sh\necho >>\(site.path("calls"))\nexec sleep 600\n")
    return site
  }

  /// A signal that would end any other program asks this one how far it is.
  @Test func byASignal() async throws {
    let site = try hangingSite()
    let messages = site.write("messages", "")
    let program = try site.start(
      ["delete", "/store/unmerged/a", "--backend", "xrdfs", "--timeout", "600", "-q"], errors: .file(messages)
    )
    try await program.wait(until: "the tool runs") { Disk.exists(site.path("calls")) }
    program.send(SIGUSR1)
    try await program.wait(until: "it has answered") { Disk.read(messages).contains("0 of 1 files (0 %)") }
    program.send(SIGTERM)
    #expect(try await program.finish().code == 75)
  }

  /// The same before there is anything to tell.
  @Test func byASignalDuringTheLists() async throws {
    let site = try Site()
    let (messages, report) = (site.write("messages", ""), site.path("r.json"))
    let program = try site.start(
      ["delete", "--from", "-", "--report", report], input: .silentPipe(), errors: .file(messages))
    try await program.wait(until: "the report is begun") { Disk.exists(report) }
    program.send(SIGUSR1)
    try await program.wait(until: "it has answered") {
      Disk.read(messages).contains("nothing has been deleted yet")
    }
    program.send(SIGTERM)
    #expect(try await program.finish().code == 75)
  }

  /// On a terminal the line is replaced, and what else is said has a line of its own. Not where it can't be replaced.
  @Test(arguments: [("xterm", true), ("dumb", false)]) func onATerminal(kind: String, isReplaced: Bool)
    async throws
  {
    let site = try hangingSite()
    let shown = site.path("typescript")
    let program = try Program(
      "/usr/bin/script",
      [
        "-qefc",
        "\(Repository.builtSwab) delete /store/unmerged/a --backend xrdfs --timeout 600 --progress on", shown,
      ], environment: site.environment.merging(["TERM": kind]) { $1 }, workingDirectory: site.root)
    try await program.wait(until: "the tool runs") { Disk.exists(site.path("calls")) }
    if isReplaced {
      try await program.wait(until: "there is a line") {
        Disk.read(shown).contains("\r\u{1b}[K0 % 0 of 1 files, ")
      }
    }
    let pids = Disk.names("/proc").compactMap(pid_t.init).filter {
      Disk.read("/proc/\($0)/cmdline").hasPrefix("\(Repository.builtSwab)\0delete")
        && Disk.read("/proc/\($0)/environ").contains(site.root)
    }
    for pid in pids { kill(pid, SIGTERM) }
    #expect(try await program.finish().code == 75)
    #expect(Disk.read(shown).contains("\u{1b}") == isReplaced)
    #expect(Disk.read(shown).contains("Z info 1 of 1 files (100 %): 1 "))
  }

  private static func state(
    _ gone: Int, failed: Int = 0, of total: Int, seconds: Double, rate: Double?,
    _ waiting: [CircuitBoard.Waiting] = [], isEnd: Bool = false, freed: FreedBytes = FreedBytes()
  ) -> ProgressState {
    var counts = OutcomeCounts()
    counts.add(deleted: gone, failed: failed)
    return ProgressState(
      counts: counts, total: total, freed: freed, seconds: seconds, rate: rate, waiting: waiting, isEnd: isEnd
    )
  }

  private static func waiting(_ kind: ErrorClass, seconds: Int?, isUnavailable: Bool = false)
    -> CircuitBoard.Waiting
  {
    .init(
      endpoint: "https://h:443", remaining: seconds.map { .seconds($0) },
      error: DeletionError(kind, code: "HTTP 503", message: "busy", isUnavailable: isUnavailable))
  }

  private static let states: [(state: ProgressState, line: String, short: String)] = [
    (
      state(1190, failed: 10, of: 5000, seconds: 29, rate: 43.2),
      "1200 of 5000 files (24 %): 1190 deleted, 10 failed; 43 files/s, 0:29 so far, 1:28 left",
      "24 % 1200 of 5000 files, 10 failed, 43 files/s, 0:29, 1:28 left"
    ),
    (
      state(4999, of: 5000, seconds: 7322, rate: 0.26),
      "4999 of 5000 files (99 %): 4999 deleted; 0.3 files/s, 2:02:02 so far, 0:04 left",
      "99 % 4999 of 5000 files, 0.3 files/s, 2:02:02, 0:04 left"
    ),
    (
      state(0, of: 5000, seconds: 31, rate: 0, [waiting(.overload, seconds: 12)]),
      "0 of 5000 files (0 %); 0.0 files/s, 0:31 so far; overload at https://h:443: next try in 12 s (HTTP 503: busy)",
      "0 % 0 of 5000 files, 0:31; overload at https://h:443: next try in 12 s (HTTP 503: busy)"
    ),
    (
      state(
        1, of: 2, seconds: 0, rate: nil,
        [waiting(.transient, seconds: nil, isUnavailable: true), waiting(.auth, seconds: 1)]),
      "1 of 2 files (50 %): 1 deleted; 0:00 so far; no answer from https://h:443 and 1 other endpoints: trying it now (HTTP 503: busy)",
      "50 % 1 of 2 files, 0:00; no answer from https://h:443 and 1 other endpoints: trying it now (HTTP 503: busy)"
    ),
    (
      state(2, of: 2, seconds: 1, rate: 2, isEnd: true), "2 of 2 files (100 %): 2 deleted; 2.0 files/s, 0:01",
      "100 % 2 of 2 files, 2.0 files/s, 0:01"
    ),
    (
      state(2, of: 2, seconds: 1, rate: 2, isEnd: true, freed: .init(bytes: 1_234_000)),
      "2 of 2 files (100 %): 2 deleted; 2.0 files/s, 0:01, 1.2 MB freed",
      "100 % 2 of 2 files, 2.0 files/s, 0:01, 1.2 MB freed"
    ),
    (
      state(
        1, of: 2, seconds: 3, rate: nil, [waiting(.overload, seconds: 12)],
        freed: .init(bytes: 7_000, isPartial: true)),
      "1 of 2 files (50 %): 1 deleted; 0:03 so far, at least 7 kB freed; overload at https://h:443: next try in 12 s (HTTP 503: busy)",
      "50 % 1 of 2 files, 0:03, at least 7 kB freed; overload at https://h:443: next try in 12 s (HTTP 503: busy)"
    ),
    (
      state(1, of: 1 << 40, seconds: 1, rate: 1e-9),
      "1 of 1099511627776 files (0 %): 1 deleted; 0.0 files/s, 0:01 so far, 100000:00:00 left",
      "0 % 1 of 1099511627776 files, 0.0 files/s, 0:01, 100000:00:00 left"
    ),
  ]

  @Test(arguments: states) func text(state: ProgressState, line: String, short: String) {
    #expect(state.line == line)
    #expect(state.shortLine == short)
    let json = String(decoding: state.logLine.json, as: UTF8.self)
    #expect(json.contains("\"bytesFreed\":\(state.freed.bytes),") == (state.freed.bytes > 0), "\(json)")
  }

  /// The rate is that of the last half minute, or of the time since the last time that anybody asked.
  @Test func rate() {
    func at(_ seconds: Int) -> Moment { Moment(sinceStart: .seconds(seconds)) }
    var pace = ProgressPace(at: at(0))
    #expect(pace.rate(0, at: at(0)) == nil)
    #expect(pace.rate(100, at: at(10)) == 10)
    for second in 11...100 { _ = pace.rate(100, at: at(second)) }
    #expect(pace.rate(100, at: at(101)) == 0)
    #expect(pace.rate(700, at: at(701)) == 1)
    #expect(pace.overall(1402, at: at(701)) == 2)
  }
}
