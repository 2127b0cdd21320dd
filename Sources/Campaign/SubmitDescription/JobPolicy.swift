import FoundationEssentials

/// What HTCondor does by itself with jobs that fail, are held, or wait too long: ClassAd expressions.
enum JobPolicy {
  /// Another node may help where the payload broke (70), the node's SITECONF did (78), or a signal ended it, but not
  /// where the storage or the list is at fault.
  static let noUseInRetrying = "ExitBySignal =!= true && ExitCode =!= 70 && ExitCode =!= 78"

  /// Hold codes of what may go well at another time or place (HTCondor's list of HoldReasonCode): 6 the job could not
  /// be started, 7 and 8 its files could not be opened, 12 and 13 files did not travel. At most three times, each after
  /// ten minutes.
  static let release =
    "member(HoldReasonCode, {6, 7, 8, 12, 13}) && NumHolds <= 3 && time() - EnteredCurrentStatus > 600"

  /// When a job is removed, and the reason that its ad then has.
  ///
  /// - Parameter expires: from then on the payload refuses to run.
  static func removal(heldHours: Int, expires: Date) -> (when: String, reason: String) {
    let end = Int(expires.timeIntervalSince1970)
    let held = "JobStatus == 5 && time() - EnteredCurrentStatus > \(heldHours * 3600)"
    let reason =
      "ifThenElse(JobStatus == 5, strcat(\"held for more than \(heldHours) hours: \", HoldReason), "
      + "\"it had not started when the campaign expired\")"
    return ("(\(held)) || (JobStatus == 1 && time() > \(end))", reason)
  }
}
