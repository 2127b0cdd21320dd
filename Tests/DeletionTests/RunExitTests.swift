import Testing

@testable import Deletion

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
    ] as [([(Outcome, ErrorClass?)], String, String?, Deletion.ExitStatus)])
  func exit(
    files: [(Outcome, ErrorClass?)], endpoint: String, problem: String?, expected: Deletion.ExitStatus
  ) {
    let exit = RunExit.of(
      Self.totals(files, endpoint: endpoint), dryRun: false, stopped: nil, credentialProblem: problem)
    #expect(exit.status == expected, "\(exit.reason)")
  }
}
