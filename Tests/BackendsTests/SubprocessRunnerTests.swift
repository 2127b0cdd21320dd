import Backends
import Deletion
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

@Suite struct SubprocessRunnerTests {
  let runner = testRunner()

  func run(
    _ tool: FakeTool, _ arguments: [String] = [], limit: Duration? = .seconds(20), input: [UInt8] = []
  ) async throws -> ToolRun {
    try await runner.run(
      ToolInvocation(tool.path, arguments, environment: testEnvironment(), input: input), limit: limit)
  }

  @Test func `both outputs, the code and the input`() async throws {
    let tool = try FakeTool("cat; echo out \"$#\" \"$1\"; echo err >&2; exit 54")
    let result = try await run(tool, ["a  b\n$(x)"], input: Array("in ".utf8))
    #expect(String(decoding: result.output, as: UTF8.self) == "in out 1 a  b\n$(x)\n")
    #expect(String(decoding: result.errorOutput, as: UTF8.self) == "err\n")
    #expect(result.ending == .exited(54))
    #expect(!result.timedOut && !result.isCut && !result.wasCancelled)
  }

  @Test func `standard input is empty without input`() async throws {
    let tool = try FakeTool("cat | wc -c")
    #expect(String(decoding: try await run(tool).output, as: UTF8.self) == "0\n")
  }

  @Test func `a killed tool tells its signal`() async throws {
    #expect(try await run(try FakeTool("kill -9 $$")).ending == .signaled(9))
  }

  @Test func `output beyond the limit is cut, and said to be`() async throws {
    let runner = SubprocessRunner(search: ExecutableSearch(path: nil), outputLimit: 1000)
    let tool = try FakeTool("for i in $(seq 500); do echo line $i; done; echo done >&2")
    let result = try await runner.run(
      ToolInvocation(tool.path, [], environment: testEnvironment()), limit: .seconds(20))
    #expect(result.isCut)
    #expect(result.output.count <= 1000)
    #expect(String(decoding: result.output, as: UTF8.self).hasPrefix("line 1\nline 2\n"))
  }

  @Test func `at the limit the whole group is stopped and what was printed is kept`() async throws {
    let tool = try FakeTool(
      """
      trap '' TERM
      echo first
      ( trap '' TERM; echo $BASHPID > $HERE/grandchild; sleep 100 ) &
      echo $$ > $HERE/child
      while true; do sleep 1; done
      """)
    let start = ContinuousClock.now
    let result = try await run(tool, limit: .seconds(1))
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(result.timedOut && !result.wasCancelled)
    #expect(result.ending == .signaled(9))
    #expect(String(decoding: result.output, as: UTF8.self) == "first\n")
    for name in ["child", "grandchild"] {
      let pid = try #require(pid_t(tool.note(name).trimmingLine))
      #expect(await isGone(pid), "\(name)")
    }
  }

  @Test func `a tool that obeys TERM is not waited for`() async throws {
    let start = ContinuousClock.now
    let result = try await run(try FakeTool("exec sleep 100"), limit: .milliseconds(300))
    #expect(result.timedOut)
    #expect(result.ending == .signaled(15))
    #expect(ContinuousClock.now - start < .seconds(30))
  }

  @Test func `cancellation stops the tool`() async throws {
    let tool = try FakeTool("echo one; touch $HERE/started; sleep 100")
    let runner = runner
    let task = Task {
      try await runner.run(ToolInvocation(tool.path, [], environment: testEnvironment()), limit: nil)
    }
    while !Disk.exists(tool.folder.path + "/started") { try await Task.sleep(for: .milliseconds(20)) }
    let start = ContinuousClock.now
    task.cancel()
    let result = try await task.value
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(result.wasCancelled && !result.timedOut)
    #expect(String(decoding: result.output, as: UTF8.self) == "one\n")
  }

  @Test func `a grandchild that keeps the output open does not hold us up`() async throws {
    let tool = try FakeTool("(sleep 100; echo late) & echo $! > $HERE/grandchild; echo out")
    let start = ContinuousClock.now
    let result = try await run(tool)
    #expect(ContinuousClock.now - start < .seconds(30))
    #expect(result.ending == .exited(0))
    #expect(String(decoding: result.output, as: UTF8.self) == "out\n")
    #expect(await isGone(try #require(pid_t(tool.note("grandchild").trimmingLine))))
  }

  @Test func `the tool sees only the environment it is given`() async throws {
    let environment = ChildEnvironment(inheriting: [
      "LD_LIBRARY_PATH": "/x", "PYTHONPATH": "/x", "X509_USER_PROXY": "/tmp/p", "SECRET": "x",
    ])
    let result = try await runner.run(
      ToolInvocation("env", [], environment: environment), limit: .seconds(10))
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
    let tool = try FakeTool("")
    Disk.write(tool.path, "#!/no/such/interpreter\n", mode: 0o755)
    await #expect {
      try await runner.run(ToolInvocation(tool.path, [], environment: testEnvironment()), limit: nil)
    } throws: { error in
      if case .notStarted? = error as? ToolFailure { true } else { false }
    }
  }

  @Test func `many at once`() async throws {
    let tool = try FakeTool("echo $1")
    let runner = runner
    let outputs = try await withThrowingTaskGroup(of: (Int, String).self) { group in
      for index in 0..<40 {
        group.addTask {
          let result = try await runner.run(
            ToolInvocation(tool.path, ["\(index)"], environment: testEnvironment()), limit: .seconds(60))
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
  private func isGone(_ pid: pid_t) async -> Bool {
    for _ in 0..<100 {
      if kill(pid, 0) != 0 { return true }
      if Disk.read("/proc/\(pid)/stat").contains(") Z ") { return true }
      try? await Task.sleep(for: .milliseconds(20))
    }
    return false
  }
}

extension String {
  var trimmingLine: String { String(prefix { $0 != "\n" }) }
}
