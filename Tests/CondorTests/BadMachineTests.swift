import TestServers
import TestSupport
import Testing

/// One worker node of two is bad: it fails at once, or has no storage, and takes as many jobs as it can.
@Suite(.serialized) struct BadMachineTests {
  private static let area = "/store/unmerged/Run2026A/Test/RAW/v1"

  private static let requirements =
    #"SwabRound > 1 || (member(SwabJob, {"0001", "0002"}) ? NumJobStarts > 0 || \#(isSecond) : !\#(isSecond))"#
  private static let isSecond = #"regexp("@second@", TARGET.Name)"#

  /// A campaign whose first two jobs go to the second worker node at first, and the others never. (A `Rank` would not do:
  /// the schedd starts jobs on what is left of a slot that it has, whatever they would rather have.)
  private func scene(_ settings: [String], second: (CampaignScene) -> String) async throws -> CampaignScene {
    let scene = try CampaignScene(
      CondorPool.uneven.get(), files: CampaignScene.files(directories: 5, each: 40),
      protectedDirectories: ["\(Self.area)/5"],
      settings: ["minimum-fail-seconds = 2", "max-materialize = 0"] + settings + [
        "[site]", "requirements = \(Self.requirements)",
      ])
    Disk.write(scene.pool.second, second(scene), mode: 0o755)
    try await scene.plan(filesPerJob: 40)
    try await scene.swabSubmit("submit", scene.campaign, "--yes")
    try await scene.waitForJobs()
    return scene
  }

  /// Where every name leads to what is not there.
  private func blind(_ scene: CampaignScene) -> String {
    "case $SITECONFIG_PATH in *?*) export SITECONFIG_PATH=\(scene.blindSite.path) ;; esac\n"
  }

  @Test func whatOneMachineCallsAbsentIsTriedOnAnother() async throws {
    let scene = try await scene([], second: blind)
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 160)
    #expect(try await scene.status().jobs.filter { $0.starts > 1 }.map(\.job) == ["0001", "0002"])
  }

  @Test func whatOneMachineCallsAbsentStaysForTheNextRound() async throws {
    let scene = try await scene(["retries = 0"], second: blind)
    let report = try await scene.collect(code: 76)
    #expect(report.summary.deleted == 80 && report.summary.failed == 80)
    #expect(report.files.filter { $0.outcome == "failed" }.allSatisfy { $0.error?.code == "suspect" })
    #expect(try await scene.swabSubmit("status", scene.campaign).hasPrefix("SUSPECT   80 files"))
    try await scene.swabSubmit("resubmit", scene.campaign)
    #expect(Disk.read(scene.campaign + "/round-2/swab.sub").contains("second@pool.test"))
    try await scene.waitForJobs()
    #expect(try await scene.collect(code: 0).summary.deleted == 160)
  }

  @Test func whatFailsAtOnceIsTriedOnAnotherMachine() async throws {
    let scene = try await scene([]) { scene in
      // Not even a directory of the storage may be entered there.
      "case $SITECONFIG_PATH in *?*) export SITECONFIG_PATH=\(scene.directory)/no-such-site ;; esac\n"
    }
    let report = try await scene.collect(code: 0)
    #expect(report.summary.deleted == 160)
    let machines = try await scene.swabSubmit("status", scene.campaign)
    #expect(machines.contains("second@pool.test"))
  }
}
