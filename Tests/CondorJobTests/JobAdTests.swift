import CondorJob
import Testing

@Suite struct JobAdTests {
  static let values: [(String, JobAd.Value)] = [
    (#""text""#, .string("text")), (#""say \"hi\" \\ \n""#, .string("say \"hi\" \\ \n")),
    (#""C:\dir""#, .string(#"C:\dir"#)), (#""""#, .string("")), ("42", .integer(42)), ("-1", .integer(-1)),
    ("1.5", .real(1.5)), ("1.0E+03", .real(1000)), ("true", .boolean(true)), ("FALSE", .boolean(false)),
    ("undefined", .undefined), ("Undefined", .undefined), ("inf", .expression("inf")),
    ("(a == b) && c", .expression("(a == b) && c")), (#""a" + "b""#, .expression(#""a" + "b""#)),
    (#""open"#, .expression(#""open"#)), ("", .expression("")),
    ("{ 1, 2 }", .expression("{ 1, 2 }")),
  ]

  @Test(arguments: values)
  func value(text: String, expected: JobAd.Value) {
    #expect(JobAd(Array("Name = \(text)\r\n".utf8))["nAME"] == expected)
  }

  @Test func linesThatAreNone() {
    let ad = JobAd(Array("*** comment = 1\n\nnonsense\n= 2\n  A=1\nB = x == \"y\"\na = 3".utf8))
    #expect(ad["A"] == .integer(3))
    #expect(ad["B"] == .expression("x == \"y\""))
    #expect(ad["comment"] == nil)
    #expect(JobAd([])["A"] == nil)
    #expect(JobAd([0xff, 0x3d, 0x31, 0x0a])["A"] == nil)
  }
}

@Suite struct CondorJobInfoTests {
  static let ad = """
    ClusterId = 17
    procid = 3
    GlobalJobId = "sched01.site.test#17.3#1900000000"
    NumJobStarts = 1
    NumJobCompletions = 2
    NumShadowStarts = 5
    Requirements = (TARGET.Arch == "X86_64")

    """
  static let environment = [
    "_CONDOR_JOB_AD": "job", "_CONDOR_MACHINE_AD": "machine", "_CONDOR_SLOT": "slot1_2",
  ]
  struct Missing: Error, CustomStringConvertible {
    var description: String { "missing" }
  }

  func discover(_ files: [String: String], _ environment: [String: String]) -> CondorJobInfo.Discovery {
    CondorJobInfo.discover(environment: environment) { path in
      guard let text = files[path] else { throw Missing() }
      return Array(text.utf8)
    }
  }

  @Test func everything() {
    let machine =
      "GLIDEIN_CMSSite = \"T2_XX_Machine\"\nMachine = \"wn7.site.test\"\nGLIDEIN_Job_Max_Time = 34800\nCpus = 4\n"
    var expected = CondorJobInfo(
      clusterId: 17, procId: 3, globalJobId: "sched01.site.test#17.3#1900000000",
      schedd: "sched01.site.test", slot: "slot1_2", attempt: 3, site: "T2_XX_Machine")
    expected.machine = [
      "GLIDEIN_CMSSite": "T2_XX_Machine", "Machine": "wn7.site.test", "GLIDEIN_Job_Max_Time": "34800",
    ]
    #expect(discover(["job": Self.ad, "machine": machine], Self.environment) == .init(info: expected))
    // What the submitter had copied into the job ad counts first.
    expected.site = "T2_XX_Job"
    let ad = Self.ad + "MachineAttrGLIDEIN_CMSSite0 = \"T2_XX_Job\"\n"
    #expect(discover(["job": ad, "machine": machine], Self.environment) == .init(info: expected))
  }

  @Test func whatIsMissing() {
    #expect(discover([:], [:]) == .init(info: nil))
    #expect(discover([:], Self.environment) == .init(info: nil, warnings: ["HTCondor's job ad: missing"]))
    #expect(discover(["job": ""], ["_CONDOR_JOB_AD": "job"]) == .init(info: CondorJobInfo()))
    let found = discover(["job": Self.ad], Self.environment)
    #expect(found.info?.clusterId == 17)
    #expect(found.info?.site == nil)
    #expect(found.warnings == ["HTCondor's machine ad: missing"])
    let unknown = "MachineAttrGLIDEIN_CMSSite0 = \"Unknown\"\nNumShadowStarts = 1\n"
    #expect(discover(["job": unknown], ["_CONDOR_JOB_AD": "job"]).info == CondorJobInfo(attempt: 1))
  }

  @Test func unreadableFile() {
    let found = CondorJobInfo.discover(environment: ["_CONDOR_JOB_AD": "/nowhere/.job.ad"])
    #expect(
      found.warnings == ["HTCondor's job ad: /nowhere/.job.ad: cannot be read: No such file or directory"])
  }

  @Test(
    arguments: [
      ([], nil), (["a.use", "cms.use", "b.top"], "/creds/cms.use"),
      (["z.use", "atlas.use"], "/creds/atlas.use"),
      (["cms.top", ".cms.use"], nil),
    ] as [([String], String?)])
  func tokenFile(names: [String], expected: String?) {
    #expect(CondorCredentials.tokenFile(environment: ["_CONDOR_CREDS": "/creds"]) { _ in names } == expected)
    #expect(CondorCredentials.tokenFile(environment: [:]) { _ in names } == nil)
  }

  @Test func noDirectory() {
    #expect(CondorCredentials.tokenFile(environment: ["_CONDOR_CREDS": "/nowhere"]) == nil)
  }
}
