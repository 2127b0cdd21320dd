import FoundationEssentials
import JobReports
import Testing
@testable import ProcessRunning
@testable import BackendTools

@testable import Campaign

@Suite struct CondorToolsTests {
  static let environment = ChildEnvironment(
    condorInheriting: [:], search: ExecutableSearch(directories: ["/usr/bin"]))

  static func tools(_ fake: FakeCondor) -> CondorTools {
    CondorTools(runner: fake, environment: environment)
  }

  static let address = "<127.0.0.1:9618?sock=schedd>"

  @Test("each tool finds a schedd by the option that it knows")
  func scheddOptions() {
    let named = Submission.Target(schedd: "s@x", pool: "cm")
    let addressed = Submission.Target(schedd: Self.address)
    #expect(CondorTool.queue.schedd(.init()) == [])
    #expect(CondorTool.queue.schedd(named) == ["-name", "s@x", "-pool", "cm"])
    for tool in CondorTool.allCases where tool != .history {
      #expect(tool.schedd(addressed) == ["-addr", Self.address])
    }
    #expect(CondorTool.history.schedd(addressed) == ["-name", Self.address])
  }

  @Test("warnings of a damaged history between the ads are no part of the answer")
  func damagedHistory() async throws {
    let warning = "\t*** Warning: Bad history file; skipping malformed ad(s)\n"
    for answer in [
      "[\n\(warning)\(warning)]\n",
      "[\n{\n  \"ClusterId\": 7\n}\n\(warning),\n{\n  \"ClusterId\": 8\n}\n]\n\(warning)",
    ] {
      let tools = Self.tools(FakeCondor(output: answer))
      let ads = try await tools.past(.init(), constraint: "true", since: nil, limit: 10)
      #expect(ads.compactMap { $0.integer("ClusterId") } == (answer.contains("7") ? [7, 8] : []))
    }
  }

  @Test(
    "the history is read no further back than an hour before the submission: a schedd's clock may be behind")
  func boundedHistory() async throws {
    let fake = FakeCondor(output: "[\n]\n")
    _ = try await Self.tools(fake).past(.init(), constraint: "true", since: "2026-11-27T12:00:00Z", limit: 3)
    let arguments = try #require(fake.invocations.first?.arguments)
    #expect(arguments.suffix(4) == ["-limit", "3", "-since", "EnteredCurrentStatus < 1795777200"])
  }

  @Test("removed jobs bring home what they have where condor_rm can do that", arguments: [true, false])
  func removalWithOutput(canBring: Bool) async throws {
    let fake = FakeCondor(output: canBring ? "  -transfer  transfer output before" : "  -reason  why")
    let tools = Self.tools(fake)
    #expect(try await tools.remove(.init(), constraint: "c", reason: "r", bringingOutput: true))
    #expect(fake.invocations.last?.arguments.contains("-transfer") == canBring)
    #expect(try await tools.remove(.init(), constraint: "c", reason: "r", bringingOutput: false))
    #expect(fake.invocations.last?.arguments == ["-reason", "r", "-constraint", "c"])
  }

  @Test("a held job that keeps others from being made is removed after an hour, unless a person has held it")
  func heldJobs() {
    let end = Date(timeIntervalSince1970: 100)
    let hour = "HoldReasonCode =!= 1 && time() - EnteredCurrentStatus > 3600"
    #expect(JobPolicy.removal(heldHours: 24, isThrottled: true, expires: end).when.contains(hour))
    let all = JobPolicy.removal(heldHours: 24, isThrottled: false, expires: end).when
    #expect(!all.contains(hour) && all.contains("> 86400"))
  }

  @Test("condor_submit runs in the round's directory and its cluster is read")
  func submitting() async throws {
    let fake = FakeCondor(output: "WARNING: something\n5.0 - 5.19\n")
    let target = Submission.Target(schedd: "s", pool: "p", spool: true)
    #expect(try await Self.tools(fake).submit("swab.sub", in: "/a b/c", to: target) == 5)
    let call = try #require(fake.invocations.first)
    #expect(call.tool == "condor_submit")
    #expect(call.workingDirectory == "/a b/c")
    #expect(
      call.arguments == ["-name", "s", "-pool", "p", "-spool", "-terse", "-single-cluster", "swab.sub"])
  }

  @Test("what does not match is not removed, and a dead schedd is not taken for that")
  func removing() async throws {
    let nothing = "Couldn't find/remove all jobs matching constraint (x)\n"
    let none = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_rm" ? .ended(1, errorOutput: nothing) : .ended(0)
    }
    #expect(try await Self.tools(none).remove(.init(), constraint: "x", reason: "r") == false)
    let foreign = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      call.tool == "condor_rm" ? .ended(1, errorOutput: nothing) : .ended(0, output: "[{\"ClusterId\":1}]")
    }
    await #expect(throws: CampaignError.self) {
      try await Self.tools(foreign).remove(.init(), constraint: "x", reason: "r")
    }
    let dead = FakeCondor(
      exit: 1, errorOutput: "DCSchedd::actOnJobs:6001:Failed to connect to schedd\n" + nothing)
    await #expect(throws: CampaignError.self) {
      try await Self.tools(dead).remove(.init(), constraint: "x", reason: "r")
    }
    #expect(
      try await Self.tools(FakeCondor(output: "All jobs …")).remove(.init(), constraint: "x", reason: "r"))
  }

  /// What condor_q, condor_submit and the others of HTCondor 23.9.6 print.
  static let diagnostics: [(CondorTool, String, JobReports.ExitStatus, String)] = [
    (
      .submit, "AUTHENTICATE:1003:Failed to authenticate with any method\nERROR: Failed to connect to queue",
      .noPermission, "does not accept"
    ),
    (.submit, "\nERROR: Can't find address of schedd bla@foo\n", .unavailable, "bla@foo"),
    (.submit, "\nERROR: Failed to connect to local queue manager\n", .unavailable, "cannot be reached"),
    (.submit, "ERROR: on Line 3 of submit file: \nERROR: Failed to parse command file", .badInput, "Line 3"),
    (
      .submit, "ERROR: Parse error in expression: \n\tFoo = 1 +* 2\n\t\n", .badInput,
      "Parse error in expression: Foo = 1 +* 2"
    ),
    (.queue, "", .unavailable, "is it up?"),
    (.queue, "Error: Collector has no record of schedd/submitter\n", .unavailable, "no record of schedd"),
    (
      .history, "Unable to locate remote schedd (name=bla, pool=).\nUnable to send history command\n",
      .unavailable, "cannot be reached"
    ),
    (.remove, "Error: cannot get address of schedd bla\n", .unavailable, "cannot be reached"),
    (
      .queue,
      "\nNeither the environment variable CONDOR_CONFIG,\n/etc/condor/, /usr/local/etc/, nor ~condor/ contain a condor_config source.\n",
      .unavailable, "set CONDOR_CONFIG"
    ),
  ]

  @Test("a diagnostic becomes one line with an exit code", arguments: diagnostics)
  func diagnostic(_ row: (CondorTool, String, JobReports.ExitStatus, String)) {
    let run = ToolRun.ended(1, output: "[\n", errorOutput: row.1)
    let error = CondorDiagnostic.error(row.0, run, .init(schedd: "bla@foo"))
    #expect(error.status == row.2)
    #expect(error.description.contains(row.3))
    #expect(error.description.hasPrefix(row.0.rawValue))
    #expect(!error.description.contains("\n"))
  }

  @Test("a missing tool is named, with where it comes from")
  func missing() async {
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in throw .notFound(call.tool) }
    let error = await #expect(throws: CampaignError.self) {
      try await Self.tools(fake).queue(.init(), constraint: "true")
    }
    #expect(error?.description.contains("condor_q is not on the PATH: it belongs to HTCondor") == true)
    #expect(error?.description.contains("htcondor.org") == true)
  }

  @Test("the tools get HTCondor's settings and credentials, and nothing that breaks them")
  func environment() {
    let inherited = [
      "CONDOR_CONFIG": "c", "_CONDOR_SEC_X": "x", "X509_USER_PROXY": "p", "BEARER_TOKEN_FILE": "t",
      "XDG_RUNTIME_DIR": "r", "KRB5CCNAME": "k", "HOME": "h", "USER": "u", "LD_LIBRARY_PATH": "bad",
      "PYTHONPATH": "bad", "LANG": "C",
    ]
    let values = ChildEnvironment(
      condorInheriting: inherited, search: ExecutableSearch(directories: ["/opt/condor/bin", "/bin"])
    ).values
    let expected = inherited.filter { $0.value != "bad" }.merging(["PATH": "/opt/condor/bin:/bin"]) { $1 }
    #expect(values == expected)
  }

  @Test(
    "a ClassAd string ends where it is to end",
    arguments: [
      ("plain", #""plain""#), (#"a"b"#, #""a\"b""#), (#"a\b"#, #""a\b""#), (#"end\"#, #""end ""#),
      (#"a\"b"#, #""a \"b""#), ("a\nb\u{0}\tc", #""a b  c""#), ("é % $(x)", #""é % $(x)""#), ("", #""""#),
    ])
  func strings(_ row: (String, String)) { #expect(ClassAdText.string(row.0) == row.1) }
}
