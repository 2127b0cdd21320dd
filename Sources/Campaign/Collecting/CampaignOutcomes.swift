import DeletionModel
import JobReports

/// Every file of a campaign once, in ``LFNOrder``, with its ``FileOutcome``. Memory grows with the jobs and with the rounds, not
/// with the files.
package struct CampaignOutcomes {
  private var rounds: [RoundOutcomes]
  /// What each route of the records is.
  private(set) var routes = ReportRoutes()

  package init(_ status: CampaignStatus) {
    rounds = status.rounds.map { RoundOutcomes($0, status) }
  }

  /// What the jobs have to say that were read so far; all of them at the end.
  var accounts: [JobAccount] { rounds.flatMap(\.accounts).sorted { $0.id < $1.id } }

  /// The same of warnings.
  var warnings: [String] { rounds.flatMap(\.warnings.lines) }

  /// The next file; nil at the end.
  package mutating func next() -> FileOutcome? {
    var chosen: FileOutcome?
    for index in rounds.indices {
      guard let outcome = rounds[index].peek(&routes) else { continue }
      guard let known = chosen else {
        chosen = outcome
        continue
      }
      // Of two rounds the later one knows better.
      if !LFNOrder.precedes(known.record.lfn, outcome.record.lfn) { chosen = outcome }
    }
    guard var chosen else { return nil }
    var timesAbsent = 0
    for index in rounds.indices {
      while let outcome = rounds[index].peek(&routes), ExactName.same(outcome.record.lfn, chosen.record.lfn) {
        if outcome.isDoubted { timesAbsent += 1 }
        rounds[index].advance()
      }
    }
    // A file that is really not there is absent in every round. It counts as gone when a second round says so, on a
    // machine that has found others.
    if chosen.isDoubted, timesAbsent < 2 || !chosen.isHostTrusted { chosen.becomeSuspect() }
    return chosen
  }
}
