/// The exit codes of WMCore that a cleanup can end with (WMCore, src/python/WMCore/WMExceptions.py).
public enum WMCoreExitCode {
  /// Local stage-out failure using the site's plugin: the tool failed.
  public static let localStageOut = 60311
  /// "Failed to clean up any files that were no longer needed". WMCore counts a cleanup that removed at least
  /// one file as a success.
  public static let nothingCleanedUp = 60313
  /// Stage-out initialisation error: TFC, SITECONF, credentials.
  public static let initialisation = 60315
  /// Site issue: the storage is down or refuses.
  public static let siteIssue = 60321
  /// Not authorized.
  public static let notAuthorized = 60322
  /// Other stage-out problem.
  public static let other = 60324
  /// Timeout during attempted file stage-out.
  public static let timeout = 60403
  /// Uncaught exception in a step.
  public static let uncaught = 99109

  /// The code for one kind of failure in a report.
  public static func code(for failures: RunTotals.Failures) -> Int {
    switch failures.kind {
    case ErrorClass.auth.rawValue: notAuthorized
    case ErrorClass.overload.rawValue: siteIssue
    case ErrorClass.transient.rawValue: failures.unavailable > 0 ? siteIssue : localStageOut
    case "refused": other
    case "stopped": timeout
    default: localStageOut
    }
  }
}
