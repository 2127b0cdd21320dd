import ByteStreams
import FoundationEssentials
import HTTPTransport

/// What there is to plan from, before a list is fetched: the newest scan of the consistency monitor, or a list that is a
/// file.
package struct NewestScan: Sendable, Equatable {
  /// Its name; of a list without one the time when it was made. What ``CampaignManifest/Source`` will say of it.
  package var run: String
  /// When it began, or when the list was made.
  package var started: Date
  /// When it ended.
  package var finished: Date?
  /// `done`, `started` or `failed`.
  package var status: String
  /// Why it failed.
  package var problem: String?
  /// Whether not even the topmost directory could be listed.
  package var rootFailed = false
  /// How many files it found.
  package var files: Int?
  /// How many bytes are in them.
  package var bytes: Int?

  /// Asks, and fetches no list.
  ///
  /// - Parameters:
  ///   - from: as ``PlanRequest/from``.
  ///   - stats: as ``PlanRequest/stats``.
  /// - Throws: ``CampaignError``: `noInput` where there is no scan; `FileError`.
  package static func find(from: String, stats: String?, rse: String, web: any ListClient) throws
    -> NewestScan
  {
    if HTTPURL.isMeant(by: from) {
      let status = try ConsistencyMonitor(HTTPURL(option: from), rse: rse).status(HTTPFetch(client: web))
      return try NewestScan(status, source: from)
    }
    if let stats { return try NewestScan(ScanStatus.read(file: stats, rse: rse), source: stats) }
    let made = try ListAge.made(OpenFile(readingRegular: from), path: from)
    return NewestScan(run: run(made: made), started: made, status: "done")
  }

  /// What a list without a scan is called.
  static func run(made: Date) -> String { made.formatted(.iso8601) }

  private init(run: String, started: Date, status: String) {
    (self.run, self.started, self.status) = (run, started, status)
  }

  private init(_ found: ScanStatus, source: String) throws(CampaignError) {
    guard let run = found.run, !run.isEmpty, let started = found.started else {
      throw CampaignError(.badInput, "\(source): the scan has no name or no start time")
    }
    self.init(run: run, started: started, status: found.status ?? "in no known state")
    problem = found.error
    rootFailed = found.rootFailed ?? false
    files = found.files
    finished = found.end?.value.map { Date(timeIntervalSince1970: $0) }
    // More than an integer holds is no size.
    bytes = found.gigabytes?.value.flatMap { Int(exactly: ($0 * 1e9).rounded()) }
  }
}
