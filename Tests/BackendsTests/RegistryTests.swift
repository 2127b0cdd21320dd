import Backends
import DeletionModel
import Synchronization
import TestSupport
import Testing
import ProcessRunning

@Suite struct RegistryTests {
  let registry = BackendRegistry.standard(
    time: testTime, runner: testRunner(), environment: testEnvironment())

  static let choices: [(command: String, scheme: String, backend: String?)] = [
    ("gfal2", "root", "xroot"), ("gfal2", "roots", "xroot"), ("gfal2", "davs", "webdav"),
    ("gfal2", "http", "webdav"), ("gfal2", "file", "rm"), ("gfal2", "srm", "gfal"),
    ("gfal2", "gsiftp", "gfal"),
    ("gfal2", "dcap", "gfal"), ("xrdcp", "root", "xroot"), ("xrdcp", "roots", "xroot"),
    ("xrdcp", "xroot", "xroot"), ("xrdcp", "xroots", "xroot"), ("xrdcp", "davs", "webdav"),
    ("xrdcp", "https", "webdav"), ("xrdcp", "srm", "gfal"), ("xrdcp", "file", "rm"),
    ("stageout-xrdcp-fnal", "root", "xroot"), ("cp", "file", "rm"), ("cp", "root", nil), ("cp", "davs", nil),
    ("srmv2", "srm", "gfal"), ("srmv2-lcg", "srm", "gfal"), ("srmv2", "dav", "webdav"),
    ("srmv2-lcg", "root", "xroot"), ("srmv2", "file", "rm"), ("vandy", "root", nil), ("awss3", "root", nil),
    ("test-win", "file", nil),
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

  /// The tools that are installed, and what takes over from `xroot` then.
  static let fallbacks: [(tools: [String], fallback: String?)] = [
    (["xrdfs", "gfal-rm"], "xrdfs"), (["xrdfs"], "xrdfs"), (["gfal-rm"], "gfal"), ([], nil),
  ]

  @Test(arguments: fallbacks.indices) func `what is installed takes over`(_ index: Int) async throws {
    let row = Self.fallbacks[index]
    let directory = try TemporaryDirectory()
    for tool in row.tools { Disk.write(directory.path + "/" + tool, "#!/bin/false\n", mode: 0o755) }
    let search = ExecutableSearch(directories: [directory.path])
    #expect(registry.fallback(of: "xroot", search: search)?.name == row.fallback)
    for name in ["rm", "webdav", "xrdfs", "gfal"] {
      #expect(registry.fallback(of: name, search: search) == nil)
    }
  }

  @Test(arguments: fallbacks.indices) func `who takes over is told`(_ index: Int) async throws {
    let row = Self.fallbacks[index]
    let directory = try TemporaryDirectory()
    for tool in row.tools { Disk.write(directory.path + "/" + tool, "#!/bin/false\n", mode: 0o755) }
    let unspoken = Answer(.failed(.init(.fatal, code: "X", message: "it wants gsi", isUnsupported: true)))
    let some = BackendRegistry(
      ["xroot", "gfal", "xrdfs"].map { name in
        .init(
          name: name, summary: "", schemes: ["root"],
          tool: ["gfal": "gfal-rm", "xrdfs": "xrdfs"][name]
        ) { Fixed(name: name, answer: name == "xroot" ? unspoken : Answer(.deleted)) }
      })
    let told = Mutex<[String]>([])
    let backend = some.backend(
      try #require(some["xroot"]), search: ExecutableSearch(directories: [directory.path])
    ) { text in
      told.withLock { $0.append(text) }
    }
    let answer = await backend.delete(try target("root://h/", "/store/f"), deadline: .none)
    #expect(answer.backend == row.fallback)
    #expect(answer.word == (row.fallback == nil ? "fatal" : "deleted"))
    let end =
      row.fallback.map { "handed over from xroot to \($0)" }
      ?? "xrdfs or gfal-rm could do it; none is installed here"
    #expect(told.withLock { $0 } == ["root://h: it wants gsi; \(end)"])
  }

  @Test func `a broken tool is a problem`() async throws {
    let tool = try ShellTool("echo 'error while loading shared libraries: libX' >&2; exit 127")
    let probe = ToolProbe(
      search: ExecutableSearch(path: nil), runner: testRunner(), environment: testEnvironment())
    #expect(await probe.probe(tool.path).problem?.contains("libX") == true)
    let stuck = try ShellTool("sleep 100")
    #expect(await probe.probe(stuck.path, limit: .milliseconds(300)).problem == "does not answer")
  }
}

/// A backend that always says the same.
private struct Fixed: BatchAnswering {
  let name: String
  let answer: Answer
  let traits = BackendTraits(batchLimit: 10)
  func answer(_ batch: Batch) async -> [Answer] { batch.targets.map { _ in answer } }
}
