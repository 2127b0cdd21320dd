import Testing

@testable import Campaign

@Suite struct RoundRecordTests {
  @Test(
    "a round that was changed by hand is not worked with",
    arguments: [
      (1, [(1, 2), (2, 0)], nil), (2, [(1, 2)], "it is of round 2, and stands for round 1"),
      (1, [(2, 2), (1, 2)], "its jobs are not in order at job 1"),
      (1, [(1, 2), (1, 2)], "its jobs are not in order at job 1"),
      (1, [(0, 2)], "its jobs are not in order at job 0"),
      (1, [(.max, 2)], "its jobs are not in order at job \(Int.max)"),
      (1, [(1, -1)], "job 0001 cannot have -1 files"),
      (1, [(1, .max)], "job 0001 cannot have \(Int.max) files"),
    ] as [(Int, [(Int, Int)], String?)])
  func changed(_ row: (round: Int, jobs: [(Int, Int)], problem: String?)) {
    let record = RoundRecord(
      round: row.round, created: "", jobs: row.jobs.map { .init(number: $0.0, files: $0.1) })
    #expect(record.problem(in: CampaignDirectory("/c").round(1)) == row.problem)
  }
}
