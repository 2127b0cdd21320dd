import CampaignFixtures
import Cycle
import TestServers
import TestSupport
import Testing

@testable import Campaign
@testable import swab_submit

/// `swab-submit schema`: each document is as its schema says, and every member of it is described there.
@Suite struct DocumentSchemaTests {
  private func problems(_ name: String, _ document: [UInt8]) async throws -> [String] {
    try await ReportSchema(of: name, printedBy: Repository.builtSwabSubmit).problems(in: document)
  }

  @Test func `of a plan`() async throws {
    let fixture = try PlanFixture(list: ["/store/unmerged/a/1", "/store/unmerged/\u{7}"])
    let result = try await Program(
      Repository.builtSwabSubmit,
      [
        "plan", "--rse", "T2_XX_Test", "--site", "T2_XX_Test", "--from", fixture.path("list"), "--protected",
        fixture.path("protected"), "-o", "campaign", "--json", "--max-files", "7", "--accept", "cut-list",
      ], workingDirectory: fixture.directory.path
    ).finish()
    #expect(result.code == 0, "\(result.errors)")
    #expect(try await problems("plan", result.output) == [])
  }

  @Test func `of a campaign's status and report`() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"], ["/store/unmerged/b/1"], ["/store/unmerged/c/1"]])
    try await campaign.report(1, .init(files: [("/store/unmerged/a/1", .failed, "permanent")]))
    let queue = FakeQueue(
      queued: [FakeQueue.ad(1, status: 5, "\"HoldReasonCode\":13,\"HoldReason\":\"x\"")],
      history: [FakeQueue.ad(0, status: 4, "\"ExitCode\":1,\"LastRemoteHost\":\"slot1@node.test\"")])
    let status = try await CampaignStatus.read(campaign.directory, from: queue)
    #expect(try await problems("status", StatusJSON.text(status)) == [])
    _ = try await campaign.collect(queue)
    #expect(try await problems("report", Disk.bytes(campaign.directory.report)) == [])
  }

  @Test func `of what was submitted, and of what was removed`() async throws {
    var submission = Submission(
      submitted: "2026-11-27T14:00:00Z", target: .init(), cluster: nil, jobs: 2, payload: nil)
    var document = SubmissionDocument(campaign: "T2_XX_Test-1", leftOut: 3)
    #expect(try await problems("submit", document.json) == [])
    document.round = .init(2, submission, files: 7, left: 1, isNew: true)
    #expect(try await problems("submit", document.json) == [])
    submission.cluster = 12
    document.round = .init(2, submission, files: 7, left: 1, isNew: false)
    #expect(try await problems("submit", document.json) == [])
    let removal = RemovalDocument(removed: [.init(target: .init(schedd: "a"), jobs: 3, ended: 1)])
    #expect(try await problems("remove", removal.json) == [])
  }

  @Test func `of the answers of commands that find nothing to do`() async throws {
    let campaign = try CampaignFixture()
    try campaign.addRound([["/store/unmerged/a/1"]], cluster: nil)
    let result = try await Program(
      Repository.builtSwabSubmit, ["remove", campaign.directory.path, "--json"],
      workingDirectory: campaign.directory.path
    ).finish()
    #expect(result.code == 0, "\(result.errors)")
    #expect(try await problems("remove", result.output) == [])
  }

  @Test func `of what the commands of a cycle print`() async throws {
    let directory = try TemporaryDirectory()
    let config = directory.path + "/cycle.conf"
    Disk.write(
      config,
      """
      [cycle]
      state = \(directory.path)/state
      [rse T2_XX_Test]
      site = T2_XX_Test

      """)
    func printed(_ schema: String, _ arguments: [String]) async throws -> String {
      let result = try await Program(
        Repository.builtSwabSubmit, ["cycle"] + arguments + ["--config", config, "--json"],
        workingDirectory: directory.path
      ).finish()
      #expect(result.code == 0, "\(result.errors)")
      #expect(try await problems(schema, result.output) == [], "\(arguments)")
      return result.text
    }
    let rse = "T2_XX_Test"
    _ = try await printed("cycle-status", ["status"])
    _ = try await printed("cycle-explanation", ["explain", rse])
    #expect(try await printed("cycle-config", ["config"]).contains("\"rses\":[\"\(rse)\"]"))
    _ = try await printed("cycle-config", ["config", rse])
    #expect(try await printed("cycle-unfreeze", ["unfreeze", rse]).contains("\"wasFrozen\":false"))
    #expect(try await printed("cycle-word", ["freeze", rse, "--reason", "a \"b\""]).contains("a \\\"b\\\""))
    #expect(try await printed("cycle-unfreeze", ["unfreeze", rse]).contains("\"wasFrozen\":true"))
    var state = RSEState(rse: rse, site: nil, now: "2026-11-28T00:00:00Z")
    (state.phase, state.campaign) = (.needsApproval, "c")
    try CampaignFiles.write(state, to: StateDirectory(directory.path + "/state").rse(rse).state)
    #expect(try await printed("cycle-word", ["approve", rse]).contains("\"campaign\" : \"c\""))
  }
}
