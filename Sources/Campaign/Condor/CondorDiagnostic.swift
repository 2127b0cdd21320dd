import Credentials
import DeletionModel
import JobReports
import ProcessRunning

/// What HTCondor's tools say when something can't be done, in one line with what to do about it.
enum CondorDiagnostic {
  /// A tool that ended with a failure.
  static func error(_ tool: CondorTool, _ run: ToolRun, _ target: Submission.Target) -> CampaignError {
    // The opening bracket of an answer that did not come.
    let said = lines(run.errorOutput) + lines(run.output).filter { $0 != "[" }
    let text = said.joined(separator: "\n").lowercased()
    let schedd = target.scheddText
    let message = summary(said) ?? "it printed nothing (\(run.endingCode))"
    if run.timedOut {
      return CampaignError(
        .unavailable, "\(tool.rawValue): \(schedd) has not answered in time; is it up? try again later")
    }
    for kind in Self.kinds where kind.phrases.contains(where: text.contains) {
      return CampaignError(kind.status, "\(tool.rawValue): \(schedd) \(kind.meaning): \(message)")
    }
    // condor_q -json says nothing at all of a schedd that is down.
    if said.isEmpty, tool == .queue || tool == .history {
      return CampaignError(
        .unavailable, "\(tool.rawValue): \(schedd) cannot be reached (\(run.endingCode)); is it up?")
    }
    return CampaignError(tool == .submit ? .badInput : .unavailable, "\(tool.rawValue): \(message)")
  }

  /// A tool that was not even started.
  static func error(_ tool: CondorTool, _ failure: ToolFailure) -> CampaignError {
    switch failure {
    case .notFound:
      CampaignError(
        .unavailable,
        "\(tool.rawValue) is not on the PATH: it belongs to HTCondor; install the package \"condor\" or \"htcondor\", or "
          + "unpack the tarball of https://htcondor.org (no root needed) and source its condor.sh")
    case .notStarted(_, let reason):
      CampaignError(.unavailable, "\(tool.rawValue) cannot be started: \(reason)")
    case .noResources(let reason): CampaignError(.internalError, "\(tool.rawValue): \(reason)")
    case .cancelled: CampaignError(.stoppedEarly, "\(tool.rawValue) was not started: stopped by a signal")
    }
  }

  /// Whether condor_submit failed before it could give the schedd any job.
  static func isBeforeAnyJob(_ run: ToolRun) -> Bool {
    let said = String(decoding: run.errorOutput, as: UTF8.self)
    return !run.timedOut && run.output.isEmpty && beginnings.contains { said.contains($0) }
  }

  /// What is said while it reads its configuration, looks for the schedd, and asks it for a cluster.
  private static let beginnings = [
    "contain a condor_config source", "Can't find \"condor\" in the password file",
    // Of the local one, or of one by its name.
    "Can't find address of",
    "Failed to connect to local queue manager", "Failed to connect to queue manager",
    "Cannot allocate a cluster id", "Couldn't contact the condor_collector",
  ]

  private struct Kind: Sendable {
    var phrases: [String]
    var status: ExitStatus
    var meaning: String
  }

  /// The first kind of which a word occurs is taken: a refusal is often followed by "failed to connect".
  private static let kinds = [
    Kind(
      phrases: ["contain a condor_config source"], status: .unavailable,
      meaning: "cannot be looked for: HTCondor is not configured here (set CONDOR_CONFIG)"),
    Kind(
      phrases: [
        "can't find \"condor\" in the password file", "only submit jobs as root",
        "submitting jobs as user/group 0", "may not submit jobs as", "keeps jobs that are not ours",
      ], status: .noPermission, meaning: "does not accept us (it wants another account)"),
    Kind(
      phrases: [
        "authenticate:", "authentication failed", "failed to authenticate", "no token", "token has expired",
        "token expired", "certificate has expired", "certificate expired",
      ], status: .noPermission, meaning: "does not accept our identity (check the token or the proxy)"),
    Kind(
      phrases: ["not authorized", "authorization failed", "permission denied", "secman:2010", "denied"],
      status: .noPermission,
      meaning: "does not authorize us for that (check whose token, proxy or account it is)"),
    Kind(
      phrases: ["cannot allocate a cluster id"], status: .noPermission,
      meaning: "accepts no jobs from us (no permission, or its limits are reached)"),
    Kind(
      phrases: [
        "no record of schedd", "can't find address of", "cannot get address of", "unable to locate",
        "can't find address for",
      ], status: .unavailable,
      meaning: "cannot be reached (no address of it is known: check its name and the pool, and that it is up)"
    ),
    // SECMAN:2007 and its like: the connection ended while the security session was set up, as when a daemon dies.
    Kind(
      phrases: [
        "couldn't contact", "failed to connect", "can't connect", "unable to connect", "failed to fetch ads",
        "communication error", "connection refused", "connection closed", "timed out", "secman:2003",
        "secman:2004", "secman:2007",
      ], status: .unavailable, meaning: "cannot be reached (is it up?)"),
  ]

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).prefix(200).map { String(decoding: $0, as: UTF8.self) }
      .filter { line in line.contains { !$0.isWhitespace } }
  }

  /// The first line that is a diagnostic, and no progress report or usage text; the rest explains.
  private static func summary(_ lines: [String]) -> String? {
    // Behind these words there are paragraphs of advice.
    let lines = Array(lines.prefix { !$0.hasPrefix("Extra Info:") })
    let marks = ["error", "authenticate", "failed", "denied", "can't", "cannot", "couldn't", "unable"]
    let telling = lines.indices.filter { index in
      marks.contains { lines[index].lowercased().contains($0) }
    }.map { index in
      // "ERROR: Parse error in expression:" has what it is about on the line below.
      let isBegun = lines[index].last { !$0.isWhitespace } == ":"
      return isBegun && index + 1 < lines.count ? "\(lines[index]) \(lines[index + 1])" : lines[index]
    }
    let chosen = telling.isEmpty ? lines.prefix(2) : telling.prefix(3)
    guard !chosen.isEmpty else { return nil }
    return line(chosen.joined(separator: "; "), limit: 600)
  }

  /// HTCondor's words on one line and without secrets: they can hold whatever a tool or a server printed, and a URL with its
  /// token.
  static func line(_ text: String, limit: Int = 300) -> String {
    MessageText.oneLine(Redaction.clean(text), limit: limit)
  }

  /// The same of a text that is not always there.
  static func line(_ text: String?) -> String? { text.map { line($0) } }
}

/// condor_submit failed, and the schedd certainly has none of the jobs.
package struct NothingSubmitted: ExitingError, Sendable, Equatable {
  package var error: CampaignError
  /// How the program ends.
  package var status: ExitStatus { error.status }
  /// One line.
  package var description: String { error.description }
}

extension Submission.Target {
  /// For a sentence.
  package var scheddText: String {
    let name = schedd.map { "the schedd \($0)" } ?? "the local schedd"
    return pool.map { "\(name) of the pool \($0)" } ?? name
  }
}
