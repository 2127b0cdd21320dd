import TestSupport
import Testing

@testable import Campaign

@Suite struct ConfigurationTests {
  static func settings(_ text: String, site: String = "T2_XX_Local") throws -> JobSettings {
    try JobSettings(Array(text.utf8), name: "config.ini", site: site)
  }

  @Test("the named site wins over [site], and that over [job]")
  func order() throws {
    let text =
      "\u{feff}; c\r\n# c\r\n[site T2_A]\r\nmemory = 3\r\n[site]\r\nmemory=2\r\ndisk = 7\r\n[job]\r\nmemory = 1\r\ncpus=4\r\n"
    let a = try Self.settings(text, site: "T2_A")
    #expect((a.memory, a.disk, a.cpus) == (3, 7, 4))
    let b = try Self.settings(text, site: "T2_B")
    #expect((b.memory, b.disk, b.cpus) == (2, 7, 4))
    #expect(try Self.settings("") == JobSettings())
  }

  @Test("what the documentation shows is taken as it stands")
  func readme() throws {
    let lines = Disk.read(Repository.root + "/Documentation/Campaigns.md").split(
      separator: "\n", omittingEmptySubsequences: false)
    let shown = lines.drop { $0 != "[job]" }.prefix { $0 != "```" }.joined(separator: "\n")
    let settings = try Self.settings(shown, site: "T2_XX_Site")
    #expect(
      settings.jobClass == "longlunch" && settings.requestedRuntime == 7200 && settings.project == "cms")
    #expect(settings.environment.map(\.name) == ["SITECONFIG_PATH"])
    // What it names as the default is the default.
    let defaults = JobSettings()
    #expect(settings.memory == defaults.memory && settings.maxWallMinutes == defaults.maxWallMinutes)
    #expect(settings.maxMaterialize == defaults.maxMaterialize && settings.heldHours == defaults.heldHours)
    #expect(settings.checkpointMinutes == defaults.checkpointMinutes)
    #expect(settings.minimumFailSeconds == defaults.minimumFailSeconds)
  }

  static let errors: [(String, String)] = [
    ("[job]\nmemry = 1", "config.ini:2: memry: this key is not known"),
    ("[job]\nmemory = much", "config.ini:2: memory: \"much\" is no whole number from 1"),
    ("[job]\nmemory = 0", "config.ini:2: memory"),
    ("[job]\nmemory =", "config.ini:2: memory: it has no value"),
    ("[job]\nmemory = 1\n\nmemory = 2", "config.ini:4: \"memory\" is set twice, before in line 2"),
    ("memory = 1", "config.ini:1: \"memory\" is in no section"),
    ("[jobs]\n", "config.ini:1: [jobs] is not known"),
    ("[job x]\n", "config.ini:1: [job x] is not known"),
    ("[job]\n[site]\n[job]", "config.ini:3: [job] was begun in line 1"),
    ("[job\n", "config.ini:1: the section lacks"),
    ("[job]\nmemory", "config.ini:2: this is no"),
    ("[job]\nrequirements = true", "config.ini:2: requirements: it belongs into [site]"),
    ("[job]\n+Foo = 1", "config.ini:2: +Foo: attributes belong into [site]"),
    ("[site]\nrequirements = (a", "config.ini:2: requirements: it lacks a \")\""),
    ("[site]\nrequirements = a)", "config.ini:2: requirements: it has a \")\" too many"),
    ("[site]\n+Foo = \"x", "config.ini:2: +Foo: a string lacks its closing \""),
    ("[site]\n+Fo o = 1", "config.ini:2: +Fo o: \"Fo o\" is no name of an attribute"),
    ("[site]\n+SwabCampaign = 1", "config.ini:2: +SwabCampaign: attributes \"Swab…\""),
    ("[site]\n+Cmd = \"/bin/true\"", "config.ini:2: +Cmd: it is HTCondor's own"),
    ("[site]\n+iwd = \"/tmp\"", "config.ini:2: +iwd: it is HTCondor's own"),
    ("[site]\n+RoutedFromJobId = \"1.0\"", "config.ini:2: +RoutedFromJobId: it is HTCondor's own"),
    ("[site]\n+SubmitterGlobalJobId = \"x\"", "config.ini:2: +SubmitterGlobalJobId: it is HTCondor's own"),
    ("[site]\n+Out = \"/tmp/x\"", "config.ini:2: +Out: it is HTCondor's own"),
    ("[site]\n+TransferOutput = \"\"", "config.ini:2: +TransferOutput: it is HTCondor's own"),
    ("[site]\n+JobUniverse = 7", "config.ini:2: +JobUniverse: it is HTCondor's own"),
    ("[site]\n+LeaveJobInQueue = true", "config.ini:2: +LeaveJobInQueue: it is HTCondor's own"),
    ("[site]\n+remote_OnExitRemove = false", "config.ini:2: +remote_OnExitRemove: it is HTCondor's own"),
    ("[site T2_Other]\n+PeriodicHold = true", "config.ini:2: +PeriodicHold: it is HTCondor's own"),
    ("[site]\n+Requirements = true", "config.ini:2: +Requirements: it is set by the key \"requirements\""),
    ("[site]\n+DESIRED_Sites = \"T2_Other\"", "config.ini:2: +DESIRED_Sites: it is set by the key"),
    ("[site]\n+ChirpSwabDone = 1", "config.ini:2: +ChirpSwabDone: it is one of Swab's own"),
    (
      "[job]\nenvironment._CONDOR_CREDS = /x", "config.ini:2: environment._CONDOR_CREDS: it is HTCondor's own"
    ),
    ("[site T2_Other]\nfoo = 1", "config.ini:2: foo: this key is not known"),
    ("[job]\nenvironment.A B = 1", "config.ini:2: environment.A B: \"A B\" is no name of a variable"),
    ("[job]\nwrapper = x\\", "config.ini:2: wrapper: it ends in a backslash"),
    ("[job]\nwrapper = a\u{7}b", "config.ini:2: there is a control character"),
    (
      "[job]\nprune-empty-directories = true",
      "config.ini:2: prune-empty-directories: \"true\" is neither yes nor no"
    ),
    ("[job]\noauth-permissions.cms = x", "config.ini:2: oauth-permissions.cms: \"cms\" is not among"),
    ("[job]\noauth-services = a(b", "config.ini:2: oauth-services: \"a(b\" is no name of a service"),
    ("[job]\noauth-services = a.b", "config.ini:2: oauth-services: \"a.b\" is no name of a service"),
    ("[job]\noauth-services = cms, CMS", "config.ini:2: oauth-services: \"CMS\" is named twice"),
    ("[job]\naccounting-group = a b", "config.ini:2: accounting-group: \"a b\" has a blank"),
  ]

  @Test("an error names the file, the line, the key, and what to do", arguments: errors)
  func error(_ row: (String, String)) throws {
    let error = try #require(throws: CampaignError.self) { try Self.settings(row.0) }
    #expect(error.description.hasPrefix(row.1))
    #expect(error.status == .badInput)
  }
}
