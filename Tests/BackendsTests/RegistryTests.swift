import Backends
import Deletion
import TestSupport
import Testing

@Suite struct RegistryTests {
  let registry = BackendRegistry.standard(
    time: testTime, runner: testRunner(), environment: testEnvironment())

  static let choices: [(command: String, scheme: String, backend: String?)] = [
    ("gfal2", "root", "gfal"), ("gfal2", "davs", "gfal"), ("gfal2", "file", "rm"), ("gfal2", "srm", "gfal"),
    ("xrdcp", "root", "xrdfs"), ("xrdcp", "roots", "xrdfs"), ("xrdcp", "xroot", "xrdfs"),
    ("xrdcp", "davs", "gfal"), ("xrdcp", "file", "rm"), ("stageout-xrdcp-fnal", "root", "xrdfs"),
    ("cp", "file", "rm"), ("cp", "root", nil), ("srmv2", "srm", "gfal"), ("srmv2-lcg", "srm", "gfal"),
    ("srmv2", "file", "rm"), ("vandy", "root", nil), ("awss3", "root", nil), ("test-win", "file", nil),
    ("", "file", nil), ("gfal2", "x-unknown", nil),
  ]

  @Test(arguments: choices.indices) func `command and scheme choose`(_ index: Int) {
    let row = Self.choices[index]
    let entry = try? registry.entry(command: row.command, scheme: row.scheme)
    #expect(entry?.name == row.backend, "\(row.command) \(row.scheme)")
    #expect(entry?.make().name == row.backend)
  }

  @Test func `a problem names what would be right`() {
    #expect {
      try registry.entry(command: "vandy", scheme: "root")
    } throws: { "\($0)".contains("vandy") && "\($0)".contains("gfal2, xrdcp, cp") }
  }

  @Test func `a forced backend must be able to do it`() throws {
    #expect(try registry.entry(command: "vandy", scheme: "root", forced: "gfal").name == "gfal")
    #expect(throws: BackendChoice.Problem.self) {
      try registry.entry(command: "gfal2", scheme: "davs", forced: "xrdfs")
    }
    #expect(throws: BackendChoice.Problem.self) {
      try registry.entry(command: "gfal2", scheme: "davs", forced: "none")
    }
  }

  @Test func `the whole table can be served`() throws {
    for row in BackendChoice.table {
      for scheme in row.schemes {
        #expect(try registry.entry(command: row.command, scheme: scheme).name == row.backend)
      }
    }
  }

  @Test func `the tools of this machine are found`() async {
    let probe = ToolProbe(
      search: ExecutableSearch(path: nil), runner: testRunner(), environment: testEnvironment())
    let xrdfs = await probe.look(at: "xrdfs")
    #expect(xrdfs.path == "/usr/bin/xrdfs" && xrdfs.problem == nil)
    #expect(xrdfs.version?.hasPrefix("v") == true)
    let gfal = await probe.look(at: "gfal-rm")
    #expect(gfal.problem == nil)
    #expect(gfal.version?.hasPrefix("gfal2-util version") == true)
    #expect(await probe.look(at: "no-such-tool").problem == "not installed here")
  }

  @Test func `a broken tool is a problem`() async throws {
    let tool = try FakeTool("echo 'error while loading shared libraries: libX' >&2; exit 127")
    let probe = ToolProbe(
      search: ExecutableSearch(path: nil), runner: testRunner(), environment: testEnvironment())
    #expect(await probe.look(at: tool.path).problem?.contains("libX") == true)
    let stuck = try FakeTool("sleep 100")
    #expect(await probe.look(at: stuck.path, limit: .milliseconds(300)).problem == "does not answer")
  }
}
