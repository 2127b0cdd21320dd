import FoundationEssentials
import JobReports

/// What HTCondor does by itself with jobs that fail, are held, or wait too long: ClassAd expressions.
enum JobPolicy {
  /// Exit codes of a payload with which it may fare better on another machine, whatever it has deleted: it broke (70), or
  /// the SITECONF there did (78).
  private static let worthAnotherHostAlways: Set<ExitStatus> = [.internalError, .badSiteConfig]
  /// Those with which it may as long as it has deleted nothing: the machine's clock is wrong (65), the endpoint can't be
  /// reached from it (69), its disk is full (73, 75), the storage is not mounted (76), or it may not do what others may (77).
  private static let worthAnotherHostUndone: Set<ExitStatus> = [
    .badInput, .unavailable, .cannotReport, .stoppedEarly, .suspect, .noPermission,
  ]
  /// All of them.
  static let worthAnotherHost = worthAnotherHostAlways.union(worthAnotherHostUndone)

  /// When a job that ended is not started once more: a signal, too, is worth another machine.
  static let noUseInRetrying =
    "ExitBySignal =!= true && !\(member(worthAnotherHostAlways)) && (!\(member(worthAnotherHostUndone)) "
    + "|| (ChirpSwabDeleted =!= undefined && ChirpSwabDeleted > 0))"

  private static func member(_ codes: Set<ExitStatus>) -> String {
    "member(ExitCode, {\(codes.map(\.rawValue).sorted().map(String.init).joined(separator: ", "))})"
  }

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
