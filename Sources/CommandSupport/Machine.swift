import JobReports
import FoundationEssentials
import Glibc

/// What a report says of the machine and the account.
package enum Machine {
  /// The job part of a report, as far as the machine knows it.
  package static func job(environment: [String: String]) -> JobReport.Job {
    JobReport.Job(
      host: ProcessInfo.processInfo.hostName, user: user(environment), pid: Int(getpid()),
      started: timestamp())
  }

  /// Now: ISO 8601, UTC.
  package static func timestamp() -> String { Date().formatted(.iso8601) }

  /// By the environment, as a job sees it; an account that has no name there has its number.
  private static func user(_ environment: [String: String]) -> String {
    for name in ["USER", "LOGNAME"] {
      if let value = environment[name], !value.isEmpty { return value }
    }
    return "\(getuid())"
  }
}
