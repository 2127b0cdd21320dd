import CondorJob
import FoundationEssentials
import Credentials

/// What `--deadline auto` comes to.
struct AutoDeadline {
  /// Seconds from now; nil where nothing limits the run.
  let seconds: Double?
  /// What it was taken from, for the report.
  let note: String

  /// So long before the end of the job or the credential the run stops, to write its report in peace, in seconds.
  static let margin = 60.0

  /// - Parameters:
  ///   - limit: of the job.
  ///   - credentials: all that were found.
  ///   - isRenewed: whether the batch system keeps the token fresh.
  init(limit: JobTimeLimit?, credentials: [CredentialFinding], isRenewed: Bool, now: Date) {
    var ends: [(end: Double, why: String)] = []
    if let limit { ends.append((limit.end, "\(limit.attribute) of HTCondor's ads")) }
    let usable = credentials.filter {
      $0.state == .valid || $0.kind.isBearer && $0.state == .worldReadable
    }
    // While one of them is good, work continues.
    if !isRenewed, !usable.isEmpty, usable.allSatisfy({ $0.expires != nil }),
      let last = usable.compactMap({ credential in credential.expires.map { ($0, credential) } })
        .max(by: { $0.0 < $1.0 })
    {
      ends.append((last.0.timeIntervalSince1970, "the end of the credential from \(last.1.source)"))
    }
    guard let first = ends.min(by: { $0.end < $1.end }) else {
      seconds = nil
      note = "--deadline auto: neither HTCondor's ads nor a credential limit this run"
      return
    }
    // A time that is over leaves none; a report is written all the same.
    let left = max(1, first.end - now.timeIntervalSince1970 - Self.margin)
    seconds = min(left.rounded(.down), 31_536_000)
    note = "--deadline auto: \(Int(seconds ?? 0)) s, by \(first.why)"
  }

  /// From the surroundings of this process.
  init(environment: [String: String], euid: UInt32) {
    let token = CondorCredentials.tokenFile(environment: environment)
    self.init(
      limit: .discover(environment: environment),
      credentials: CredentialInspection.inspect(
        environment: environment, euid: euid, read: CredentialFile.read, now: Date()),
      isRenewed: token != nil && environment["BEARER_TOKEN"] == nil
        && environment["BEARER_TOKEN_FILE"] == token,
      now: Date())
  }
}
