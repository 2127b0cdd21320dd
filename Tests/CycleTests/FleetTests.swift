import Campaign
import FoundationEssentials
import Testing

@testable import Cycle

/// What Rucio and CRIC say.
@Suite("RSEs from Rucio and sites from CRIC") struct FleetTests {
  private static let now = Date()

  private func file(_ more: String = "", rses: [String] = [], hours: Double = 1, unavailable: [String] = [])
    throws -> CycleFile
  {
    let text =
      "[cycle]\nstate = /s\nrucio = https://rucio.test\nexpression = tier=2\ncric = https://cric.test\nexclude-rses = T2_No\n\(more)"
    var fleet = Fleet()
    (fleet.rses, fleet.unavailable, fleet.expression) = (rses, unavailable, "tier=2")
    fleet.rsesRead = Self.now.addingTimeInterval(-hours * 3600).formatted(.iso8601)
    fleet.sites = ["T2_A": ["T2_A"], "T1_B_Disk": ["T1_B", "T3_B"], "T2_C": ["T2_C1", "T2_C2"]]
    fleet.sitesRead = fleet.rsesRead
    return try CycleFile(Array(text.utf8), name: "c").with(fleet, now: Self.now)
  }

  @Test func `the expression's RSEs are among the others, but for those that are excluded`() throws {
    let file = try file("rses = T2_Z\n[rse T2_Y]\nsite = Y\n", rses: ["T2_A", "T2_No", "T2_Y"])
    #expect(file.rses == ["T2_A", "T2_Y", "T2_Z"])
  }

  @Test(
    "the site of an RSE",
    arguments: [
      ("T2_A", "T2_A", nil, "CRIC"), ("T1_B_Disk", "T1_B", nil, "CRIC"),
      ("T2_C", nil, "CRIC has several sites for it: T2_C1, T2_C2", nil),
      ("T2_D", nil, "CRIC knows no site for it", nil),
      ("T2_E", "T2_Own", nil, "[rse T2_E]"),
    ] as [(String, String?, String?, String?)])
  func sites(rse: String, site: String?, problem: String?, section: String?) throws {
    let effective = try file("[rse T2_E]\nsite = T2_Own\n").effective(rse)
    #expect(effective.settings.site == site && effective.siteProblem == problem)
    #expect(effective.origins.first { $0.key == "site" }?.section == section)
  }

  @Test(
    "whether files may be deleted",
    arguments: [(1.0, ["T2_B"], true), (1.0, ["T2_A"], false), (25.0, [], nil), (-2.0, [], nil)]
      as [(Double, [String], Bool?)]
  )
  func availability(hours: Double, unavailable: [String], mayDelete: Bool?) throws {
    let effective = try file(hours: hours, unavailable: unavailable).effective("T2_A")
    #expect(effective.asksRucio && effective.mayDelete == mayDelete)
  }

  @Test func `CRIC's table, whatever stands in it`() throws {
    let json = """
      {"desc": {"columns": ["in_report", "phedex_name", "psn_name"]}, "result": [[true, "T2_A", "T2_A"],
       ["x", "T1_B_Disk", "T1_B"], [null, "T1_B_Disk", "T3_B"], [1, null, "T2_X"], [1, "../evil", "T2_X"], [1]]}
      """
    #expect(
      try CRICSites.sites(Array(json.utf8), source: "cric") == [
        "T2_A": ["T2_A"], "T1_B_Disk": ["T1_B", "T3_B"],
      ])
    for bad in [
      "", "[]", "{\"desc\":{\"columns\":[\"a\"]},\"result\":[]}", "<html>",
      json.replacing("psn_name", with: "x"),
    ] {
      #expect(throws: CampaignError.self) { try CRICSites.sites(Array(bad.utf8), source: "cric") }
    }
  }

  @Test(arguments: [
    "rucio = http://rucio.test\nexpression = x\n", "rucio = https://rucio.test\n", "expression = x\n",
    "rucio-token = relative\n", "exclude-rses = a/b\n",
  ]) func `what is wrong with it`(lines: String) {
    #expect(throws: CampaignError.self) {
      try CycleFile(Array("[cycle]\nstate = /s\n\(lines)".utf8), name: "c")
    }
  }
}
