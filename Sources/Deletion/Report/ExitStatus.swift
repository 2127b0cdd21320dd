/// The exit codes of the `swab` process. Codes above 63 follow sysexits.h where it has one.
public enum ExitStatus: Int32, Sendable, CaseIterable {
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
  /// Every endpoint was unavailable.
  case unavailable = 69
  /// An error inside Swab.
  case internalError = 70
  /// The report, or the journal, could not be written.
  case cannotReport = 73
  /// Stopped early, with work left.
  case stoppedEarly = 75
  /// No usable credential, or no permission for anything.
  case noPermission = 77
  /// The SITECONF can't be used.
  case badSiteConfig = 78
  /// Stopped early, and to be started again with its journal.
  case checkpoint = 85

  /// What it means, for `--help` and the README.
  public var meaning: String {
    switch self {
    case .allGone: "every file is gone (deleted or absent) and nothing was refused"
    case .someNotGone: "some file is not gone"
    case .usage: "wrong usage"
    case .badInput: "a bad list, job file or journal"
    case .noInput: "an input file is missing or unreadable"
    case .unavailable: "every endpoint was unavailable"
    case .internalError: "an internal error"
    case .cannotReport: "the report or the journal could not be written"
    case .stoppedEarly: "stopped early (deadline, signal, full disk, journal in use) with work left"
    case .noPermission: "no usable credential, or no permission for anything"
    case .badSiteConfig: "a SITECONF error"
    case .checkpoint: "stopped early with work left, to be started again (--checkpoint)"
    }
  }
}

/// An error that knows with which code a command ends.
public protocol ExitingError: Error, CustomStringConvertible {
  /// The code.
  var status: ExitStatus { get }
}

/// How a run ends: the process's exit code, WMCore's, and why.
public struct RunExit: Sendable, Equatable {
  /// The exit code of the process.
  public var status: ExitStatus
  /// WMCore's code (WMExceptions.py): the process's exit code can't hold it.
  public var wmcoreExitCode: Int
  /// One line.
  public var reason: String

  /// Makes an exit.
  public init(_ status: ExitStatus, wmcore: Int, reason: String) {
    self.status = status
    self.wmcoreExitCode = wmcore
    self.reason = reason
  }

  /// What the sums of a run come to.
  ///
  /// - Parameters:
  ///   - dryRun: nothing was to be deleted: then it is a success when nothing was refused.
  ///   - stopped: why the run ended early, if it did.
  ///   - checkpoint: whether it goes on when it is started again.
  ///   - credentialProblem: why no credential can be used by now; nil where one can, or none was ever there.
  ///     Where files went before, it came up on the way.
  public static func of(
    _ totals: RunTotals, dryRun: Bool, stopped: StopReason?, checkpoint: Bool = false,
    credentialProblem: String? = nil
  ) -> RunExit {
    let counts = totals.counts
    let requested = "\(counts.requested) file\(counts.requested == 1 ? "" : "s")"
    if dryRun {
      return counts[.refused] == 0
        ? RunExit(.allGone, wmcore: 0, reason: "dry run: nothing was deleted")
        : RunExit(.someNotGone, wmcore: 0, reason: "dry run: \(counts[.refused]) of \(requested) refused")
    }
    if counts.notGone == 0 {
      return RunExit(.allGone, wmcore: 0, reason: "\(requested) gone")
    }
    if let stopped {
      // What would have been tried again is work left as well; that its call was cut short says nothing of the
      // endpoint.
      let unfinished = totals.failures.filter { ErrorClass(rawValue: $0.kind)?.isWorthRetrying == true }
        .map(\.count).reduce(0, +)
      if counts[.notAttempted] + unfinished > 0 {
        return RunExit(
          checkpoint ? .checkpoint : .stoppedEarly, wmcore: WMCoreExitCode.timeout,
          reason:
            "\(stopped.text) with \(counts[.notAttempted]) of \(requested) not attempted, \(unfinished) unfinished"
        )
      }
    }
    let reason = "\(counts.notGone) of \(requested) not gone"
    // A credential that ended on the way: what went well before does not change what has to be done about it.
    if let credentialProblem, let refused = totals.failures(of: ErrorClass.auth.rawValue),
      refused.count + (totals.failures(of: "stopped")?.count ?? 0) == counts.notGone,
      totals.storage.allSatisfy({
        $0.counts[.failed] == 0 || ($0.counts.gone > 0 && !$0.endpoint.hasPrefix("file:"))
      })
    {
      return RunExit(
        .noPermission, wmcore: WMCoreExitCode.notAuthorized,
        reason: "the credential is of no use any more: \(credentialProblem): \(reason)")
    }
    // Only where not one file fared otherwise: a single success or refusal is the more telling answer.
    // What was left out because its endpoint had been given up has the endpoint's failure.
    if counts[.failed] + counts[.notAttempted] == counts.requested, counts[.failed] > 0 {
      if totals.failures.allSatisfy({ $0.unavailable == $0.count }) {
        return RunExit(
          .unavailable, wmcore: WMCoreExitCode.siteIssue, reason: "no endpoint answered: \(reason)")
      }
      if totals.failures(of: ErrorClass.auth.rawValue)?.count == counts.requested {
        return RunExit(
          .noPermission, wmcore: WMCoreExitCode.notAuthorized, reason: "not permitted: \(reason)")
      }
    }
    return RunExit(
      .someNotGone, wmcore: counts.gone > 0 ? 0 : WMCoreExitCode.nothingCleanedUp, reason: reason)
  }
}
