import DeletionModel

/// The exit codes of `swab`; codes above 63 follow sysexits.h where it has one. `swab-submit` ends with the same codes, but for
/// ``checkpoint``, and has its own meanings of them (`SwabSubmit.exitCodes`).
package enum ExitStatus: Int32, Sendable, CaseIterable {
  /// Every file is gone, and nothing was refused.
  case allGone = 0
  /// Some file is not gone.
  case someNotGone = 1
  /// The command line is wrong.
  case usage = 64
  /// A list, a job file or a journal is wrong.
  case badInput = 65
  /// An input file is missing or unreadable.
  case noInput = 66
  /// Every endpoint was unavailable, or refused for a reason of its own.
  case unavailable = 69
  /// An error inside Swab.
  case internalError = 70
  /// The report, or the journal, could not be written.
  case cannotReport = 73
  /// Stopped early, with work left.
  case stoppedEarly = 75
  /// So many files were absent at an endpoint that a wrong prefix or a missing mount is more likely than a clean storage.
  case suspect = 76
  /// No usable credential, or no permission for anything.
  case noPermission = 77
  /// The SITECONF can't be used.
  case badSiteConfig = 78
  /// Stopped early, and to be started again with its journal.
  case checkpoint = 85

  /// What it means of `swab`, for `--help` and the Reference.
  package var meaning: String {
    switch self {
    case .allGone: "every file is gone (deleted or absent) and nothing was refused"
    case .someNotGone: "some file is not gone"
    case .usage: "wrong usage"
    case .badInput: "a bad list, job file or journal"
    case .noInput: "an input file is missing or unreadable"
    case .unavailable: "every endpoint was unavailable, or could not be used"
    case .internalError: "an internal error"
    case .cannotReport: "the report or the journal could not be written"
    case .stoppedEarly: "stopped early (deadline, signal, full disk, journal in use) with work left"
    case .suspect: "nearly all files were absent at one endpoint, as after a wrong prefix or a missing mount"
    case .noPermission: "no usable credential, or no permission for anything"
    case .badSiteConfig: "a SITECONF error"
    case .checkpoint: "stopped early with work left, to be started again (--checkpoint)"
    }
  }
}

/// An error that knows with which code a command ends.
package protocol ExitingError: Error, CustomStringConvertible {
  /// The code.
  var status: ExitStatus { get }
}

/// How a run ends: the process's exit code, WMCore's, and why.
package struct RunExit: Sendable, Equatable {
  /// The exit code of the process.
  package var status: ExitStatus
  /// WMCore's code (WMExceptions.py): the process's exit code can't hold it.
  package var wmcoreExitCode: Int
  /// One line.
  package var reason: String

  package init(_ status: ExitStatus, wmcore: Int, reason: String) {
    self.status = status
    self.wmcoreExitCode = wmcore
    self.reason = reason
  }

  /// What the sums of a run come to.
  ///
  /// - Parameters:
  ///   - dryRun: nothing was to be deleted: then it is a success when nothing was refused.
  ///   - stopped: why the run ended early, if it did.
  ///   - checkpoint: whether it resumes when it is started again.
  ///   - credentialProblem: why no credential can be used by now; nil where one can, or none was ever there.
  ///     Where files went before, it came up on the way.
  package static func of(
    _ totals: RunTotals, dryRun: Bool, stopped: StopReason?, checkpoint: Bool = false,
    credentialProblem: String? = nil
  ) -> RunExit {
    let counts = totals.counts
    let requested = MessageText.counted(counts.requested, "file")
    if dryRun {
      return counts[.refused] == 0
        ? RunExit(
          .allGone, wmcore: 0,
          reason: "dry run: nothing was deleted; -v names the files, and so does a report")
        : RunExit(.someNotGone, wmcore: 0, reason: "dry run: \(counts[.refused]) of \(requested) refused")
    }
    if counts.notGone == 0 {
      return suspicion(totals) ?? RunExit(.allGone, wmcore: 0, reason: "\(requested) gone")
    }
    let reason = "\(counts.notGone) of \(requested) not gone"
    return stopped.flatMap { interruption(totals, $0, of: requested, checkpoint: checkpoint) }
      ?? credentialProblem.flatMap { lostCredential(totals, $0, reason) }
      ?? sharedFailure(totals, reason)
      ?? RunExit(
        .someNotGone, wmcore: counts.gone > 0 ? 0 : WMCoreExitCode.nothingCleanedUp, reason: reason)
  }

  /// How a run ends that was stopped with work left; nil: there is none.
  private static func interruption(
    _ totals: RunTotals, _ stopped: StopReason, of requested: String, checkpoint: Bool
  ) -> RunExit? {
    let untried = totals.counts[.notAttempted]
    // What would have been tried again is work left as well; that its call was cut short says nothing of the endpoint.
    let unfinished = totals.failures.filter { ErrorClass(rawValue: $0.kind)?.isWorthRetrying == true }
      .map(\.count).reduce(0, +)
    guard untried + unfinished > 0 else { return nil }
    return RunExit(
      checkpoint ? .checkpoint : .stoppedEarly, wmcore: WMCoreExitCode.timeout,
      reason: "\(stopped.text) with \(untried) of \(requested) not attempted, \(unfinished) unfinished")
  }

  /// How a run ends whose credential ended on the way: what went well before does not change what has to be done.
  private static func lostCredential(_ totals: RunTotals, _ problem: String, _ reason: String) -> RunExit? {
    guard let refused = totals.failures(of: ErrorClass.auth.rawValue),
      refused.count + (totals.failures(of: "stopped")?.count ?? 0) == totals.counts.notGone,
      totals.storage.allSatisfy({
        $0.counts[.failed] == 0 || ($0.counts.gone > 0 && !$0.endpoint.hasPrefix("file:"))
      })
    else { return nil }
    return RunExit(
      .noPermission, wmcore: WMCoreExitCode.notAuthorized,
      reason: "the credential is no longer valid: \(problem): \(reason)")
  }

  /// How a run ends in which every file failed for one reason; nil: a single success or refusal is the more telling answer.
  /// What was left out because its endpoint had been given up has the endpoint's failure.
  private static func sharedFailure(_ totals: RunTotals, _ reason: String) -> RunExit? {
    let counts = totals.counts
    guard counts[.failed] + counts[.notAttempted] == counts.requested, counts[.failed] > 0 else { return nil }
    // An endpoint that refuses for itself, whatever the file, or that only asks for patience, is as good as none.
    let refusing = totals.failures(of: ErrorClass.endpoint.rawValue)
    let overloaded = totals.failures(of: ErrorClass.overload.rawValue)
    if totals.failures.allSatisfy({
      $0.unavailable == $0.count || $0.kind == refusing?.kind || $0.kind == overloaded?.kind
    }) {
      func such(_ failures: RunTotals.Failures) -> String {
        "such as: \(failures.example.failure?.message ?? "")"
      }
      let why =
        refusing.map { "no endpoint could be used, \(such($0))" }
        ?? overloaded.map { "no endpoint did more than ask for patience, \(such($0))" }
      return RunExit(
        .unavailable, wmcore: WMCoreExitCode.siteIssue,
        reason: "\(why ?? "no endpoint answered"): \(reason)")
    }
    guard let refused = totals.failures(of: ErrorClass.auth.rawValue), refused.count == counts.requested
    else {
      return nil
    }
    return RunExit(
      .noPermission, wmcore: WMCoreExitCode.notAuthorized,
      reason: "not permitted, such as: \(refused.example.failure?.message ?? ""): \(reason)")
  }

  /// How a run with suspect storage ends, all of whose files are called gone; nil: none is suspect.
  private static func suspicion(_ totals: RunTotals) -> RunExit? {
    let suspect = totals.storage.filter(\.isSuspect)
    guard let first = suspect.max(by: { $0.counts[.absent] < $1.counts[.absent] }) else { return nil }
    let asked = first.counts.gone + first.counts[.failed]
    return RunExit(
      .suspect, wmcore: WMCoreExitCode.siteIssue,
      reason: "\(first.counts[.absent]) of \(asked) files were absent at \(first.endpoint): "
        + "a wrong prefix or a missing mount is more likely than a clean storage")
  }
}

/// The exit codes of WMCore that a cleanup can end with (WMCore, src/python/WMCore/WMExceptions.py).
package enum WMCoreExitCode {
  /// Local stage-out failure using the site's plugin: the tool failed.
  package static let localStageOut = 60311
  /// "Failed to clean up any files that were no longer needed". WMCore counts a cleanup that removed at least
  /// one file as a success.
  package static let nothingCleanedUp = 60313
  /// Stage-out initialisation error: TFC, SITECONF, credentials.
  package static let initialisation = 60315
  /// Site issue: the storage is down or refuses.
  package static let siteIssue = 60321
  /// Not authorized.
  package static let notAuthorized = 60322
  /// Other stage-out problem.
  package static let other = 60324
  /// Timeout during attempted file stage-out.
  package static let timeout = 60403
  /// Uncaught exception in a step.
  package static let uncaught = 99109

  /// The code for one kind of failure in a report.
  package static func code(for failures: RunTotals.Failures) -> Int {
    switch failures.kind {
    case ErrorClass.auth.rawValue: notAuthorized
    case ErrorClass.overload.rawValue, ErrorClass.endpoint.rawValue: siteIssue
    case ErrorClass.transient.rawValue: failures.unavailable > 0 ? siteIssue : localStageOut
    case "refused": other
    case "stopped": timeout
    case RunTotals.suspect: siteIssue
    default: localStageOut
    }
  }
}
