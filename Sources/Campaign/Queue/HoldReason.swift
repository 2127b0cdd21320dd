/// What `HoldReasonCode` means and what helps.
///
/// The codes are those of the HTCondor manual, "Hold Reason Codes"
/// (<https://htcondor.readthedocs.io/en/latest/codes-other-values/hold-reason-codes.html>). Left out are those of the
/// standard universe (17), of EC2 (37 to 42) and of what HTCondor has no more (2, 28 to 31): no job of ours gets them.
package struct HoldReason: Sendable, Equatable {
  /// The code.
  package var code: Int
  /// For a person.
  package var text: String
  /// What to do.
  package var advice: String

  private init(_ code: Int, _ text: String, _ advice: String = Self.seeTheLog) {
    self.code = code
    self.text = text
    self.advice = advice
  }

  private static let seeTheLog =
    "fix what HTCondor reports, then condor_release it, or \"remove\" and \"resubmit\""
  private static let again = "condor_release it; if it comes back, \"remove\" and \"resubmit\" what is left"
  private static let smaller = "\"remove\" it and \"resubmit\" what is left, perhaps in smaller jobs"
  private static let directory =
    "see that the schedd can read and write the campaign's directory, then condor_release it"
  private static let schedd =
    "tell the administrators of the schedd; condor_release it when they have fixed it"

  /// All that are known here.
  package static let all: [HoldReason] = [
    .init(1, "someone held it with condor_hold", "condor_release it when that is no longer needed"),
    .init(
      3, "a policy of the job held it (periodic_hold, on_exit_hold)",
      "see HTCondor's reason; condor_release it to try again"),
    .init(4, "its credential is not valid", "renew the proxy or token, then condor_release it"),
    .init(5, "a policy of the job could not be computed: it came out as undefined"),
    .init(6, "its program could not be started on the worker node", again),
    .init(7, "the file for its standard output could not be opened", directory),
    .init(8, "the file for its standard input could not be opened", directory),
    .init(9, "the stream of its standard output could not be opened", again),
    .init(10, "the stream of its standard input could not be opened", again),
    .init(11, "HTCondor's own protocol failed while files were transferred", again),
    .init(12, "its output or its checkpoint could not be brought back", again),
    .init(13, "its input could not be brought to the worker node", directory),
    .init(14, "its initial working directory can't be entered", directory),
    .init(15, "it was submitted on hold", "condor_release it"),
    .init(
      16, "its input is still being spooled to the schedd",
      "wait; if it stays so, the submission broke off: \"remove\" and \"resubmit\""),
    .init(18, "HTCondor's own protocol failed while files were transferred", again),
    .init(19, "a hook that prepares jobs failed on the worker node", again),
    .init(20, "it missed the time at which it was to start", again),
    .init(21, "the policy of the worker node held it (WANT_HOLD)", again),
    .init(22, "its event log can't be written", directory),
    .init(23, "the schedd could not use the user's account", schedd),
    .init(24, "the schedd has no shadow that can run it", schedd),
    .init(25, "its times in the manner of cron are not valid"),
    .init(
      26, "a policy of the schedd held it (SYSTEM_PERIODIC_HOLD)",
      "see HTCondor's reason; it tells which limit of the pool the job went over"),
    .init(27, "a policy of the schedd could not be computed: it came out as undefined", schedd),
    .init(
      32, "its input is larger than the schedd allows (MAX_TRANSFER_INPUT_MB)",
      "raise the limit (condor_qedit MaxTransferInputMB), then condor_release it"),
    .init(
      33, "its output is larger than the schedd allows (MAX_TRANSFER_OUTPUT_MB)",
      "raise the limit (condor_qedit MaxTransferOutputMB), then condor_release it"),
    .init(
      34, "it used more memory or disk than it requested",
      "raise what HTCondor's reason names (condor_qedit RequestMemory or RequestDisk), then condor_release it"
    ),
    .init(35, "its container image can't be used", "see that the image exists, then condor_release it"),
    .init(36, "it failed when it was told to make its checkpoint", again),
    .init(43, "its pre script failed"),
    .init(44, "its post script failed"),
    .init(45, "the container runtime of the worker node failed its test", again),
    .init(46, "it took longer than its allowed_job_duration", smaller),
    .init(47, "it ran longer than its allowed_execute_duration", smaller),
    .init(48, "a hook of the schedd that prepares jobs failed", schedd),
  ]

  private static let byCode = Dictionary(all.map { ($0.code, $0) }) { first, _ in first }

  /// What a code means; unknown ones, 0 (unspecified) and nil have words as well.
  package static func of(_ code: Int?) -> HoldReason {
    guard let code, code != 0 else { return HoldReason(0, "HTCondor does not say why") }
    return byCode[code] ?? HoldReason(code, "hold code \(code)")
  }
}
