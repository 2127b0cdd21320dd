import Campaign
import CampaignFixtures
import Cycle
import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// `swab-submit cycle` as a command: what one RSE, file or server that is not well does to the others.
@Suite struct CycleRunTests {
  private let directory: TemporaryDirectory
  private var state: StateDirectory { StateDirectory(directory.path + "/state") }

  init() throws { directory = try TemporaryDirectory() }

  private func cycle(_ arguments: [String], _ lines: [String]) async throws -> Program.Result {
    Disk.write(
      directory.path + "/cycle.ini",
      (["[cycle]", "state = \(state.path)"] + lines).map { $0 + "\n" }.joined())
    return try await Program(
      Repository.builtSwabSubmit, ["cycle"] + arguments + ["--config", directory.path + "/cycle.ini"],
      workingDirectory: directory.path
    ).finish()
  }

  @Test func `where Rucio has been silent for a day nothing was reached for any RSE`() async throws {
    var fleet = Fleet()
    (fleet.rses, fleet.expression, fleet.rsesRead) = (["A"], "tier=2", "2026-01-01T00:00:00Z")
    try state.rse("A").make()
    try CampaignFiles.write(fleet, to: state.fleet)
    Disk.write(directory.path + "/token", "t")
    let result = try await cycle(
      ["run"],
      [
        "rucio = http://127.0.0.1:\(try Loopback.freePort())", "rucio-token = \(directory.path)/token",
        "expression = tier=2", "[rse *]", "site = A",
      ])
    #expect(result.code == 69, "\(result.errors)")
    #expect(try RSEHistory.state(state.rse("A"))?.reason == .rucioSilent)
  }

  @Test func `a damaged campaign is named, and the files of the others are exported`() async throws {
    let campaign = try CampaignFixture()
    let names = ["/store/unmerged/a/1", "/store/unmerged/a/2"]
    try campaign.addRound([names])
    try await campaign.report(1, .init(files: names.map { ($0, .deleted, nil) }))
    for rse in ["A", "B", "C"] {
      try state.rse(rse).make()
      try FileManager.default.copyItem(
        atPath: campaign.directory.path, toPath: state.rse(rse).campaign("\(rse)-1").path)
    }
    Disk.write(state.rse("B").campaign("B-1").round(1).record, "x")
    for form in ["gone", "rucio-events"] {
      let result = try await cycle(["export", "--as", form], ["rses = A B C"])
      #expect(result.code == 65 && result.errorLines.count == 2, "\(result.errors)")
      #expect(result.errors.contains("/B-1/round.json: it is not valid JSON"), "\(result.errors)")
      #expect(result.text.split(separator: "\n").count == 4)
    }
    // Without its manifest it would look as if there were no campaign.
    Disk.write(state.rse("C").campaign("C-1").manifest, "x")
    let fewer = try await cycle(["export", "--as", "gone"], ["rses = A B C"])
    #expect(fewer.code == 65 && fewer.errors.contains("/C-1/campaign.json: "), "\(fewer.errors)")
    #expect(fewer.errorLines.count == 3 && fewer.text.split(separator: "\n").count == 2)
  }
}
