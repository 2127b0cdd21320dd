import Campaign
import FoundationEssentials
import JobReports
import Testing

@testable import Cycle

@Suite("Configuration of the cycle") struct CycleFileTests {
  static let text = """
    [cycle]
    state = /var/lib/swab/
    rses = T3_XX_Other

    [job]
    memory = 100
    [site]
    memory = 200
    project = cms
    [rse *]
    from = https://monitor.test/unmerged
    protected = https://wmstats.test/a /data/protected
    memory = 300
    max-rounds = 7
    [rse T2_US_*]
    memory = 400
    site = T2_US_All
    [rse T2_*]
    memory = 350
    priority = 3
    [site T2_US_All]
    memory = 500
    [rse T2_US_Nebraska]
    memory = 600
    max-fraction = 0.5
    accept = shorter-list foreign-entries
    oauth-permissions.cms = storage.modify:/
    oauth-services = cms
    """

  private func file(_ text: String = text) throws -> CycleFile {
    try CycleFile(Array(text.utf8), name: "cycle.ini")
  }

  @Test func `names the RSEs`() throws {
    let file = try file()
    #expect(file.rses == ["T2_US_Nebraska", "T3_XX_Other"])
    #expect(file.cycle.state == "/var/lib/swab")
  }

  @Test(
    "the most specific section wins",
    arguments: [
      ("T2_US_Nebraska", "memory", "600", "[rse T2_US_Nebraska]"),
      ("T2_US_Other", "memory", "500", "[site T2_US_All]"), ("T2_DE_DESY", "memory", "350", "[rse T2_*]"),
      ("T3_XX_Other", "memory", "300", "[rse *]"), ("T3_XX_Other", "project", "cms", "[site]"),
      ("T2_US_Nebraska", "priority", "3", "[rse T2_*]"), ("T2_US_Nebraska", "max-rounds", "7", "[rse *]"),
      ("T2_US_Nebraska", "max-fraction", "0.5", "[rse T2_US_Nebraska]"),
      ("T3_XX_Other", "max-fraction", "0.9", nil),
      ("T2_US_Nebraska", "site", "T2_US_All", "[rse T2_US_*]"),
      ("T2_US_Nebraska", "accept", "shorter-list foreign-entries", "[rse T2_US_Nebraska]"),
    ] as [(String, String, String, String?)])
  func origin(rse: String, key: String, value: String, section: String?) throws {
    let origins = try file().effective(rse).origins.filter { $0.key == key }
    #expect(origins.map(\.value) == [value])
    #expect(origins.map(\.section) == [section])
  }

  @Test func `values become settings, and the jobs' configuration`() throws {
    let effective = try file().effective("T2_US_Nebraska")
    #expect(effective.settings.job.memory == 600)
    #expect(effective.settings.job.oauthServices.first?.permissions == "storage.modify:/")
    #expect(effective.settings.protected == ["https://wmstats.test/a", "/data/protected"])
    #expect(effective.settings.accepted == [.shorterList, .foreignEntries])
    #expect(effective.settings.maxFraction == 0.5)
    let jobs = try JobSettings(effective.campaignConfiguration, name: "config.ini", site: "T2_US_All")
    #expect(jobs == effective.settings.job)
  }

  @Test func `what others may see has no secret of a URL`() throws {
    let text =
      "[cycle]\nstate = /a\n[rse A]\nfrom = https://m.test/unmerged?rse=A&authz=S\nprotected = /p https://w.test/a?token=S\n"
    let shown = try file(text).effective("A").origins.filter { $0.section != nil }.map(\.shown)
    #expect(shown == ["https://m.test/unmerged?rse=A", "/p https://w.test/a"])
  }

  @Test func `the digest follows what holds for the RSE alone`() throws {
    let before = try file()
    let after = try file(Self.text + "\n[rse T1_*]\nmemory = 1\n")
    let changed = try file(Self.text + "\ncpus = 2\n")
    #expect(try before.effective("T2_US_Nebraska").digest == after.effective("T2_US_Nebraska").digest)
    #expect(try before.effective("T2_US_Nebraska").digest != changed.effective("T2_US_Nebraska").digest)
  }

  @Test(
    "what is wrong is refused with its line, whichever RSE it is for",
    arguments: [
      ("[rse *]\nfrom = /x\n", "cycle.ini: [cycle] has no \"state\""),
      ("[cycle]\nstate = var\n", "cycle.ini:2: state: \"var\" is no absolute path"),
      ("[cycle]\nstate = /a/$b\n", "cycle.ini:2: state: "),
      ("[cycle]\nsatte = /a\n", "cycle.ini:2: satte: this key is not known"),
      ("[cycle]\nstate = /a\nrses = T2 ../x\n", "cycle.ini:3: rses: \"../x\" is no name of an RSE"),
      ("[cycle]\nstate = /a\n[rse ../b]\n", "cycle.ini:3: [rse ../b]: "),
      ("[cycle]\nstate = /a\n[rse]\n", "cycle.ini:3: [rse] is not known"),
      (
        "[cycle]\nstate = /a\n[rse A]\nmax-fraction = 2\n",
        "cycle.ini:4: max-fraction: \"2\" is no number from"
      ),
      (
        "[cycle]\nstate = /a\n[rse A]\nenabled = true\n",
        "cycle.ini:4: enabled: \"true\" is neither yes nor no"
      ),
      (
        "[cycle]\nstate = /a\n[rse A]\nfrom = list\n",
        "cycle.ini:4: from: \"list\" is neither a URL nor an absolute path"
      ),
      ("[cycle]\nstate = /a\n[rse A]\naccept = all\n", "cycle.ini:4: accept: \"all\" is not known"),
      (
        "[cycle]\nstate = /a\n[rse A]\naccept = cut-list overlap\n",
        "cycle.ini:4: accept: \"overlap\" has no effect here; there are plain-http, "
      ),
      ("[cycle]\nstate = /a\n[rse A]\nmemory = x\n", "cycle.ini:4: memory: "),
      ("[cycle]\nstate = /a\n[job]\nfrom = /x\n", "cycle.ini:4: from: it belongs into [rse PATTERN]"),
      ("[cycle]\nstate = /a\n[rse Z*]\nschedd = -pool\n", "cycle.ini:4: schedd: "),
      ("[cycle]\nstate = /a\n[rse Z*]\nsite = a b\n", "cycle.ini:4: site: "),
      ("[cycle]\nstate = /a\n[rse Z*]\nwindow = 8-18\n", "cycle.ini:4: window: "),
      (
        "[cycle]\nstate = /a\n[rse Z*]\nce = a\ngrid-resource = batch slurm\n",
        "cycle.ini:5: ce and grid-resource exclude each other, and the other one is in line 4"
      ),
      (
        "[cycle]\nstate = /a\n[rse A]\nce = a\n[rse *]\ngrid-resource = batch slurm\n",
        "cycle.ini:6: ce and grid-resource exclude each other, and the other one is in line 4"
      ),
      ("[cycle]\nstate = /a\n[rse A]\n[rse A]\n", "cycle.ini:4: [rse A] was begun in line 3"),
    ])
  func wrong(text: String, message: String) throws {
    let error = #expect(throws: CampaignError.self) { try file(text) }
    #expect(error?.status == .badSiteConfig)
    #expect(error?.description.hasPrefix(message) == true, "\(error?.description ?? "")")
  }

  @Test(
    "patterns",
    arguments: [
      ("*", "T2_A", true), ("T2_*", "T2_A", true), ("T2_*", "T1_A", false), ("*_Disk", "T1_A_Disk", true),
      ("T2_*_B", "T2_A_B", true), ("T2_*_B", "T2_B", false), ("T2_*_*_C", "T2_A_B_C", true),
      ("T2_A", "T2_A", true),
      ("T2_A", "T2_AB", false), ("T2_*A*", "T2_A", true), ("T2_*A*A", "T2_A", false),
    ])
  func patterns(pattern: String, name: String, matches: Bool) {
    #expect(RSEPattern.matches(pattern, name) == matches)
  }

  @Test(
    "windows",
    arguments: [
      // 2026-11-27 was a Friday.
      ("mon-fri 08:00-18:00Z", "2026-11-27T08:00:00Z", true),
      ("mon-fri 08:00-18:00Z", "2026-11-27T18:00:00Z", false),
      ("mon-fri 08:00-18:00Z", "2026-11-28T12:00:00Z", false), ("sat,sun", "2026-11-28T12:00:00Z", true),
      ("22:00-06:00Z", "2026-11-28T05:59:00Z", true), ("22:00-06:00Z", "2026-11-28T06:00:00Z", false),
      ("fri 22:00-06:00Z", "2026-11-28T05:00:00Z", true), ("sat 22:00-06:00Z", "2026-11-28T05:00:00Z", false),
      ("sat-mon", "2026-11-29T00:00:00Z", true), ("sat-mon", "2026-12-01T00:00:00Z", false),
      ("fri 00:00-24:00Z", "2026-11-27T23:59:00Z", true),
      ("mon 08:00-09:00Z; fri", "2026-11-27T12:00:00Z", true),
    ])
  func windows(text: String, time: String, isIn: Bool) throws {
    #expect(try TimeWindow(text).contains(try Date(time, strategy: .iso8601)) == isIn)
  }

  @Test(arguments: [
    "", ";", "monday", "08:00-18:00", "mon 8-9Z", "25:00-26:00Z", "08:00-08:00Z", "mon-",
    "mon fri 08:00-09:00Z",
  ])
  func `no windows`(text: String) {
    #expect(throws: SettingProblem.self) { try TimeWindow(text) }
  }
}
