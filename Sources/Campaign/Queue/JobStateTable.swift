import JobReports

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
/// | 22 | out of sight: the event log has it and no end of it, or a schedd of the same name elsewhere does not have it | not complete | unknown |
/// | 23 | not asked: the schedd gave no answer, and the event log says nothing | not complete | unknown |
/// | 24 | its round was submitted without it | any | planned |
///
/// "Not there any more" is ended, removed, unknown, out of sight and not asked. A whole report counts for more than what HTCondor says of the end:
/// a removed job may have reported before, and without accounting a batch system behind BLAH gives exit code 0 always.
/// HTCondor's exit code decides nothing; it is shown where there is no report.
package enum JobStateTable {
  /// How HTCondor sees a job.
  package enum QueueState: String, Sendable, CaseIterable {
    /// The round has not been submitted.
    case unsubmitted
    /// The round was submitted without it (`max-jobs`): it is left for the next round.
    case left
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
    /// Neither in the queue nor in the history, and the event log does not have it.
    case unknown
    /// Neither in the queue nor in the history of the schedd that answered, while the event log has it at work, or that
    /// schedd is at another address than the one that took it: another schedd may have it, or the end was not written.
    case outOfSight
    /// No schedd answered, and the event log does not have it.
    case notAsked
  }

  /// One row.
  package struct Row: Sendable {
    /// As in the table above.
    package var number: Int
    var queueStates: [QueueState]
    var reports: [ReportSummary.Kind]
    var exits: [Int32]?
    var bySignal: Bool?
    /// What it means.
    package var state: JobState
    /// What to do; nil: nothing.
    package var advice: String?

    func fits(_ queueState: QueueState, _ report: ReportSummary, _ facts: JobFacts?) -> Bool {
      queueStates.contains(queueState) && reports.contains(report.kind)
        && exits.map { exits in report.exitCode.map(exits.contains) ?? false } ?? true
        && bySignal.map { $0 == (facts?.exitSignal != nil) } ?? true
    }

    init(
      _ number: Int, _ queueStates: [QueueState], _ reports: [ReportSummary.Kind],
      exits: [Int32]? = nil, bySignal: Bool? = nil, _ state: JobState, _ advice: String? = nil
    ) {
      self.number = number
      self.queueStates = queueStates
      self.reports = reports
      self.exits = exits
      self.bySignal = bySignal
      self.state = state
      self.advice = advice
    }
  }

  private static let gone: [QueueState] = [.waiting, .ended, .removed, .unknown, .outOfSight, .notAsked]
  private static let every = ReportSummary.Kind.allCases
  private static let notComplete: [ReportSummary.Kind] = [.missing, .wrapper, .incomplete, .broken]
  private static let nextRound = "\"collect\", then \"resubmit\""

  /// The table.
  package static let rows: [Row] = [
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
    Row(14, gone, [.complete], .failed, "see job.err in its directory; \(nextRound)"),
    Row(15, [.removed], notComplete, .removed, nextRound),
    Row(16, [.ended], [.wrapper], .failed, "see job.err in its directory; \(nextRound)"),
    Row(17, [.ended], [.incomplete], .failed, nextRound),
    Row(18, [.ended], [.broken], .failed, nextRound),
    Row(19, [.ended], [.missing], bySignal: true, .failed, nextRound),
    Row(20, [.ended], [.missing], .failed, "see job.err in its directory; \(nextRound)"),
    Row(
      21, [.unknown], notComplete, .lost,
      "look for it at the schedd by hand if it may still run there; \(nextRound)"),
    Row(
      22, [.outOfSight], notComplete, .unknown,
      "ask the schedd that took it; where it is certain that the job is no more, \"resubmit --assume-lost\""),
    Row(23, [.notAsked], notComplete, .unknown, "ask again when the schedd answers"),
    Row(24, [.left], every, .planned, "\"resubmit\" submits it, when the others have ended"),
  ]

  /// Where a job stands.
  package struct Assessment: Sendable, Equatable {
    /// The state.
    package var state: JobState
    /// The number of the row that fitted.
    package var row: Int
    /// Why, in one line, without the state itself; nil where there is nothing to say.
    package var text: String?
    /// What to do; nil: nothing.
    package var advice: String?
  }

  /// Looks it up.
  package static func assessment(_ queueState: QueueState, _ facts: JobFacts?, _ report: ReportSummary)
    -> Assessment
  {
    for row in rows where row.fits(queueState, report, facts) {
      return Assessment(
        state: row.state, row: row.number, text: text(queueState, facts, report),
        advice: row.state == .held ? HoldReason.of(facts?.holdCode).advice : row.advice)
    }
    // Rows 1 to 10 and 24, 11 to 14 and 15 to 23 cover every place with every kind of report; a test goes through all of them.
    return Assessment(state: .lost, row: 0, text: nil, advice: nil)
  }

  /// Which place a job is in that was submitted.
  ///
  /// - Parameters:
  ///   - isSpooled: whether its output has to be fetched.
  ///   - isUnmade: whether the schedd is still to make it.
  ///   - wasAsked: whether the schedd could be asked. That it does not have a job which the log has at work says nothing:
  ///     the log may lack the end, or another schedd may have answered.
  ///   - address: where the schedd is that was asked.
  package static func queueState(
    _ facts: JobFacts?, isSpooled: Bool, isUnmade: Bool, wasAsked: Bool, address: ScheddAddress = .same
  ) -> QueueState {
    guard let facts, let status = facts.status else {
      // It is there, whatever the number means that the schedd gives for its status.
      if facts?.source == .queue { return .idle }
      if isUnmade { return .unmade }
      guard wasAsked else { return .notAsked }
      return address == .same ? .unknown : .outOfSight
    }
    if facts.source == .events, wasAsked, status.isLive { return .outOfSight }
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

  private static func text(_ queueState: QueueState, _ facts: JobFacts?, _ report: ReportSummary) -> String? {
    switch queueState {
    case .unsubmitted, .uncertain, .idle, .running, .transferring, .suspended, .leaving, .waiting: nil
    case .left: "its round was submitted without it"
    case .unmade: "the schedd makes it when others have ended"
    case .held:
      HoldReason.of(facts?.holdCode).text + (facts?.holdReason.map { ": \($0)" } ?? "")
    case .ended, .removed, .unknown, .outOfSight, .notAsked: endText(queueState, facts, report)
    }
  }

  private static func endText(_ queueState: QueueState, _ facts: JobFacts?, _ report: ReportSummary) -> String
  {
    var text: [String] = []
    switch report {
    case .missing: text.append("no report")
    case .broken(let reason): text.append("its report can't be used: \(reason)")
    case .wrapper(let reason): text.append("its payload did not report: \(reason)")
    case .incomplete(let reason, _): text.append("its report is incomplete: \(reason)")
    case .complete(let code, let reason, _): return "exit \(code): \(reason)"
    }
    switch queueState {
    case .removed: text.append("removed\(facts?.removeReason.map { " (\($0))" } ?? "")")
    case .unknown: text.append("neither the queue nor the history nor the event log knows its end")
    case .outOfSight:
      text.append("the event log has no end of it, and the schedd that answered does not have it")
    case .notAsked: text.append("the schedd could not be asked, and the event log does not have it")
    default:
      if let signal = facts?.exitSignal { text.append("ended by signal \(signal)") }
      if let code = facts?.exitCode { text.append("ended with exit code \(code)") }
    }
    return text.joined(separator: "; ")
  }
}
