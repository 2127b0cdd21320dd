/// What `HoldReasonCode` means and what helps (HTCondor manual, Job ClassAd Attributes; the first ones were also seen).
public struct HoldReason: Sendable, Equatable {
  /// The code.
  public var code: Int
  /// For a person.
  public var words: String
  /// What to do.
  public var advice: String

  private init(_ code: Int, _ words: String, _ advice: String = Self.look) {
    self.code = code
    self.words = words
    self.advice = advice
  }

  private static let look =
    "mend what HTCondor complains of, then condor_release it, or \"remove\" and \"resubmit\""
  private static let again = "condor_release it; if it comes back, \"remove\" and \"resubmit\" what is left"
  private static let again2 = "\"remove\" it and \"resubmit\" what is left, perhaps in smaller jobs"

  /// All that are known here.
  public static let all: [HoldReason] = [
    .init(1, "someone held it with condor_hold", "condor_release it when that is no longer needed"),
    .init(
      2, "the proxy could not be delegated or refreshed on the way to the CE",
      "renew the proxy, then condor_release it"),
    .init(
      3, "a policy of the job held it (periodic_hold, on_exit_hold)",
      "see HTCondor's reason; condor_release it to try again"),
    .init(4, "its credential is missing or has expired", "renew the proxy or token, then condor_release it"),
    .init(5, "the schedd could not start it"),
    .init(6, "its program could not be started on the worker node", again),
    .init(7, "its standard output could not be opened"),
    .init(8, "its standard input could not be opened"),
    .init(9, "its standard output or error could not be opened"),
    .init(10, "its working directory can't be entered"),
    .init(11, "its working directory can't be entered"),
    .init(12, "its output could not be brought back: a file was missing, or the transfer failed", again),
    .init(
      13, "its input could not be brought to the worker node",
      "see that the campaign's folder is readable, then condor_release it"),
    .init(14, "its working directory was not allowed"),
    .init(15, "it was submitted on hold", "condor_release it"),
    .init(
      16, "its input is still being spooled to the schedd",
      "wait; if it stays so, the submission broke off: \"remove\" and \"resubmit\""),
    .init(17, "a grid submission has failed", again),
    .init(18, "the remote system took the job off its queue", again),
    .init(19, "a hook refused it"),
    .init(20, "a hook of the worker node refused it", again),
    .init(21, "an attribute that a policy needs could not be computed"),
    .init(22, "its program could not be initialised", again),
    .init(23, "its checkpoint could not be read", "\"remove\" it and \"resubmit\" what is left"),
    .init(24, "it belongs to a parent that is held"),
    .init(25, "the grid resource is down", "wait, then condor_release it"),
    .init(
      26, "a policy of the schedd held it (SYSTEM_PERIODIC_HOLD)",
      "see HTCondor's reason; it tells which limit of the pool the job went over"),
    .init(27, "a policy of the schedd held it"),
    .init(28, "its sandbox could not be made", again),
    .init(29, "a transfer of files went over the limit of size"),
    .init(30, "its executable is not there"),
    .init(31, "it was started too often", again2),
    .init(
      32, "its output is larger than allowed",
      "raise the limit of output (MaxTransferOutputMB), then condor_release it"),
    .init(
      33, "its input is larger than allowed",
      "raise the limit of input (MaxTransferInputMB), then condor_release it"),
    .init(
      34, "it used more memory than requested",
      "raise the memory (condor_qedit RequestMemory), then condor_release it"),
    .init(35, "its container image is not usable here", "see that the image exists, then condor_release it"),
    .init(36, "the container of the job failed to start", again),
    .init(
      37, "the worker node's volume is full or its disk request was too small",
      "raise the disk (condor_qedit RequestDisk), then condor_release it"),
    .init(38, "a command of the worker node's container runtime failed", again),
    .init(
      42, "a token service wants a person to log in first",
      "get the token as HTCondor says, then condor_release it"),
    .init(43, "its universe is not supported there"),
    .init(44, "its executable is a script whose interpreter is missing on the worker node", again),
    .init(45, "the cleanup after its checkpoint failed", again),
    .init(46, "it took longer than its allowed_job_duration", again2),
    .init(47, "it ran longer than its allowed_execute_duration", again2),
    .init(48, "its output could not be written", again),
  ]

  private static let byCode = Dictionary(uniqueKeysWithValues: all.map { ($0.code, $0) })

  /// What a code means; unknown ones and nil have words as well.
  public static func of(_ code: Int?) -> HoldReason {
    guard let code else { return HoldReason(0, "HTCondor does not say why") }
    return byCode[code] ?? HoldReason(code, "hold code \(code)")
  }
}
