import FoundationEssentials
import TestServers
import TestSupport
import Testing

@Suite("The report that the wrapper leaves")
struct ReportTests {
  /// One way in which a payload ends, and what is then known.
  struct Case: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The lines of the payload; nil for none at all.
    let payload: String?
    let code: Int32
    let wmcore: Int
    let reason: String

    init(_ name: String, payload: String?, code: Int32, wmcore: Int, reason: String) {
      self.testDescription = name
      self.payload = payload
      self.code = code
      self.wmcore = wmcore
      self.reason = reason
    }
  }

  static let cases: [Case] = [
    Case("no payload", payload: nil, code: 70, wmcore: 50110, reason: "no payload found: looked for "),
    Case(
      "killed", payload: "kill -KILL $$", code: 137, wmcore: 99401,
      reason: "killed by signal 9 (KILL) before it wrote a report"),
    Case(
      "crashed", payload: "kill -SEGV $$", code: 139, wmcore: 99401,
      reason: "killed by signal 11 (SEGV) before it wrote a report"),
    Case("failed", payload: "exit 1", code: 1, wmcore: 99303, reason: "exit code 1 and left no report"),
    Case("usage", payload: "exit 64", code: 64, wmcore: 99303, reason: "exit code 64 and left no report"),
    Case("checkpoint", payload: "exit 85", code: 85, wmcore: 99303, reason: "exit code 85"),
    Case(
      "silent success", payload: "exit 0", code: 70, wmcore: 99303, reason: "exit code 0 and left no report"),
    Case("not startable", payload: "exit 127", code: 70, wmcore: 50111, reason: "could not be executed"),
    Case(
      "emptied its report", payload: ": >report.json", code: 70, wmcore: 99303, reason: "left no report"),
  ]

  @Test(
    "the journal is there from the start, and is left alone when there is one", arguments: Node.Shell.allCases
  )
  func journal(shell: Node.Shell) async throws {
    for (arguments, name) in [(["--journal", "j 1"], "j 1"), (["--journal=j2"], "j2")] {
      try await Node.with(shell) { node in
        try node.install(payload: "exit 1")
        _ = try await node.run(["delete"] + arguments)
        #expect(Disk.exists("\(node.sandbox)/\(name)") && Disk.read("\(node.sandbox)/\(name)").isEmpty)
        Disk.write("\(node.sandbox)/\(name)", "kept")
        _ = try await node.run(["delete"] + arguments)
        #expect(Disk.read("\(node.sandbox)/\(name)") == "kept")
      }
    }
  }

  @Test("says what is known of a payload that left none", arguments: Node.Shell.allCases, cases)
  func withoutOne(shell: Node.Shell, row: Case) async throws {
    try await Node.with(shell) { node in
      if let payload = row.payload { try node.install(payload: payload) }
      let result = try await node.run(["delete", "--report", "report.json"])
      #expect(result.code == row.code)
      let report = try await node.report("report.json")
      expectIncomplete(report)
      #expect(report.exit.code == row.code)
      #expect(report.exit.wmcoreExitCode == row.wmcore)
      #expect(report.exit.reason.contains(row.reason), "\(report.exit.reason)")
      #expect(report.job.finished != nil)
      #expect(report.steps?.swab.status == row.wmcore)
      try await expectNoLeftovers(node, ["report.json", "swab"])
    }
  }

  /// Payloads that are no program for this machine, as the bytes of the file.
  static let unusable: [(name: String, bytes: [UInt8], reason: String)] = [
    ("empty", [], "no program for this machine"),
    ("text", Array("hello\n".utf8), "no program for this machine"),
    ("cut short", [0x7f, 0x45, 0x4c], "no program for this machine"),
    ("another machine", elf(machine: [0x15, 0x00]), "is for ppc64le, this machine is "),
  ]

  /// The first bytes of an executable.
  private static func elf(machine: [UInt8]) -> [UInt8] {
    [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0] + machine
      + [UInt8](repeating: 0, count: 100)
  }

  @Test("says that the payload can't run here", arguments: Node.Shell.allCases, unusable)
  func unusablePayload(
    shell: Node.Shell, row: (name: String, bytes: [UInt8], reason: String)
  ) async throws {
    try await Node.with(shell) { node in
      try Data(row.bytes).write(to: URL(filePath: node.sandbox + "/swab"))
      let result = try await node.run(["delete", "--report", "report.json"])
      #expect(result.code == 70)
      let report = try await node.report("report.json")
      expectIncomplete(report)
      #expect(report.exit.wmcoreExitCode == 50111)
      #expect(report.exit.reason.contains(row.reason), "\(report.exit.reason)")
    }
  }

  /// The forms of `--report`, and the file that they name (nil: none).
  static let forms: [(arguments: [String], file: String?)] = [
    (["delete", "--report", "r.json"], "r.json"),
    (["delete", "--report=a b.json"], "a b.json"),
    (["delete", "--report-files", "failed", "--report", "r.json"], "r.json"),
    (["delete", "--report", "one.json", "--report", "two.json"], "two.json"),
    (["delete", "--", "--report", "r.json"], nil),
    (["delete", "--report-files=failed"], nil),
    (["check", "--json"], nil),
  ]

  @Test("stands where --report says, before the payload starts", arguments: Node.Shell.allCases, forms)
  func position(shell: Node.Shell, row: (arguments: [String], file: String?)) async throws {
    try await Node.with(shell) { node in
      try node.install(payload: "for f in *; do [ ! -f \"$f\" ] || cat \"$f\" >>seen; done; exit 1")
      let result = try await node.run(row.arguments)
      #expect(result.code == 1)
      if let file = row.file {
        let report = try await node.report(file)
        expectIncomplete(report)
        #expect(node.text("seen").contains("the payload was started and has not reported"))
      } else {
        try await expectNoLeftovers(node, ["seen", "swab"])
      }
    }
  }

  @Test(
    "leaves out the WMCore part when no files are wanted",
    arguments: [
      ["--report-files", "none"], ["--report-files=none"],
    ])
  func withoutSteps(arguments: [String]) async throws {
    try await Node.with(.dash) { node in
      _ = try await node.run(["delete", "--report", "r.json"] + arguments)
      let report = try await node.report("r.json")
      expectIncomplete(report)
      #expect(report.steps == nil)
    }
  }

  @Test("is gzipped when its name says so and the node can", arguments: Node.Shell.allCases)
  func gzipped(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      try node.install(payload: "kill -KILL $$")
      let result = try await node.run(["delete", "--report", "r.json.gz"])
      #expect(result.code == 137)
      #expect((node.read("r.json.gz")?.starts(with: [0x1f, 0x8b]) ?? false) == shell.hasGzip)
      let report = try await node.report("r.json.gz")
      expectIncomplete(report)
      // The second writing has to know the first for its own.
      #expect(report.exit.reason.contains("signal 9"))
    }
  }

  @Test("of the payload is never touched", arguments: Node.Shell.allCases, ["r.json", "r.json.gz"])
  func payloadsOwn(shell: Node.Shell, name: String) async throws {
    for ending in ["exit 0", "exit 75", "kill -KILL $$"] {
      try await Node.with(shell) { node in
        try node.install(payload: "printf '{\"status\":\"incomplete\"}' >\(name); \(ending)")
        _ = try await node.run(["delete", "--report", name])
        #expect(node.text(name) == #"{"status":"incomplete"}"#)
      }
    }
  }

  @Test(
    "of an earlier run of the payload stays, one of the wrapper's own does not",
    arguments: Node.Shell.allCases)
  func earlierRun(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      let arguments = ["delete", "--report", "r.json"]
      _ = try await node.run(arguments)
      #expect(try await node.report("r.json").exit.reason.contains("no payload found"))
      try node.install(payload: "exit 1")
      _ = try await node.run(arguments)
      #expect(try await node.report("r.json").exit.reason.contains("exit code 1"))
      try node.write("{\"earlier\":true}", to: node.sandbox + "/r.json")
      _ = try await node.run(arguments)
      #expect(node.text("r.json") == "{\"earlier\":true}")
    }
  }

  @Test("that can't be written does not keep the payload from running", arguments: Node.Shell.allCases)
  func unwritable(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      try node.install(payload: "echo ran; exit 73")
      let result = try await node.run(["delete", "--report", "no/such/directory/r.json"])
      #expect(result.output == "ran\n")
      #expect(result.code == 73)
      #expect(result.messages.contains("can't write the report"))
    }
  }

  @Test("parses whatever stands in the names it holds", arguments: Node.Shell.allCases)
  func hostileNames(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      let directory = node.sandbox + "/a\"b\\c\nd\u{e9}"
      let result = try await node.run(
        ["delete", "--report", "r.json"], environment: ["SWAB_CVMFS_DIR": directory])
      #expect(result.code == 70)
      let report = try await node.report("r.json")
      #expect(report.exit.reason.contains("/a\"b\\c?d??/"), "\(report.exit.reason)")
    }
  }

  @Test("is valid by the schema that swab prints", arguments: Node.Shell.allCases)
  func schema(shell: Node.Shell) async throws {
    try await Node.with(shell) { node in
      let schema = ReportSchema(printedBy: Repository.staticSwab)
      for arguments in [["--report-files", "all"], ["--report-files", "none"]] {
        _ = try await node.run(["delete", "--report", "r.json"] + arguments)
        #expect(try await schema.problems(node.sandbox + "/r.json") == [])
      }
    }
  }

  private func expectIncomplete(_ report: JobReportFile) {
    #expect(report.schema == "swab.job-report/1")
    #expect(report.status == "incomplete")
    #expect(report.tool.name == "swab-job.sh")
    #expect(!report.job.host.isEmpty)
    #expect(!report.job.user.isEmpty)
    #expect(report.job.started.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/) != nil)
    #expect(report.summary.requested == 0 && report.summary.outcomes == 0)
  }

  private func expectNoLeftovers(_ node: Node, _ expected: [String]) async throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: node.sandbox)
    #expect(Set(files).subtracting(expected).isEmpty)
  }
}
