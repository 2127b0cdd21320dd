import FoundationEssentials

/// How a campaign stands: every job of every round.
public struct CampaignStatus: Sendable {
  /// One job.
  public struct Job: Sendable {
    /// The job.
    public var id: JobID
    /// Its round.
    public var round: Int
    /// How many files it is to delete.
    public var files: Int
    /// `CLUSTER.PROC`; nil before it is submitted.
    public var condorID: String?
    /// What HTCondor knows of it.
    public var facts: JobFacts?
    /// Where HTCondor has it.
    public var place: JobStateTable.Place
    /// What is there of its report.
    public var report: ReportGlance
    /// How it stands.
    public var verdict: JobStateTable.Verdict

    /// Whether the schedd keeps it after its end, until its output has been fetched.
    public var isAtSchedd: Bool

    /// Files that are gone from the storage through this job, as far as it has told.
    public var gone: Int {
      if let sums = report.sums, !verdict.state.isToCome { return min(files, sums.gone) }
      guard verdict.state.isToCome, let progress = facts?.progress else { return 0 }
      return min(files, max(0, progress.done - progress.failed))
    }

    /// Files that it could not delete, as far as it has told.
    public var notGone: Int {
      if let sums = report.sums, !verdict.state.isToCome {
        return min(files, sums.notGone)
      }
      guard verdict.state.isToCome, let progress = facts?.progress else { return 0 }
      return min(files, progress.failed)
    }
  }

  /// The campaign.
  public var manifest: CampaignManifest
  /// The rounds.
  public var rounds: [RoundJobs]
  /// All jobs, by number.
  public var jobs: [Job]

  /// Files that are gone. No file is in a job again after it is gone.
  public var gone: Int { jobs.reduce(0) { $0 + $1.gone } }
  /// Files of the newest round that could not be deleted.
  public var notGone: Int { jobs.reduce(0) { $0 + ($1.round == rounds.count ? $1.notGone : 0) } }
  /// Whether jobs are to come.
  public var isRunning: Bool { jobs.contains { $0.verdict.state.isToCome } }
  /// Why schedds could not be asked, each once.
  public var problems: [String] {
    rounds.compactMap(\.problem).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  /// How many jobs are in each state, in the order of ``JobState``; empty ones are left out.
  public var counts: [(state: JobState, jobs: Int, files: Int)] {
    JobState.allCases.compactMap { state in
      let those = jobs.filter { $0.verdict.state == state }
      return those.isEmpty ? nil : (state, those.count, those.reduce(0) { $0 + $1.files })
    }
  }

  /// Looks at everything there is of a campaign.
  ///
  /// - Parameter before: what was found the last time: what can't change any more is not looked at again.
  /// - Throws: ``CampaignError``, `FileError`.
  public static func read(
    _ folder: CampaignFolder, from queue: any CampaignQueue, before: CampaignStatus? = nil
  )
    async throws -> CampaignStatus
  {
    let manifest = try CampaignFiles.manifest(folder)
    var status = CampaignStatus(manifest: manifest, rounds: [], jobs: [])
    for record in try CampaignFiles.rounds(folder) {
      let earlier = before?.rounds.first { $0.record.round == record.round }
      let round = try await RoundJobs.read(
        folder.round(record.round), record, campaign: manifest.id, from: queue, before: earlier)
      status.add(round, before: earlier, before?.jobs.filter { $0.round == record.round })
    }
    return status
  }

  /// Notes whose output has come home: what they have not brought they never will.
  public mutating func noteFetched(_ fetched: Set<JobID>) {
    for index in jobs.indices where fetched.contains(jobs[index].id) && jobs[index].place == .waiting {
      jobs[index].place = .ended
      jobs[index].verdict = JobStateTable.verdict(.ended, jobs[index].facts, jobs[index].report)
    }
  }

  private mutating func add(_ round: RoundJobs, before: RoundJobs?, _ jobsBefore: [Job]?) {
    for (index, job) in round.record.jobs.enumerated() {
      let place = round.place(index)
      let facts = round.facts[index]
      // A job that has ended by the history has brought back all that it ever will.
      let known = jobsBefore.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      let report: ReportGlance =
        if let known, known.facts?.source == .history, known.facts == facts {
          known.report
        } else {
          ReportGlance(round.folder.job(job.id), of: manifest)
        }
      jobs.append(
        Job(
          id: job.id, round: round.record.round, files: job.files, condorID: round.condorID(index),
          facts: facts,
          place: place, report: report, verdict: JobStateTable.verdict(place, facts, report),
          isAtSchedd: place == .waiting))
    }
    rounds.append(round)
  }
}
