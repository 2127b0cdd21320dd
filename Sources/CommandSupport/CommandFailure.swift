import ByteStreams
import CLinux
import DeletionModel
import JobReports
import ListReading
import RunJournal
import SiteConf
import Glibc

/// Ends a command: one line for a person, and the exit code.
package struct CommandFailure: Error, CustomStringConvertible {
  package let status: ExitStatus
  package let description: String

  package init(_ status: ExitStatus, _ text: String) {
    self.status = status
    self.description = text
  }

  /// Gives any error that can reach a command its exit code.
  package init(_ error: any Error) {
    switch error {
    case let error as CommandFailure: self = error
    case let error as any ExitingError: self.init(error.status, error.description)
    case let error as FileError: self.init(.noInput, "\(error)")
    case let error as ListError: self.init(.badInput, "\(error)")
    case let error as DocumentError: self.init(.badInput, "\(error)")
    case let error as JournalError: self.init(Self.status(error.problem), "\(error)")
    case let error as SiteConfProblem: self.init(.badSiteConfig, "\(error)")
    default: self.init(.internalError, "internal error: \(error)")
    }
  }

  private static func status(_ problem: JournalError.Problem) -> ExitStatus {
    switch problem {
    case .foreign, .format, .otherRun, .damaged: .badInput
    case .noFile: .usage
    case .inUse: .stoppedEarly
    case .file: .cannotReport
    }
  }
}

/// Exit codes, for `--help`.
package enum ExitCodeTable {
  /// A line each.
  package static func text(_ codes: [(status: ExitStatus, meaning: String)]) -> String {
    codes.map { "  \($0.status.rawValue)\t\($0.meaning)" }.joined(separator: "\n")
  }
}

/// Ends a process whose threads make no progress: where none can be created, and some time after its deadline. A
/// job must not sit there until its batch system kills it.
package enum LastResort {
  /// What is left then.
  package struct Text {
    /// How it ends.
    package var failure: CommandFailure
    /// The report, and the file it goes to; nil for none.
    package var report: (bytes: [UInt8], path: String)?

    /// Makes them.
    package init(_ failure: CommandFailure, report: (bytes: [UInt8], path: String)?) {
      self.failure = failure
      self.report = report
    }
  }

  /// So long after the deadline a process is ended that has not noticed it, in seconds.
  package static let grace = 10.0
  /// So long a process has to get its first thread, in seconds.
  static let startLimit = 60.0
  /// So long after that one is ended that has noticed its deadline and still has not ended, in seconds: by then it writes
  /// its report.
  private static let furtherGrace = 600.0

  /// From now on the process ends after so many seconds, whatever happens meanwhile; unless it is armed again,
  /// put off or taken back before.
  package static func arm(after seconds: Double, _ text: Text) {
    let line = String(decoding: Terminal.bytes(text.failure, in: seconds), as: UTF8.self)
    let temporary = text.report.map { "\($0.path).\(getpid()).tmp" }
    _ = (text.report?.bytes ?? []).withUnsafeBytes { buffer in
      swab_end_after(
        seconds, text.failure.status.rawValue, line, text.report?.path, temporary, buffer.baseAddress,
        buffer.count)
    }
  }

  /// The deadline has been noticed.
  package static func putOff() { swab_put_end_off(furtherGrace) }

  /// No end but the process's own.
  package static func takeBack() { swab_put_end_off(0) }
}

/// What is left behind by a crash.
package enum CrashSignals {
  /// Nothing that could hold a secret.
  ///
  /// Swift's runtime can print a backtrace with registers and the memory that they point to (`SWIFT_BACKTRACE`),
  /// and the kernel can write all of the memory into a core file, which a batch system may carry home. Tokens and
  /// keys are in that memory. The signals themselves stay, so that whoever started us sees which one it was.
  package static func leaveNoMemory() {
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGQUIT, SIGSYS] {
      signal(number, SIG_DFL)
    }
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return }
    limit.rlim_cur = 0
    setrlimit(kind, &limit)
  }

  private static let kind = __rlimit_resource_t(RLIMIT_CORE.rawValue)
}
