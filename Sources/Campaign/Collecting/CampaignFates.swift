import Deletion

/// Every file of a campaign once, in ``LFNOrder``, with its ``Fate``. Memory grows with the jobs and with the rounds, not
/// with the files.
struct CampaignFates {
  private var rounds: [RoundFates]
  /// What each route of the records is.
  private(set) var routes = ReportRoutes()

  init(_ status: CampaignStatus) {
    rounds = status.rounds.map { RoundFates($0, status) }
  }

  /// What the jobs have to say that were read so far; all of them at the end.
  var accounts: [JobAccount] { rounds.flatMap(\.accounts).sorted { $0.id < $1.id } }

  /// The same of warnings.
  var warnings: [String] { rounds.flatMap(\.warnings.lines) }

  /// The next file; nil at the end.
  ///
  /// - Throws: ``CampaignError``, `FileError`, `ListError`.
  mutating func next() throws -> Fate? {
    var chosen: Fate?
    for index in rounds.indices {
      guard let fate = try rounds[index].peek(&routes) else { continue }
      guard let known = chosen else {
        chosen = fate
        continue
      }
      // Of two rounds the later one knows better.
      if !LFNOrder.precedes(known.record.lfn, fate.record.lfn) { chosen = fate }
    }
    guard let chosen else { return nil }
    for index in rounds.indices {
      while let fate = try rounds[index].peek(&routes), ExactName.same(fate.record.lfn, chosen.record.lfn) {
        rounds[index].advance()
      }
    }
    return chosen
  }
}
