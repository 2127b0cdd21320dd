import CampaignFixtures
import ByteStreams
import DeletionModel
import FoundationEssentials
import Testing

@testable import Campaign
@testable import ProcessRunning

import Glibc

/// One bad job never keeps the others from being accounted for.
@Suite struct DamagedJobTests {
  private static let lists = ["a", "b", "c"].map { directory in
    (0..<3).map { "/store/unmerged/\(directory)/\($0)" }
  }
  private static let ended = FakeQueue(history: (0..<3).map { FakeQueue.ad($0, status: 4, "\"ExitCode\":0") })

  private func campaign(reported: Set<Int> = [1, 2, 3]) async throws -> CampaignFixture {
    let campaign = try CampaignFixture()
    try campaign.addRound(Self.lists)
    for number in reported {
      try await campaign.report(number, .init(files: Self.lists[number - 1].map { ($0, .deleted, nil) }))
    }
    return campaign
  }

  @Test(
    "a lost list: its report names the files; without one they are not accounted for, and it is no success")
  func lostList() async throws {
    let campaign = try await campaign()
    try FileManager.default.removeItem(atPath: campaign.jobDirectory(2).list)
    let whole = try await campaign.collect(Self.ended)
    #expect(whole.exit.status == .allGone && whole.totals.counts[.deleted] == 9)
    #expect(whole.jobs[1].problem?.contains("list can't be read") == true)
    try FileManager.default.removeItem(atPath: campaign.jobDirectory(2).report)
    let part = try await campaign.collect(Self.ended)
    #expect(part.exit.status == .someNotGone && part.unnamed == 3 && part.totals.counts[.deleted] == 6)
    #expect(part.exit.reason.contains("3 that no list names"))
  }

  @Test(
    "what a job had said that was removed, or could not bring its output home, is in the account",
    arguments: [true, false])
  func saidDeleted(isInLog: Bool) async throws {
    let campaign = try await campaign(reported: [1, 3])
    var queue = Self.ended
    if isInLog {
      let ended = "<a n=\"TerminatedNormally\"><b v=\"t\"/></a>\n<a n=\"ReturnValue\"><i>0</i></a>"
      let told = ["Total": 3, "Done": 2, "Deleted": 2].map { "<a n=\"ChirpSwab\($0)\"><i>\($1)</i></a>\n" }
        .joined()
      try campaign.log([
        EventLogTests.xml(5, 0, ended), EventLogTests.xml(1, 1), EventLogTests.xml(9, 1),
        EventLogTests.xml(28, 1, told), EventLogTests.xml(5, 2, ended),
      ])
      queue = FakeQueue(isDown: true)
    } else {
      let told = "\"LastJobStatus\":5,\"ChirpSwabTotal\":3,\"ChirpSwabDone\":2,\"ChirpSwabDeleted\":2"
      queue = FakeQueue(
        history: [0, 2].map { FakeQueue.ad($0, status: 4, "\"ExitCode\":0") } + [
          FakeQueue.ad(1, status: 3, told)
        ])
    }
    let report = try await campaign.collect(queue)
    #expect(report.jobs.map(\.saidDeleted) == [nil, 2, nil])
    // Nobody knows which ones: none of them is called gone.
    #expect(report.exit.status == .someNotGone && report.totals.counts[.deleted] == 6)
    #expect(report.warnings.contains { $0.hasPrefix("2 of the files that count as not gone were deleted") })
    #expect(String(decoding: report.withoutFiles, as: UTF8.self).contains("\"saidDeleted\":2"))
    // Its next round accounts for them.
    try campaign.addRound([Self.lists[1]], cluster: 11)
    #expect(try await !campaign.collect(queue).warnings.contains { $0.contains("were deleted, as") })
  }

  @Test("a lost list keeps no other job's files from the next round")
  func nextRound() async throws {
    let campaign = try await campaign(reported: [1])
    try FileManager.default.removeItem(atPath: campaign.jobDirectory(2).list)
    let status = try await CampaignStatus.read(campaign.directory, from: Self.ended)
    guard case .made(let record, leftOut: 0) = try NextRound(campaign.directory, now: Date()).make(status)
    else {
      Issue.record("no round was made")
      return
    }
    #expect(record.files == 3)
    #expect(try campaign.lines(campaign.directory.round(2).job(JobID(4)).list) == Self.lists[2])
  }

  @Test(
    "a list that was changed takes no name from another job",
    arguments: [
      (1, "/store/unmerged/z/1"), (1, "/store/unmerged/b/1"), (2, "/store/unmerged/a/0"),
      (3, "/store/unmerged/a/1"),
    ])
  func changedList(_ row: (job: Int, added: String)) async throws {
    let campaign = try await campaign()
    let changed = (Self.lists[row.job - 1] + [row.added]).map { $0 + "\n" }.joined()
    try campaign.write(Array(changed.utf8), to: campaign.jobDirectory(row.job).list)
    let report = try await campaign.collect(Self.ended)
    #expect(report.exit.status == .someNotGone)
    #expect(report.jobs.contains { $0.problem != nil })
    // Those of jobs that have nothing to do with it are all there.
    #expect(report.totals.counts[.deleted] >= 6)
    let outcomes = try campaign.outcomes()
    #expect(outcomes.values.allSatisfy { !$0.contains(" and ") })
  }

  @Test("counts that no report has are its job's problem, and end nothing")
  func boundless() async throws {
    let campaign = try await campaign()
    for number in [1, 2] {
      let path = campaign.jobDirectory(number).report
      let text = try campaign.lines(path).joined(separator: "\n")
      let pace = "\"circuit\":\"closed\",\"pace\":{\"kind\":\"none\",\"requests\":\(Int.max),\"refused\":0}"
      try #require(text.contains("\"circuit\":\"closed\""))
      try campaign.write(
        Array(text.replacing("\"circuit\":\"closed\"", with: pace).utf8), to: path)
    }
    let report = try await campaign.collect(Self.ended)
    #expect(report.totals.counts[.deleted] == 3 && report.exit.status == .someNotGone)
    #expect(report.jobs.map { $0.problem?.contains("out of range") } == [true, true, nil])
  }

  @Test("a round whose record is lost is there all the same: its jobs may be at work, and are removed")
  func lostRound() async throws {
    let campaign = try await campaign()
    try campaign.addRound([Self.lists[1]], cluster: 11)
    try FileManager.default.removeItem(atPath: campaign.directory.round(2).record)
    await #expect(throws: CampaignError.self) {
      try await CampaignStatus.read(campaign.directory, from: Self.ended)
    }
    let fake = FakeCondor { (call: ToolInvocation) throws(ToolFailure) in
      .ended(0, output: call.tool == "condor_q" ? "[{\"JobStatus\":2}]" : "")
    }
    let removed = try await JobRemoval.remove(campaign.directory, tools: CondorToolsTests.tools(fake))
    #expect(removed.map(\.jobs) == [1])
  }

  @Test("a pipe or a link in the place of a report or a list keeps nobody waiting", arguments: [true, false])
  func noFile(isPipe: Bool) async throws {
    let campaign = try await campaign()
    for path in [campaign.jobDirectory(1).report, campaign.jobDirectory(2).list] {
      try FileManager.default.removeItem(atPath: path)
      if isPipe { mkfifo(path, 0o600) } else { symlink(campaign.jobDirectory(3).report, path) }
    }
    let report = try await campaign.collect(Self.ended)
    #expect(report.totals.counts[.deleted] == 6 && report.exit.status == .someNotGone)
    #expect(report.jobs[0].problem != nil && report.jobs[1].problem != nil)
  }
}
