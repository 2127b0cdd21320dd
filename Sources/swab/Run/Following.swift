import Deletion
import Logging

/// Lets a run be followed: on standard error, and in its job ad.
struct Following {
  /// To be told of every file that has settled.
  let progress = RunProgress()
  private let report: ProgressReport?
  private let jobAd: JobAdProgress?
  private let counts: @Sendable () async -> OutcomeCounts

  /// Nil where nobody follows.
  init?(
    total: Int, recorder: ReportRecorder, _ options: LogOptions, environment: [String: String], log: Logger
  ) {
    counts = { [progress] in
      let early = progress.counts
      var counts = await recorder.totals.counts
      // A parcel that ends just now is in both.
      for outcome in Outcome.allCases {
        counts[outcome] += max(0, min(early[outcome], total - counts.requested))
      }
      return counts
    }
    report = ProgressReport(options.progress, quiet: options.quiet, total: total, counts: counts)
    jobAd = JobAdProgress(environment: environment, total: total, log: log)
    if report == nil, jobAd == nil { return nil }
  }

  /// Does the work.
  func during(stop: StopSignal, _ work: () async throws -> Void) async throws {
    func shown() async throws {
      if let report { try await report.during(work) } else { try await work() }
    }
    guard let jobAd else { return try await shown() }
    // Not at once: what an earlier run has settled is known when the lists have been read.
    try await Meanwhile.every(
      JobAdProgress.interval, first: .seconds(2), { await jobAd.tell(counts()) }, during: shown)
    // Who was told to stop has no time for a starter that is slow.
    if stop.reason == nil { await jobAd.tell(counts()) }
  }
}
