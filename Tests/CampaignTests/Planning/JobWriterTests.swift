import ListReading
import CampaignFixtures
import TestSupport
import Testing

@testable import Campaign

@Suite struct JobWriterTests {
  /// The jobs that a list in order is cut into.
  private func cut(_ lfns: [String], _ filesPerJob: Int) throws -> [[String]] {
    var cutter = JobCutter(filesPerJob: filesPerJob)
    var jobs: [[String]] = []
    func take(_ cut: JobCutter.Cut) {
      let lines = String(decoding: cut.text, as: UTF8.self).split(separator: "\n").map(String.init)
      #expect(lines.count == cut.files)
      jobs.append(lines)
    }
    for var lfn in lfns { try lfn.withUTF8 { try cutter.add($0, cut: take) } }
    try cutter.finish(take)
    #expect(cutter.files == lfns.count)
    return jobs
  }

  @Test(
    "directories stay together",
    arguments: [
      (["a", "a", "b", "b"], 2, [2, 2]), (["a", "a", "b"], 3, [3]), (["a", "b", "b", "b"], 3, [1, 3]),
      (["a", "a", "b", "b", "c"], 3, [2, 3]), (["a", "b", "b", "b", "b", "b", "c"], 2, [1, 2, 2, 2]),
      (["a", "a", "a", "a"], 2, [2, 2]), (["a"], 100, [1]), ([], 5, []), (["a", "b", "c"], 1, [1, 1, 1]),
    ])
  func cutting(directories: [String], filesPerJob: Int, sizes: [Int]) throws {
    let lfns = directories.enumerated().map { "/store/unmerged/\($1)/f\($0)" }
    #expect(try cut(lfns, filesPerJob).map(\.count) == sizes)
  }

  @Test(
    "any list: every file in one job, in order, no job too long, no directory torn without need",
    arguments: 1...30)
  func anyList(seed: UInt64) throws {
    var numbers = SeededNumbers(seed)
    let lfns = RandomLists.list(seed, files: Int.random(in: 1...600, using: &numbers)).sorted(
      by: LFNOrder.precedes)
    let filesPerJob = Int.random(in: 1...90, using: &numbers)
    let jobs = try cut(lfns, filesPerJob)
    #expect(jobs.flatMap { $0 }.map { Array($0.utf8) } == lfns.map { Array($0.utf8) })
    #expect(jobs.allSatisfy { !$0.isEmpty && $0.count <= filesPerJob })
    var sizes: [[UInt8]: Int] = [:]
    var locations: [[UInt8]: Set<Int>] = [:]
    for (number, job) in jobs.enumerated() {
      for lfn in job {
        let directory = Array(RandomLists.directory(lfn).utf8)
        sizes[directory, default: 0] += 1
        locations[directory, default: []].insert(number)
      }
    }
    for (directory, jobs) in locations {
      let size = sizes[directory] ?? 0
      #expect(jobs.count == (size + filesPerJob - 1) / filesPerJob)
    }
  }

  @Test(
    "what is not in order, or no LFN, is no job",
    arguments: [
      ["/a/b", "/a/b"], ["/a/c", "/a/b"], ["/b/x", "/a/x"], ["/a-b/x", "/a/x"], ["a"], [""], ["/a\n/b"],
    ])
  func wrongOrder(lfns: [String]) {
    #expect(throws: CampaignError.self) { try cut(lfns, 10) }
  }

  @Test("files of a directory stand together, whatever is below it")
  func order() {
    let lfns = ["/a/b", "/a/z", "/a-c/d", "/a/b/c", "/a/b/é", "/a/b-c/x"]
    #expect(lfns.shuffled().sorted(by: LFNOrder.precedes) == lfns)
  }

  @Test("a job's directory is what swab reads")
  func directories() throws {
    let scratch = try TemporaryDirectory()
    let round = CampaignDirectory(scratch.path).round(2)
    var job = JobFile()
    job.site = "T2_XX_Test"
    job.lists = [JobDirectory.Name.list]
    var writer = JobWriter(round: round, job: job, first: JobID(38), filesPerJob: 2)
    for lfn in ["/s/a/1", "/s/a/2", "/s/a b/it's, $(x)%"].sorted(by: LFNOrder.precedes) {
      try writer.add(lfn)
    }
    let jobs = try writer.finish()
    #expect(jobs == [.init(number: 38, files: 2), .init(number: 39, files: 1)])
    #expect(writer.files == 3 && writer.directories == 2)
    #expect(Disk.tree(scratch.path + "/round-2").count == 7)
    for (id, names) in [(38, ["/s/a/1", "/s/a/2"]), (39, ["/s/a b/it's, $(x)%"])] {
      let position = round.job(JobID(id))
      job.jobId = "00\(id)"
      #expect(try JobFile(json: Disk.bytes(position.job), name: "job") == job)
      #expect(try ListFile.names(position.list) == names)
    }
  }
}
