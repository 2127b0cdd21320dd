import TestServers
import TestSupport
import Testing

import Glibc

extension WholeExecutable {
  /// A run that is stopped in its midst, by a signal or by its deadline.
  @Suite(.serialized) struct StoppedRunTests {
    /// What sends a signal to `swab` as soon as a file is there, and passes its exit code on.
    static func signalled(_ signal: String, when note: String) -> [String] {
      let script = """
        "$@" & run=$!
        for i in $(seq 3000); do [ -e "\(note)" ] && break; sleep 0.1; done
        kill -\(signal) $run; wait $run
        """
      return ["/bin/sh", "-c", script, "sh"]
    }

    @Test(arguments: BrokenToolTests.tools)
    func `after SIGTERM every file has an outcome that the disk confirms`(_ tool: BrokenToolTests.Case)
      async throws
    {
      let list = try List("signal-\(tool.tool)", tool.endpoint, files: 60, missing: 20)
      let fake = try slow(tool)
      let call = try await list.delete(
        ["--concurrency", "1"], fake.environment,
        through: Self.signalled("TERM", when: fake.position("started"))
      )
      expectEarlyEnd(call)
    }

    @Test(arguments: BrokenToolTests.tools)
    func `after the deadline every file has an outcome that the disk confirms`(_ tool: BrokenToolTests.Case)
      async throws
    {
      let list = try List("deadline-\(tool.tool)", tool.endpoint, files: 60, missing: 20)
      let fake = try slow(tool)
      // Enough to read the list in: a run that has not begun then has no outcomes.
      let call = try await list.delete(["--concurrency", "1", "--deadline", "8"], fake.environment)
      expectEarlyEnd(call)
    }

    @Test func `a run that is killed leaves a report that says so`() async throws {
      let list = try List("killed", .xrdfs, files: 10, missing: 0)
      let fake = try slow(BrokenToolTests.tools[0])
      let site = try list.endpoint.site()
      let directory = try TemporaryDirectory()
      let report = directory.path + "/report.json"
      let result = try await SwabCommand.run(
        ["delete", "--site-config", site.config, "--report", report] + list.endpoint.arguments + list.lfns,
        environment: fake.environment, through: Self.signalled("KILL", when: fake.position("started")))
      // What the shell says of a KILL.
      #expect(result.code == 137, "\(result.messages)")
      #expect(try await ReportSchema.job.problems(report) == [])
      #expect(Disk.read(report).contains(#""status":"incomplete""#))
    }

    @Test(arguments: BrokenToolTests.tools) func `a run that is killed takes its tool with it`(
      _ tool: BrokenToolTests.Case
    ) async throws {
      let list = try List("orphan-\(tool.tool)", tool.endpoint, files: 2, missing: 0)
      let fake = try FakeTool(
        tool.tool,
        """
        open(here + "/new", "w").write(str(os.getpid()))
        os.rename(here + "/new", here + "/pid")
        time.sleep(900)
        """)
      let site = try list.endpoint.site()
      let result = try await SwabCommand.run(
        ["delete", "--site-config", site.config] + list.endpoint.arguments + list.lfns,
        environment: fake.environment, through: Self.signalled("KILL", when: fake.position("pid")))
      let pid = try #require(pid_t(fake.left("pid")), "\(result.messages)")
      defer { if Program.isRunning(pid) { kill(pid, SIGKILL) } }
      try await Waiting.wait(until: "the tool has ended") { !Program.isRunning(pid) }
    }

    /// The real tool, after so long that the run can't end before it is stopped.
    private func slow(_ tool: BrokenToolTests.Case) throws -> FakeTool {
      try FakeTool(
        tool.tool, "open(here + '/started', 'w').close()\ntime.sleep(900)\nos.execv(real, [real] + a)")
    }

    private func expectEarlyEnd(_ call: DeleteCall) {
      #expect(call.report.files.allSatisfy { ["failed", "notAttempted"].contains($0.outcome) })
      #expect(call.seconds < Waiting.limit, "it waited for the tool")
      #expect(call.result.code == 75)
    }
  }
}
