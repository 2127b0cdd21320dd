import Campaign
import CampaignFixtures
import Cycle
import FoundationEssentials
import Synchronization
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

  @Test func `a page that can't be written keeps back no other one, and no alert`() async throws {
    let paths = Mutex<[String]>([])
    let server = try ScriptedServer { request in
      paths.withLock { $0.append(request.path) }
      return .init(200)
    }
    let base = "http://127.0.0.1:\(server.port)"
    for rse in ["A", "B"] { try state.rse(rse).make() }
    Disk.makeDirectory(state.rse("A").page)
    Disk.makeDirectory(state.status)
    let result = try await cycle(
      ["run"], ["rses = A B", "alertmanager = \(base)", "pushgateway = \(base)", "[rse *]", "enabled = no"])
    #expect(result.code == 73)
    #expect(
      result.errors.contains(
        "\(state.status): cannot be replaced: Is a directory; and 1 more files can't be written"),
      "\(result.errors)")
    #expect(paths.withLock { Set($0) } == ["/metrics/job/swab_cycle", "/api/v2/alerts"])
    for path in [state.page, state.metrics, state.rse("B").page] { #expect(Disk.exists(path), "\(path)") }
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
