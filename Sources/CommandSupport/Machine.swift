import Deletion
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// What a report says of the machine and the account.
package enum Machine {
  /// The job part of a report, as far as the machine knows it.
  package static func job(environment: [String: String]) -> ReportHeader.Job {
    ReportHeader.Job(host: host, user: user(environment), pid: Int(getpid()), started: timestamp())
  }

  /// Now: ISO 8601, UTC.
  package static func timestamp() -> String { Date().formatted(.iso8601) }

  private static var host: String {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "unknown" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// By the environment, as a job sees it; an account that has no name there has its number.
  private static func user(_ environment: [String: String]) -> String {
    for name in ["USER", "LOGNAME"] {
      if let value = environment[name], !value.isEmpty { return value }
    }
    return "\(getuid())"
  }
}
