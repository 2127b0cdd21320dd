import Testing

@testable import DeletionEngine
@testable import DeletionModel
@testable import JobReports
@testable import ListReading
@testable import RunJournal

@Suite struct RunExitTests {
  private static func totals(_ files: [(Outcome, ErrorClass?)], endpoint: String) -> RunTotals {
    var totals = RunTotals()
    // A door where everything goes well says nothing of the other.
    var other = FileRecord(lfn: "/g", outcome: .deleted)
    (other.route, other.backend, other.endpoint) = (0, "webdav", "davs://other")
    totals.add(other)
    for (outcome, errorClass) in files {
      var record = FileRecord(lfn: "/f", outcome: outcome)
      (record.route, record.backend, record.endpoint) = (0, "webdav", endpoint)
      record.failure = errorClass.map { .init(DeletionError($0, code: "", message: "")) }
      totals.add(record)
    }
    return totals
  }

  /// Files deleted, absent and failed at one door, and how that ends.
  @Test(
    arguments: [
      (0, 19, 0, .allGone), (0, 20, 0, .suspect), (2, 38, 0, .suspect), (4, 36, 0, .allGone),
      (0, 40, 20, .someNotGone),
    ] as [(Int, Int, Int, JobReports.ExitStatus)])
  func suspect(deleted: Int, absent: Int, failed: Int, expected: JobReports.ExitStatus) {
    let files: [(Outcome, ErrorClass?)] =
      Array(repeating: (.deleted, nil), count: deleted) + Array(repeating: (.absent, nil), count: absent)
      + Array(repeating: (.failed, .permanent), count: failed)
    let totals = Self.totals(files, endpoint: "file://")
    #expect(RunExit.of(totals, dryRun: false, stopped: nil).status == expected)
    #expect(totals.suspicions.map(\.count) == (expected == .suspect ? [absent] : []))
  }

  @Test(
    "what an earlier run deleted, perhaps on another machine, vouches for nothing that this one finds absent")
  func earlierRun() {
    var totals = Self.totals(Array(repeating: (.absent, nil), count: 30), endpoint: "file://")
    for _ in 0..<100 {
      var record = FileRecord(lfn: "/f", outcome: .deleted)
      (record.route, record.backend, record.endpoint) = (0, "webdav", "file://")
      record.isFromEarlierRun = true
      totals.add(record)
    }
    #expect(RunExit.of(totals, dryRun: false, stopped: nil).status == .suspect)
  }

  /// How the files ended, whether a credential can be used at the end, and the exit.
  @Test(
    arguments: [
      ([(.deleted, nil), (.failed, .auth)], "davs://h", nil, .someNotGone),
      ([(.deleted, nil), (.failed, .auth)], "davs://h", "expired", .noPermission),
      ([(.deleted, nil), (.failed, .auth), (.notAttempted, .auth)], "davs://h", "expired", .noPermission),
      ([(.deleted, nil), (.failed, .auth), (.failed, .permanent)], "davs://h", "expired", .someNotGone),
      // On a local disk no credential counts.
      ([(.deleted, nil), (.failed, .auth)], "file://", "expired", .someNotGone),
      ([(.failed, .auth)], "davs://h", "expired", .someNotGone),
      ([(.deleted, nil)], "davs://h", "expired", .allGone),
    ] as [([(Outcome, ErrorClass?)], String, String?, JobReports.ExitStatus)])
  func exit(
    files: [(Outcome, ErrorClass?)], endpoint: String, problem: String?, expected: JobReports.ExitStatus
  ) {
    let exit = RunExit.of(
      Self.totals(files, endpoint: endpoint), dryRun: false, stopped: nil, credentialProblem: problem)
    #expect(exit.status == expected, "\(exit.reason)")
  }

  /// Where no file got further than its endpoint, the endpoints are what is wrong. The classes of the files, and the exit.
  @Test(
    arguments: [
      ([.endpoint, .endpoint], .unavailable, 60321), ([.endpoint, .auth], .someNotGone, 60313),
      ([.endpoint, .permanent], .someNotGone, 60313), ([.endpoint], .unavailable, 60321),
    ] as [([ErrorClass], JobReports.ExitStatus, Int)])
  func endpoints(classes: [ErrorClass], expected: JobReports.ExitStatus, wmcore: Int) {
    var totals = RunTotals()
    for errorClass in classes {
      var record = FileRecord(lfn: "/f", outcome: .failed)
      record.failure = .init(DeletionError(errorClass, code: "HTTP 405", message: "no DELETE here"))
      totals.add(record)
    }
    let exit = RunExit.of(totals, dryRun: false, stopped: nil)
    #expect(exit.status == expected && exit.wmcoreExitCode == wmcore, "\(exit.reason)")
    if expected == .unavailable { #expect(exit.reason.contains("no DELETE here")) }
    totals.add(FileRecord(lfn: "/g", outcome: .deleted))
    #expect(RunExit.of(totals, dryRun: false, stopped: nil).status == .someNotGone)
  }
}
