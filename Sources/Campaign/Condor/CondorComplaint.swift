import Backends
import Deletion

/// What HTCondor's tools say when something can't be done, in one line with what to do about it.
enum CondorComplaint {
  /// A tool that ended with a failure.
  static func error(_ tool: CondorTool, _ run: ToolRun, _ target: Submission.Target) -> CampaignError {
    // The opening bracket of an answer that did not come.
    let said = lines(run.errorOutput) + lines(run.output).filter { $0 != "[" }
    let text = said.joined(separator: "\n").lowercased()
    let place = target.scheddInWords
    let words = summary(said) ?? "it said nothing (\(run.endingCode))"
    if run.timedOut {
      return CampaignError(
        .unavailable, "\(tool.rawValue): \(place) has not answered in time; is it up? try again later")
    }
    for kind in Self.kinds where kind.words.contains(where: text.contains) {
      return CampaignError(kind.status, "\(tool.rawValue): \(place) \(kind.meaning): \(words)")
    }
    // condor_q -json says nothing at all of a schedd that is down.
    if said.isEmpty, tool == .queue || tool == .history {
      return CampaignError(
        .unavailable, "\(tool.rawValue): \(place) cannot be reached (\(run.endingCode)); is it up?")
    }
    return CampaignError(tool == .submit ? .badInput : .unavailable, "\(tool.rawValue): \(words)")
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
    "Can't find address of schedd",
    "Failed to connect to local queue manager", "Failed to connect to queue manager",
    "Cannot allocate a cluster id", "Couldn't contact the condor_collector",
  ]

  private struct Kind: Sendable {
    var words: [String]
    var status: ExitStatus
    var meaning: String
  }

  /// The first kind of which a word occurs is taken: a refusal is often followed by "failed to connect".
  private static let kinds = [
    Kind(
      words: ["contain a condor_config source"], status: .unavailable,
      meaning: "cannot be looked for: HTCondor is not configured here (set CONDOR_CONFIG)"),
    Kind(
      words: [
        "authenticate:", "authentication failed", "failed to authenticate", "not authorized",
        "authorization failed", "permission denied", "secman:2010", "secman:2007", "denied",
        "can't find \"condor\" in the password file", "only submit jobs as root",
        "submitting jobs as user/group 0",
      ], status: .noPermission, meaning: "does not take us (check the token, proxy or account)"),
    Kind(
      words: ["cannot allocate a cluster id"], status: .noPermission,
      meaning: "takes no jobs from us (no permission, or its limits are reached)"),
    Kind(
      words: [
        "no record of schedd", "can't find address of", "cannot get address of", "unable to locate",
        "couldn't contact", "failed to connect", "can't connect", "unable to connect", "failed to fetch ads",
        "communication error", "can't find address for",
      ], status: .unavailable, meaning: "cannot be reached (check its name, and that it is up)"),
  ]

  private static func lines(_ bytes: [UInt8]) -> [String] {
    bytes.split(separator: UInt8(ascii: "\n")).prefix(200).map { String(decoding: $0, as: UTF8.self) }
      .filter { line in line.contains { !$0.isWhitespace } }
  }

  /// The first line that is a complaint, and no progress report or usage text; the rest explains.
  private static func summary(_ lines: [String]) -> String? {
    let marks = ["error", "authenticate", "failed", "denied", "can't", "cannot", "couldn't", "unable"]
    let telling = lines.filter { line in marks.contains { line.lowercased().contains($0) } }
    let chosen = telling.isEmpty ? lines.prefix(2) : telling.prefix(3)
    guard !chosen.isEmpty else { return nil }
    return MessageText.oneLine(chosen.joined(separator: "; "), limit: 600)
  }
}

/// condor_submit failed, and the schedd certainly has none of the jobs.
public struct NothingSubmitted: ExitingError, Sendable, Equatable {
  /// Why.
  public var error: CampaignError
  /// How the program ends.
  public var status: ExitStatus { error.status }
  /// One line.
  public var description: String { error.description }
}

extension Submission.Target {
  /// For a sentence.
  public var scheddInWords: String {
    let name = schedd.map { "the schedd \($0)" } ?? "the local schedd"
    return pool.map { "\(name) of the pool \($0)" } ?? name
  }
}
