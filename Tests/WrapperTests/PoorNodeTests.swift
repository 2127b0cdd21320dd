import FoundationEssentials
import TestSupport
import Testing

import Glibc

@Suite("The wrapper on a node that lacks the most ordinary things")
struct PoorNodeTests {
  /// Runs the wrapper where no process can be started. It has to be a user's: root has no such limit.
  private func run(_ node: Node, _ shell: [String], least: Int, _ arguments: [String]) async throws
    -> Program.Result
  {
    chmod(node.sandbox, 0o777)
    chmod(String(node.sandbox.dropLast("/sandbox".count)), 0o755)
    return try await Program(
      "/usr/bin/prlimit", ["--nproc=1"] + shell + [Repository.root + "/Wrapper/swab-job.sh"] + arguments,
      environment: [
        "PATH": "/usr/bin:/bin", "SWAB_MIN_FAIL_SECONDS": "\(least)", "SWAB_CVMFS_DIR": "/nowhere",
      ], user: getuid() == 0 ? 65534 : nil, workingDirectory: node.sandbox
    ).finish()
  }

  @Test(
    "no process can be started: the payload takes its place",
    arguments: [["/bin/dash"], ["/bin/busybox", "sh"]])
  func withoutProcesses(shell: [String]) async throws {
    try await Node.with(.dash) { node in
      try node.install(payload: #"echo "hold $SWAB_HOLD_SECONDS: $*"; exit 70"#)
      let arguments = ["delete", "--report", "r.json.gz", "--journal", "j"]
      let result = try await run(node, shell, least: 7, arguments)
      #expect(result.code == 70)
      #expect(result.text == "hold 7: \(arguments.joined(separator: " "))\n", "\(result.errors)")
      let report = try await node.report("r.json.gz")
      #expect(report.status == "incomplete" && report.exit.code == 70)
      #expect(node.read("j") == [])
    }
  }

  @Test(
    "nor is there a payload: the job lasts a while all the same",
    arguments: [["/bin/dash"], ["/bin/busybox", "sh"]])
  func withoutAnything(shell: [String]) async throws {
    try await Node.with(.dash) { node in
      let start = ContinuousClock.now
      let result = try await run(node, shell, least: 3, ["delete", "--report", "r.json"])
      #expect(result.code == 70, "\(result.errors)")
      #expect(ContinuousClock.now - start > .seconds(2))
      #expect(try await node.report("r.json").exit.reason == "no process can be started on this node")
    }
  }

  @Test("no PATH", arguments: ["", "/nowhere"])
  func withoutPath(path: String) async throws {
    try await Node.with(.dash) { node in
      try node.install(payload: "exit 1")
      let result = try await node.run(["delete", "--report", "r.json.gz"], environment: ["PATH": path])
      #expect(result.code == 1, "\(result.messages)")
      #expect(try await node.report("r.json.gz").exit.reason.contains("exit code 1 and left no report"))
    }
  }
}
