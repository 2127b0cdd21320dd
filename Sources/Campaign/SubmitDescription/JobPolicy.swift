import FoundationEssentials

/// What HTCondor does by itself with jobs that fail, are held, or wait too long: ClassAd expressions.
enum JobPolicy {
  /// When a job that ended is not started once more. Another machine may help where the payload broke (70), the SITECONF
  /// there did (78), or a signal ended it; and, as long as nothing was deleted, where its clock is wrong (65), the endpoint
  /// can't be reached from it (69), its disk is full (73, 75), the storage is not mounted (76), or it may not do what others
  /// may (77).
  static let noUseInRetrying =
    "ExitBySignal =!= true && !member(ExitCode, {70, 78}) && (!member(ExitCode, {65, 69, 73, 75, 76, 77}) "
    + "|| (ChirpSwabDeleted =!= undefined && ChirpSwabDeleted > 0))"

  /// Hold codes of what may go well at another time or place (HTCondor's list of HoldReasonCode): 6 the job could not
  /// be started, 7 and 8 its files could not be opened, 11, 12, 13 and 18 files did not travel. At most three times, each after
  /// ten minutes.
  static let release =
    "member(HoldReasonCode, {6, 7, 8, 11, 12, 13, 18}) && NumHolds <= 3 && time() - EnteredCurrentStatus > 600"

  /// When a job is removed, and the reason that its ad then has.
  ///
  /// - Parameters:
  ///   - isThrottled: whether a held job takes the place of another in the queue (`max_materialize` counts it): then it is
  ///     removed after an hour, unless a person has held it (hold code 1), and the next round has its files.
  ///   - expires: from then on the payload refuses to run.
  static func removal(heldHours: Int, isThrottled: Bool, expires: Date) -> (when: String, reason: String) {
    let end = Int(expires.timeIntervalSince1970)
    var held = "JobStatus == 5 && time() - EnteredCurrentStatus > \(heldHours * 3600)"
    if isThrottled {
      held += " || JobStatus == 5 && HoldReasonCode =!= 1 && time() - EnteredCurrentStatus > 3600"
    }
    let reason =
      "ifThenElse(JobStatus == 5, strcat(\"held for too long: \", HoldReason), "
      + "\"it had not started when the campaign expired\")"
    return ("(\(held)) || (JobStatus == 1 && time() > \(end))", reason)
  }
}
