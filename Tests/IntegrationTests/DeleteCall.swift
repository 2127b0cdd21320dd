import FoundationEssentials
import TestServers
import TestSupport
import Testing

/// One `swab delete`, held against what must be true of every run.
struct DeleteCall {
  let result: SwabCommand.Result
  let report: JobReportFile
  let seconds: Double

  /// Runs it and checks that the report is valid, that its sums add up, and that it says what the process said.
  ///
  /// - Parameter expected: how many names are listed.
  init(
    _ expected: Int, from lists: [String], site: SiteDirectory?, _ arguments: [String] = [],
    environment: [String: String] = [:], through launcher: [String] = []
  ) async throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/report.json"
    let start = ContinuousClock.now
    // Every path is given by itself, so that a name that looks like an option is none.
    let locations = (site.map { ["--site-config", $0.config] } ?? []) + lists.flatMap { ["--from", $0] }
    result = try await SwabCommand.run(
      ["delete", "--report", path] + locations + arguments, environment: environment, through: launcher)
    let took = (ContinuousClock.now - start).components
    seconds = Double(took.seconds) + Double(took.attoseconds) * 1e-18
    try #require(Disk.exists(path), "no report: \(result.messages)")
    report = try JobReportFile(json: Disk.bytes(path))
    #expect(try await ReportSchema.job.problems(path) == [])
    expectSums(expected)
  }

  private func expectSums(_ expected: Int) {
    let sums = report.summary
    let about = Comment(rawValue: result.output + result.messages)
    #expect(report.status == "complete", about)
    #expect(sums.requested == expected, about)
    #expect(sums.outcomes == sums.requested, about)
    let counted = Dictionary(grouping: report.files, by: \.outcome).mapValues(\.count)
    #expect(report.files.count == expected)
    #expect(counted["deleted", default: 0] == sums.deleted)
    #expect(counted["absent", default: 0] == sums.absent)
    #expect(counted["failed", default: 0] == sums.failed)
    #expect(counted["refused", default: 0] == sums.refused)
    #expect(counted["notAttempted", default: 0] == sums.notAttempted)
    #expect(report.files.map(\.attempts).reduce(0, +) == sums.attempts)
    let deleted = report.files.filter { $0.outcome == "deleted" }
    #expect(sums.bytesFreed == deleted.reduce(0) { $0 + ($1.bytes ?? 0) }, about)
    #expect(sums.bytesFreedIsPartial == deleted.contains { $0.bytes == nil }, about)
    #expect(report.files.allSatisfy { $0.bytes == nil || $0.outcome == "deleted" })
    #expect(report.storage.map(\.deleted).reduce(0, +) == sums.deleted)
    #expect(report.storage.map(\.absent).reduce(0, +) == sums.absent)
    #expect(report.storage.map(\.failed).reduce(0, +) == sums.failed)
    // What is suspect is absent, and has no error of its own.
    let failures = report.errors.filter { $0.class != "suspect" }
    #expect(failures.map(\.count).reduce(0, +) == report.files.filter { $0.error != nil }.count)
    let explained = ["failed", "refused"]
    #expect(
      report.files.allSatisfy {
        explained.contains($0.outcome) == ($0.error != nil) || $0.outcome == "notAttempted"
      })
    let cleanup = report.steps?.swab.cleanup
    #expect(cleanup?.removed.count == sums.deleted + sums.absent)
    #expect(cleanup?.unremoved.count == expected - sums.deleted - sums.absent)
    #expect(report.exit.code == result.code, about)
  }

  /// Holds every outcome against the disk: what is called deleted was a file and is gone, what is called absent
  /// was not there, and everything else, listed or not, stands as it stood. What is called deleted because it
  /// is absent after an unclear answer need not have been there.
  func expectDisk(_ before: Snapshot, _ after: Snapshot, _ comment: Comment? = nil) {
    let removed = Set(report.files.filter { $0.outcome == "deleted" }.map { Array($0.lfn.utf8) })
    for file in report.files {
      let key = Array(file.lfn.utf8)
      switch file.outcome {
      case "deleted":
        let wasFile = before[file.lfn].map { !$0.isDirectory }
        #expect(wasFile ?? (file.confirmedBy != nil), "\(file.lfn) was no file")
        #expect(after[file.lfn] == nil, "\(file.lfn) is called deleted and is there")
        if let size = file.bytes, let entry = before[file.lfn] {
          #expect(Int(entry.size) == size, "\(file.lfn)")
        }
      case "absent":
        // A name that is listed twice may be gone when its second turn comes.
        #expect(before[file.lfn] == nil || removed.contains(key), "\(file.lfn) was there")
        #expect(after[file.lfn] == nil, "\(file.lfn) is called absent and is there")
      default:
        #expect(before[file.lfn] == after[file.lfn], "\(file.lfn): \(file.word)")
      }
    }
    for (path, entry) in before.entries where !removed.contains(path) && after.entries[path] != entry {
      Issue.record("changed or gone: \(String(decoding: path, as: UTF8.self))")
    }
    for path in after.entries.keys where before.entries[path] == nil {
      Issue.record("new: \(String(decoding: path, as: UTF8.self))")
    }
  }
}
