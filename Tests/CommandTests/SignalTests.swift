import Testing
import TestSupport

import Glibc

/// A signal ends a run soon, with a whole report, and takes the tools along.
@Suite("Signals")
struct SignalTests {
  /// A site whose `xrdfs` starts a child of its own, notes both, and hangs; deaf ones ignore a request to end.
  private func site(deaf: Bool) throws -> Site {
    let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
    site.install(
      "xrdfs",
      """
      #!/bin/sh
      \(deaf ? "trap '' TERM INT HUP" : "")
      sleep 600 &
      echo $$ $! >>\(site.path("pids"))
      wait
      wait
      """)
    return site
  }

  private func tools(_ site: Site) -> [pid_t] {
    Disk.read(site.path("pids")).split(whereSeparator: { $0 == " " || $0 == "\n" }).compactMap { pid_t($0) }
  }

  @Test(arguments: [SIGTERM, SIGINT, SIGHUP], [false, true])
  func duringATool(signal: Int32, deaf: Bool) async throws {
    let site = try site(deaf: deaf)
    let count = 3000
    let list = site.write("list", (0..<count).map { "/store/unmerged/\($0).root\n" }.joined())
    let report = site.path("r.json")
    let program = try site.start(["delete", "--from", list, "--backend", "xrdfs", "--report", report])
    try await program.wait(until: "the tool runs") { tools(site).count >= 2 }
    #expect(try Report(report).status == "incomplete")
    program.send(signal)
    let result = try await program.finish()
    #expect(result.code == 75, "\(result.errors)")
    let written = try Report(report)
    #expect(written.status == "complete" && written.summary.requested == count)
    #expect(written.summary.notAttempted + written.summary.failed == count)
    #expect(written.files.count == count)
    #expect(written.exit.reason.contains("SIG"), "\(written.exit.reason)")
    for pid in tools(site) { #expect(!Program.isRunning(pid), "\(pid)") }
  }

  /// Those that wait for their turn or for another attempt were not tried, and are not called failed.
  @Test func whatWasNotTriedIsNotFailed() async throws {
    let site = try site(deaf: false)
    let list = site.write("list", (0..<3000).map { "/store/unmerged/\($0).root\n" }.joined())
    let report = site.path("r.json")
    let program = try site.start([
      "delete", "--from", list, "--backend", "xrdfs", "--report", report, "--concurrency", "1",
      "--retries", "0",
    ])
    try await program.wait(until: "the tool runs") { tools(site).count >= 2 }
    program.send(SIGTERM)
    _ = try await program.finish()
    // One call of a thousand files was in flight.
    let written = try Report(report)
    #expect(written.summary.notAttempted >= 2000, "\(written.summary)")
    #expect(written.files.allSatisfy { $0.outcome != "notAttempted" || $0.attempts == 0 })
  }

  /// Between two attempts the pause is not waited out.
  @Test func duringAPause() async throws {
    let site = try Site(endpoints: [("xrdcp", "root://127.0.0.1:1/")])
    site.install(
      "xrdfs",
      "#!/bin/sh\necho x >>\(site.path("calls"))\necho '[ERROR] Operation expired' >&2\nexit 51\n")
    let report = site.path("r.json")
    let program = try site.start([
      "delete", "/store/unmerged/a", "--backend", "xrdfs", "--report", report, "--retry-pause", "3600",
      "--retries", "5",
    ])
    try await program.wait(until: "an attempt was made") { Disk.exists(site.path("calls")) }
    program.send(SIGTERM)
    #expect(try await program.finish().code == 75)
    #expect(try Report(report).status == "complete")
  }

  /// While a list is still being read, from a pipe that nobody writes to any more.
  @Test(arguments: [SIGTERM, SIGINT, SIGHUP]) func duringTheLists(signal: Int32) async throws {
    let site = try Site()
    let report = site.path("r.json")
    let program = try site.start(
      ["delete", "--from", "-", "--report", report], input: .silentPipe(after: Array("/store/unm".utf8)))
    try await program.wait(until: "the list is being read") { program.hasReadItsInput && Disk.exists(report) }
    program.send(signal)
    let result = try await program.finish()
    #expect(result.code == 75, "\(result.errors)")
    let written = try Report(report)
    #expect(written.status == "incomplete" && written.exit.code == 75)
    #expect(written.exit.reason.contains("was received"), "\(written.exit.reason)")
  }

  /// The time for reading the lists is time of the run.
  @Test func aDeadlineDuringTheLists() async throws {
    let site = try Site()
    let report = site.path("r.json")
    let program = try site.start(
      ["delete", "--from", "-", "--report", report, "--deadline", "1"], input: .silentPipe())
    let result = try await program.finish()
    #expect(result.code == 75, "\(result.errors)")
    #expect(try Report(report).exit.code == 75)
  }

  /// Killed at any moment: what stands there is a report.
  @Test func killed() async throws {
    let site = try site(deaf: false)
    let report = site.path("r.json.gz")
    let program = try site.start(["delete", "/store/unmerged/a", "--backend", "xrdfs", "--report", report])
    try await program.wait(until: "the tool runs") { tools(site).count >= 2 }
    program.send(SIGKILL)
    #expect(try await program.finish().signal == SIGKILL)
    #expect(try Report(report).status == "incomplete")
    for pid in tools(site) { kill(pid, SIGKILL) }
    #expect(Disk.names(site.root).allSatisfy { !$0.hasPrefix(".") })
  }
}
