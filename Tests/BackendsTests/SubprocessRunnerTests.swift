import DeletionModel
import TestSupport
import Testing
import ProcessRunning

import Glibc

@Suite struct SubprocessRunnerTests {
  let runner = testRunner()

  func run(
    _ tool: ShellTool, _ arguments: [String] = [], limit: Duration? = .seconds(Waiting.limit),
    input: [UInt8] = []
  ) async throws -> ToolRun {
    try await runner.run(
      ToolInvocation(tool.path, arguments, environment: testEnvironment(), input: input), limit: limit)
  }

  @Test func `both outputs, the code and the input`() async throws {
    let tool = try ShellTool("cat; echo out \"$#\" \"$1\"; echo err >&2; exit 54")
    let result = try await run(tool, ["a  b\n$(x)"], input: Array("in ".utf8))
    #expect(String(decoding: result.output, as: UTF8.self) == "in out 1 a  b\n$(x)\n")
    #expect(String(decoding: result.errorOutput, as: UTF8.self) == "err\n")
    #expect(result.ending == .exited(54))
    #expect(!result.timedOut && !result.isCut && !result.wasCancelled)
  }

  @Test func `standard input is empty without input`() async throws {
    let tool = try ShellTool("cat | wc -c")
    #expect(String(decoding: try await run(tool).output, as: UTF8.self) == "0\n")
  }

  @Test func `a killed tool tells its signal`() async throws {
    #expect(try await run(try ShellTool("kill -9 $$")).ending == .signaled(9))
  }

  @Test func `output beyond the limit is cut, and said to be`() async throws {
    let runner = SubprocessRunner(search: ExecutableSearch(path: nil), outputLimit: 1000)
    let tool = try ShellTool("for i in $(seq 500); do echo line $i; done; echo done >&2")
    let result = try await runner.run(
      ToolInvocation(tool.path, [], environment: testEnvironment()), limit: .seconds(Waiting.limit))
    #expect(result.isCut)
    #expect(result.output.count <= 1000)
    #expect(String(decoding: result.output, as: UTF8.self).hasPrefix("line 1\nline 2\n"))
  }

  @Test func `at the limit the whole group is stopped and what was printed is kept`() async throws {
    let tool = try ShellTool(
      """
      trap '' TERM
      echo first
      ( trap '' TERM; echo $BASHPID > $HERE/grandchild; sleep 900 ) &
      echo $$ > $HERE/child
      while true; do sleep 1; done
      """)
    let start = ContinuousClock.now
    // Enough for the tool to get so far.
    let result = try await run(tool, limit: .seconds(8))
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(result.timedOut && !result.wasCancelled)
    #expect(result.ending == .signaled(9))
    #expect(String(decoding: result.output, as: UTF8.self) == "first\n")
    for name in ["child", "grandchild"] {
      let pid = try #require(pid_t(tool.note(name).trimmingLine))
      try await waitForEnd(of: pid, name)
    }
  }

  @Test func `a tool that obeys TERM is not waited for`() async throws {
    let start = ContinuousClock.now
    let result = try await run(try ShellTool("exec sleep 900"), limit: .milliseconds(300))
    #expect(result.timedOut)
    #expect(result.ending == .signaled(15))
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
  }

  @Test func `cancellation stops the tool`() async throws {
    let tool = try ShellTool("echo one; touch $HERE/started; sleep 900")
    let runner = runner
    let task = Task {
      try await runner.run(ToolInvocation(tool.path, [], environment: testEnvironment()), limit: nil)
    }
    try await Waiting.wait(until: "it runs") { Disk.exists(tool.directory.path + "/started") }
    let start = ContinuousClock.now
    task.cancel()
    let result = try await task.value
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(result.wasCancelled && !result.timedOut)
    #expect(String(decoding: result.output, as: UTF8.self) == "one\n")
  }

  @Test func `a grandchild that keeps the output open does not hold us up`() async throws {
    let tool = try ShellTool("(sleep 900; echo late) & echo $! > $HERE/grandchild; echo out")
    let start = ContinuousClock.now
    let result = try await run(tool)
    #expect(ContinuousClock.now - start < .seconds(Waiting.limit))
    #expect(result.ending == .exited(0))
    #expect(String(decoding: result.output, as: UTF8.self) == "out\n")
    try await waitForEnd(of: try #require(pid_t(tool.note("grandchild").trimmingLine)), "grandchild")
  }

  @Test func `the tool sees only the environment it is given`() async throws {
    let environment = ChildEnvironment(inheriting: [
      "LD_LIBRARY_PATH": "/x", "PYTHONPATH": "/x", "X509_USER_PROXY": "/tmp/p", "SECRET": "x",
    ])
    let result = try await runner.run(
      ToolInvocation("env", [], environment: environment), limit: .seconds(Waiting.limit))
    let names = String(decoding: result.output, as: UTF8.self).split(separator: "\n").map {
      $0.prefix { $0 != "=" }
    }
    #expect(Set(names) == ["PATH", "LANG", "X509_USER_PROXY"])
  }

  @Test func `a missing tool and one that cannot start are told apart`() async throws {
    await #expect(throws: ToolFailure.notFound("swab-no-such-tool")) {
      try await runner.run(
        ToolInvocation("swab-no-such-tool", [], environment: testEnvironment()), limit: nil)
    }
    let tool = try ShellTool("")
    Disk.write(tool.path, "#!/no/such/interpreter\n", mode: 0o755)
    await #expect {
      try await runner.run(ToolInvocation(tool.path, [], environment: testEnvironment()), limit: nil)
    } throws: { error in
      if case .notStarted? = error as? ToolFailure { true } else { false }
    }
  }

  @Test func `many at once`() async throws {
    let tool = try ShellTool("echo $1")
    let runner = runner
    let outputs = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for index in 0..<40 {
        group.addTask {
          let result = try await runner.run(
            ToolInvocation(tool.path, ["\(index)"], environment: testEnvironment()),
            limit: .seconds(Waiting.limit))
          return (index, String(decoding: result.output, as: UTF8.self))
        }
      }
      var outputs: [Int: String] = [:]
      for try await (index, output) in group { outputs[index] = output }
      return outputs
    }
    for index in 0..<40 { #expect(outputs[index] == "\(index)\n") }
  }

  /// A killed process takes a moment to be reaped by whoever adopted it.
  private func waitForEnd(of pid: pid_t, _ name: String) async throws {
    try await Waiting.wait(until: "the \(name) is gone") { !Program.isRunning(pid) }
  }
}

extension String {
  var trimmingLine: String { String(prefix { $0 != "\n" }) }
}
