import DeletionModel
import CampaignFixtures
import Testing

@testable import Campaign

/// Campaigns with random outcomes over several rounds, against a plain dictionary.
@Suite struct CampaignModelTests {
  @Test("the report and the residual are those of the model", arguments: 0..<12)
  func random(seed: Int) async throws {
    var random = SeededNumbers(UInt64(seed))
    let campaign = try CampaignFixture(filesPerJob: 7)
    var names: Set<String> = []
    while names.count < 60 {
      let depth = ["", "x/", "x/y/", "x-y/", "x.y/z/"].randomElement(using: &random) ?? ""
      names.insert("/store/unmerged/\(depth)\(Int.random(in: 0..<400, using: &random))")
    }
    // The job that had it last, and whether it is gone and whether the job said so.
    var model: [String: String] = [:]
    var left = names.sorted(by: LFNOrder.precedes)
    for _ in 1...3 {
      guard !left.isEmpty else { break }
      let size = Int.random(in: 1...12, using: &random)
      let lists = stride(from: 0, to: left.count, by: size).map {
        Array(left[$0..<min($0 + size, left.count)])
      }
      let first = (campaign.rounds.flatMap(\.jobs).map(\.number).max() ?? 0) + 1
      try campaign.addRound(lists)
      left = []
      for (index, list) in lists.enumerated() {
        let job = JobID(first + index)
        let isSilent = Int.random(in: 0..<4, using: &random) == 0
        var files: [(lfn: String, outcome: Outcome, kind: String?)] = []
        for lfn in list {
          let outcome = Outcome.allCases.randomElement(using: &random) ?? .failed
          let isGone = outcome == .deleted || outcome == .absent
          files.append((lfn, outcome, isGone ? nil : "auth"))
          model[lfn] =
            isSilent ? "failed noReport \(job)" : "\(outcome.rawValue)\(isGone ? "" : " 3010") \(job)"
          if isSilent || !isGone { left.append(lfn) }
        }
        if !isSilent {
          try await campaign.report(
            job.number, .init(files: files.shuffled(using: &random), code: .someNotGone))
        }
      }
    }
    let report = try await campaign.collect(
      FakeQueue(history: (0..<60).map { FakeQueue.ad($0, status: 4, "\"ExitCode\":1") }))
    #expect(try campaign.outcomes() == model)
    #expect(try campaign.lines(campaign.directory.residual) == left)
    #expect(report.totals.counts.requested == names.count && report.totals.counts.notGone == left.count)
  }
}
