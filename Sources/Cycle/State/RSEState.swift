import Campaign
import DeletionModel
import FoundationEssentials

/// `state.json`, `swab.cycle-rse/1`: how an RSE stands.
package struct RSEState: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.cycle-rse/1"

  /// A scan, as the consistency monitor told of it.
  package struct Scan: Sendable, Equatable, Codable {
    /// Its name; of a list without one, the time when it was made.
    package var run: String
    /// When it began. ISO 8601.
    package var started: String
    /// When it ended, where that is known.
    package var finished: String?
    /// How many files it found.
    package var files: Int?
    /// How many bytes they have.
    package var bytes: Int?
    /// `done`, `started` or `failed`.
    package var status: String?

    package init(
      run: String, started: String, finished: String? = nil, files: Int? = nil, bytes: Int? = nil,
      status: String? = nil
    ) {
      (self.run, self.started, self.finished, self.files, self.bytes) = (run, started, finished, files, bytes)
      self.status = status
    }
  }

  /// A scan whose list was refused.
  package struct Refusal: Sendable, Equatable, Codable {
    package var run: String
    /// When. ISO 8601.
    package var time: String
    /// A digest of the configuration.
    package var configuration: String
    /// What was wrong.
    package var detail: String?
  }

  /// What came of a campaign.
  package struct Result: Sendable, Equatable, Codable {
    /// The campaign's directory.
    package var campaign: String
    /// The scan that it was planned from.
    package var run: String
    /// When it was planned, and when the cycle was done with it. ISO 8601.
    package var planned: String
    package var ended: String?
    /// The reason why it was over.
    package var reason: Reason?
    /// Entries of the list.
    package var listed = 0
    /// Files of the plan.
    package var files = 0
    /// What has become of them, as the last `collect` says.
    package var deleted = 0
    package var absent = 0
    package var notGone = 0
    /// Bytes of the deleted files whose size is known; nil before it was told.
    package var bytesFreed: Int?
    /// Whether there are deleted files of unknown size; nil likewise.
    package var bytesFreedIsPartial: Bool?
    /// The class of the most errors; nil for none.
    package var worstError: String?
    /// How many files failed by which class of error.
    package var errors: [String: Int]?
    /// Rounds that were submitted.
    package var rounds = 0
    /// Whether it was a trial of a few files while the RSE was blocked.
    package var isProbe: Bool?

    package init(campaign: String, run: String, planned: String) {
      (self.campaign, self.run, self.planned) = (campaign, run, planned)
    }

    package var gone: Int { deleted + absent }

    /// Whether it was a trial: see ``isProbe``.
    var isTrial: Bool { isProbe == true }

    /// Takes what the history has of the campaign: it is in the sums already.
    mutating func recount(_ events: [Event]) {
      for event in events where event.campaign == campaign {
        deleted += event.deleted ?? 0
        absent += event.absent ?? 0
        notGone = event.left ?? notGone
        if event.event == "submitted" { rounds = max(rounds, event.round ?? 0) }
        guard let bytes = event.bytesFreed else { continue }
        var freed = FreedBytes(bytes: bytesFreed ?? 0)
        freed.add(change: bytes, isPartial: event.bytesFreedIsPartial ?? true)
        (bytesFreed, bytesFreedIsPartial) = (freed.bytes, freed.isPartial)
      }
    }
  }

  /// Sums over all campaigns.
  package struct Totals: Sendable, Equatable, Codable {
    package var campaigns = 0
    package var deleted = 0
    package var absent = 0
    /// Bytes of deleted files whose size was told; nil: none was.
    package var bytesFreed: Int?
    /// Whether there were deleted files of unknown size; nil before any size was told.
    package var bytesFreedIsPartial: Bool?

    package init() {}

    /// What the deleted files took up.
    package var freed: FreedBytes {
      FreedBytes(bytes: bytesFreed, isPartial: bytesFreedIsPartial, deleted: deleted)
    }
  }

  /// Something that was done, as a line of `history.jsonl`.
  package struct Event: Sendable, Equatable, Codable {
    /// From 1, without gaps.
    package var sequence: Int
    /// ISO 8601.
    package var time: String
    /// What: `planned`, `submitted`, `collected`, `ended`, `phase`.
    package var event: String
    package var phase: Phase
    package var reason: Reason
    package var campaign: String?
    package var round: Int?
    package var jobs: Int?
    package var files: Int?
    /// What a `collected` adds to what was known before.
    package var deleted: Int?
    package var absent: Int?
    package var bytesFreed: Int?
    /// Whether there are deleted files of unknown size.
    package var bytesFreedIsPartial: Bool?
    /// Files of the campaign that are not gone.
    package var left: Int?
    package var detail: String?
  }

  package var schema = RSEState.schema
  package var rse: String
  package var site: String?
  package var phase = Phase.idle
  package var reason = Reason.new
  /// One line about it, with names and numbers.
  package var detail: String?
  /// Since when phase and reason are these. ISO 8601.
  package var since: String
  /// When somebody looked last. ISO 8601.
  package var looked: String
  /// The newest scan that was seen.
  package var scan: Scan?
  /// The newest scan that was planned in full, or of which nothing was to be deleted: it is not planned again, but for the
  /// trials of a blocked RSE.
  package var planned: Scan?
  /// A list that was refused, so that it is not fetched with each pass.
  package var refusal: Refusal?
  /// The campaign that is at work: a directory below `campaigns`.
  package var campaign: String?
  /// Its newest round.
  package var round: Int?
  /// Its jobs by their state.
  package var jobs: [String: Int] = [:]
  /// Files of its jobs that have not ended.
  package var filesInFlight = 0
  /// When something is due next; nil: at the next pass. ISO 8601.
  package var nextDue: String?
  /// Campaigns in a row that deleted little.
  package var poor = 0
  /// Campaigns in a row that ended for want of credentials.
  package var unauthorized = 0
  /// While blocked: a digest of the configuration that did not work.
  package var blockedConfiguration: String?
  /// When the last trial of a blocked RSE was made. ISO 8601.
  package var probed: String?
  package var totals = Totals()
  /// Campaigns, the newest last: at most ten, and ten trials.
  package var campaigns: [Result] = []
  /// The number of the newest event.
  package var sequence = 0
  /// The newest event, which `history.jsonl` may lack after a kill.
  package var event: Event?

  package init(rse: String, site: String?, now: String) {
    (self.rse, self.site, since, looked) = (rse, site, now, now)
  }

  /// How many campaigns are kept in ``campaigns``, and how many trials: these come every day, and what campaigns came to
  /// decides about the next one.
  static let campaignsKept = 10

  /// What is known of the campaign that is at work.
  package var current: Result? {
    get { campaign.flatMap { id in campaigns.last { $0.campaign == id } } }
    set {
      guard let newValue else { return }
      if let index = campaigns.lastIndex(where: { $0.campaign == newValue.campaign }) {
        campaigns[index] = newValue
      } else {
        campaigns.append(newValue)
        let same = campaigns.indices.filter { campaigns[$0].isTrial == newValue.isTrial }
        if same.count > Self.campaignsKept { campaigns.remove(at: same[0]) }
      }
    }
  }

  /// How an RSE stands of which only the history is left: what was told of its campaigns is not told again.
  ///
  /// - Parameter newest: the campaign that is taken up again; it is not over.
  mutating func recount(_ events: [Event], newest: String?) {
    sequence = events.last?.sequence ?? 0
    var freed = FreedBytes()
    for event in events {
      totals.deleted += event.deleted ?? 0
      totals.absent += event.absent ?? 0
      guard let bytes = event.bytesFreed else { continue }
      freed.add(change: bytes, isPartial: event.bytesFreedIsPartial ?? true)
      (totals.bytesFreed, totals.bytesFreedIsPartial) = (freed.bytes, freed.isPartial)
    }
    totals.campaigns =
      Set(events.filter { $0.event == "ended" && $0.campaign != newest }.compactMap(\.campaign)).count
  }
}
