import Campaign

/// What a configuration says of one RSE. The defaults hold where it says nothing.
package struct RSESettings: Sendable, Equatable {
  /// `site`: whose worker nodes run the jobs; nil: not known.
  package var site: String?
  /// `enabled`: whether anything is planned or submitted.
  package var isEnabled = true
  /// `from`: the consistency monitor's URL, or a list that is a file.
  package var from: String?
  /// `stats`: for a list that is a file, what the monitor says of its scan.
  package var stats: String?
  /// `protected`: lists of protected LFNs, united.
  package var protected: [String] = []
  /// `accept`: what is planned and submitted although it would be refused.
  package var accepted: Set<Acceptance> = []
  /// `exclude`: paths that nothing is planned at or below.
  package var exclude: [String] = []
  /// `include`: paths that the plan is restricted to; empty: everything.
  package var include: [String] = []
  /// `allow`: allowed roots; empty: `/store/unmerged/`.
  package var allow: [String] = []
  /// `files-per-job`; nil: `auto`.
  package var filesPerJob: Int?
  /// `max-files` of a campaign; nil: all.
  package var maxFiles: Int?
  /// `max-age-hours`: how old a scan may be.
  package var maxAgeHours = 72.0
  /// `protected-max-age-hours`: how old a protected list that is a file may be.
  package var protectedMaxAgeHours = 24.0
  /// `max-fraction`: the largest part of a scan that is deleted without a person's approval.
  package var maxFraction = 0.9
  /// `max-growth`: how many times the median of the last campaigns is deleted without a person's approval.
  package var maxGrowth = 3.0
  /// `approval-files`: fewer files than this never need an approval.
  package var approvalFiles = 1000
  /// `max-rounds` of a campaign.
  package var maxRounds = 4
  /// `max-campaign-hours`: after that no further round is made.
  package var maxCampaignHours = 72.0
  /// `min-deleted-fraction`: a campaign that deletes a smaller part of its files is followed by a rest.
  package var minDeletedFraction = 0.1
  /// `probe-files`: how many files are tried once a day while an RSE is blocked.
  package var probeFiles = 20
  /// `jobs-in-flight`: the most jobs of the RSE in the queue.
  package var jobsInFlight = 50
  /// `files-in-flight`: the most files of jobs in the queue.
  package var filesInFlight = 10_000_000
  /// `storage-host`: what storage it is, where several RSEs share one; nil: the RSE's own.
  package var storageHost: String?
  /// `files-per-day`: the most files that are submitted in 24 hours.
  package var filesPerDay = 5_000_000
  /// `keep-days`: how long campaigns that are over are kept.
  package var keepDays = 90.0
  /// `keep-campaigns`: how many campaigns are kept.
  package var keepCampaigns = 10
  /// `keep-gigabytes`: what all campaigns of the RSE may take of the disk, in 10^9 bytes; nil: anything.
  package var keepGigabytes: Double?
  /// `window`: when something may be planned or submitted; nil: always.
  package var window: TimeWindow?
  /// `schedd`, `pool`, `spool`, `ce`, `grid-resource`: where jobs go.
  package var target = Submission.Target()
  /// The keys of `[job]` and `[site]`.
  package var job = JobSettings()

  package init() {}
}
