import Deletion

/// From what HTCondor and a job's report say to how the job stands: the first row that fits counts.
///
/// | # | HTCondor | report | state |
/// | --- | --- | --- | --- |
/// | 1 | never submitted | any | planned |
/// | 2 | submission begun, no cluster | any | submitting |
/// | 3 | still to be made by the schedd (max_materialize) | any | idle |
/// | 4 | held (5) | any | held; the hold code tells why |
/// | 5 | idle (1) | any | idle |
/// | 6 | running (2) | any | running |
/// | 7 | transferring output (6) | any | transferring |
/// | 8 | suspended (7) | any | suspended |
/// | 9 | removed (3), still in the queue | any | leaving |
/// | 10 | ended (4, or 3 after 4), spooled, in the queue | missing, wrapper's, incomplete, broken | ended |
/// | 11 | not there any more | complete, exit 0 | done |
/// | 12 | | complete, exit 1 | partly |
/// | 13 | | complete, exit 75 or 85 | stoppedEarly |
/// | 14 | | complete, any other exit | failed |
/// | 15 | removed (3) before its end | not complete | removed |
/// | 16 | ended | the wrapper's | failed |
/// | 17 | ended | incomplete | failed |
/// | 18 | ended | broken | failed |
/// | 19 | ended by a signal | missing | failed |
/// | 20 | ended with an exit code | missing | failed |
/// | 21 | unknown | not complete | lost |
///
/// "Not there any more" is ended, removed and unknown. A whole report counts for more than what HTCondor says of the end:
/// a removed job may have reported before, and without accounting a batch system behind BLAH gives exit code 0 always.
/// HTCondor's exit code decides nothing; it is shown where there is no report.
public enum JobStateTable {
  /// How HTCondor sees a job.
  public enum Place: String, Sendable, CaseIterable {
    /// The round has not been submitted.
    case unsubmitted
    /// ``Submission/cluster`` is missing.
    case uncertain
    /// The schedd makes the job later.
    case unmade
    /// `JobStatus` 1.
    case idle
    /// `JobStatus` 2.
    case running
    /// `JobStatus` 5.
    case held
    /// `JobStatus` 6.
    case transferring
    /// `JobStatus` 7.
    case suspended
    /// `JobStatus` 3, before its end, and still in the queue: it may be running until the schedd hears that it is not.
    case leaving
    /// `JobStatus` 4, with its output still at the schedd.
    case waiting
    /// `JobStatus` 4, or 3 after 4.
    case ended
    /// `JobStatus` 3, before its end.
    case removed
    /// Neither in the queue nor in the history nor, with an end, in the event log.
    case unknown
  }

  /// One row.
  public struct Row: Sendable {
    /// As in the table above.
    public var number: Int
    var places: [Place]
    var reports: [ReportGlance.Kind]
    var exits: [Int32]?
    var bySignal: Bool?
    /// What it means.
    public var state: JobState
    /// What to do; nil: nothing.
    public var advice: String?

    func fits(_ place: Place, _ report: ReportGlance, _ facts: JobFacts?) -> Bool {
      places.contains(place) && reports.contains(report.kind)
        && exits.map { exits in report.exitCode.map(exits.contains) ?? false } ?? true
        && bySignal.map { $0 == (facts?.exitSignal != nil) } ?? true
    }

    init(
      _ number: Int, _ places: [Place], _ reports: [ReportGlance.Kind],
      exits: [Int32]? = nil, bySignal: Bool? = nil, _ state: JobState, _ advice: String? = nil
    ) {
      self.number = number
      self.places = places
      self.reports = reports
      self.exits = exits
      self.bySignal = bySignal
      self.state = state
      self.advice = advice
    }
  }

  private static let gone: [Place] = [.waiting, .ended, .removed, .unknown]
  private static let every = ReportGlance.Kind.allCases
  private static let notComplete: [ReportGlance.Kind] = [.missing, .wrapper, .incomplete, .broken]
  private static let nextRound = "\"collect\", then \"resubmit\""

  /// The table.
  public static let rows: [Row] = [
    Row(1, [.unsubmitted], every, .planned, "\"submit\""),
    Row(2, [.uncertain], every, .submitting, "\"submit\" again: it finds out, and submits nothing twice"),
    Row(3, [.unmade], every, .idle),
    Row(4, [.held], every, .held),
    Row(5, [.idle], every, .idle),
    Row(6, [.running], every, .running),
    Row(7, [.transferring], every, .transferring),
    Row(8, [.suspended], every, .suspended),
    Row(9, [.leaving], every, .leaving),
    Row(10, [.waiting], notComplete, .ended, "\"collect\" fetches its output"),
    Row(11, gone, [.complete], exits: [ExitStatus.allGone.rawValue], .done),
    Row(12, gone, [.complete], exits: [ExitStatus.someNotGone.rawValue], .partly, nextRound),
    Row(
      13, gone, [.complete], exits: [ExitStatus.stoppedEarly.rawValue, ExitStatus.checkpoint.rawValue],
      .stoppedEarly, nextRound),
    Row(14, gone, [.complete], .failed, "see job.err in its folder; \(nextRound)"),
    Row(15, [.removed], notComplete, .removed, nextRound),
    Row(16, [.ended], [.wrapper], .failed, "see job.err in its folder; \(nextRound)"),
    Row(17, [.ended], [.incomplete], .failed, nextRound),
    Row(18, [.ended], [.broken], .failed, nextRound),
    Row(19, [.ended], [.missing], bySignal: true, .failed, nextRound),
    Row(20, [.ended], [.missing], .failed, "see job.err in its folder; \(nextRound)"),
    Row(
      21, [.unknown], notComplete, .lost,
      "look for it at the schedd by hand if it may still run there; \(nextRound)"),
  ]

  /// Where a job stands.
  public struct Verdict: Sendable, Equatable {
    /// The state.
    public var state: JobState
    /// The number of the row that fitted.
    public var row: Int
    /// Why, in one line, without the state itself; nil where there is nothing to say.
    public var words: String?
    /// What to do; nil: nothing.
    public var advice: String?
  }

  /// Looks it up.
  public static func verdict(_ place: Place, _ facts: JobFacts?, _ report: ReportGlance) -> Verdict {
    for row in rows where row.fits(place, report, facts) {
      return Verdict(
        state: row.state, row: row.number, words: words(place, facts, report),
        advice: row.state == .held ? HoldReason.of(facts?.holdCode).advice : row.advice)
    }
    // Rows 1 to 10, 11 to 14 and 15 to 21 cover every place with every kind of report; a test goes through all of them.
    return Verdict(state: .lost, row: 0, words: nil, advice: nil)
  }

  /// Which place a job is in that was submitted.
  ///
  /// - Parameters:
  ///   - isSpooled: whether its output has to be fetched.
  ///   - isUnmade: whether the schedd is still to make it.
  ///   - wasAsked: whether the schedd could be asked: then a job that it does not have is not under way, whatever a log
  ///     says that was cut short.
  public static func place(_ facts: JobFacts?, isSpooled: Bool, isUnmade: Bool, wasAsked: Bool) -> Place {
    guard let facts, let status = facts.status else { return isUnmade ? .unmade : .unknown }
    if facts.source == .events, wasAsked, status.isLive { return .unknown }
    switch status {
    case .idle: return .idle
    case .running: return .running
    case .held: return .held
    case .transferring: return .transferring
    case .suspended: return .suspended
    case .completed: return isSpooled && facts.source == .queue ? .waiting : .ended
    case .removed:
      if facts.hasEnded { return .ended }
      return facts.source == .queue ? .leaving : .removed
    }
  }

  private static func words(_ place: Place, _ facts: JobFacts?, _ report: ReportGlance) -> String? {
    switch place {
    case .unsubmitted, .uncertain, .idle, .running, .transferring, .suspended, .leaving, .waiting: nil
    case .unmade: "the schedd makes it when others have ended"
    case .held:
      HoldReason.of(facts?.holdCode).words + (facts?.holdReason.map { ": \($0)" } ?? "")
    case .ended, .removed, .unknown: endWords(place, facts, report)
    }
  }

  private static func endWords(_ place: Place, _ facts: JobFacts?, _ report: ReportGlance) -> String {
    var words: [String] = []
    switch report {
    case .missing: words.append("no report")
    case .broken(let reason): words.append("its report can't be used: \(reason)")
    case .wrapper(let reason): words.append("its payload did not report: \(reason)")
    case .incomplete(let reason, _): words.append("its report is incomplete: \(reason)")
    case .complete(let code, let reason, _): return "exit \(code): \(reason)"
    }
    switch place {
    case .removed: words.append("removed\(facts?.removeReason.map { " (\($0))" } ?? "")")
    case .unknown: words.append("neither the queue nor the history nor the event log knows its end")
    default:
      if let signal = facts?.exitSignal { words.append("ended by signal \(signal)") }
      if let code = facts?.exitCode { words.append("ended with exit code \(code)") }
    }
    return words.joined(separator: "; ")
  }
}
