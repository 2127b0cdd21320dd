import DeletionModel
import FoundationEssentials

/// How a campaign stands: every job of every round.
package struct CampaignStatus: Sendable {
  /// One job.
  package struct Job: Sendable {
    /// The job.
    package var id: JobID
    /// Its round.
    package var round: Int
    /// How many files it is to delete.
    package var files: Int
    /// `CLUSTER.PROC`; nil before it is submitted.
    package var condorID: String?
    /// What HTCondor knows of it.
    package var facts: JobFacts?
    /// Where HTCondor has it.
    package var queueState: JobStateTable.QueueState
    /// What is there of its report.
    package var report: ReportSummary
    /// How it stands.
    package var assessment: JobStateTable.Assessment

    /// Whether the schedd keeps it after its end, until its output has been fetched.
    package var isAtSchedd: Bool
    /// What a report in its directory has to be of.
    package var owner: ReportOwner
    /// How many files it calls absent that count as not gone: see ``HostTable``.
    package var doubted = 0

    /// The machine that it ran on last, as HTCondor names it, or else as its report does.
    package var host: String? { facts?.host ?? report.sums?.host }

    /// Files that are gone from the storage through this job, as far as it has told.
    package var gone: Int {
      if let sums = report.sums, !assessment.state.isToCome { return max(0, min(files, sums.gone) - doubted) }
      guard assessment.state.isToCome, let progress = facts?.progress else { return 0 }
      return min(files, max(0, progress.done - progress.failed))
    }

    /// What the files took up that it has deleted. While it is at work it does not tell.
    package var freed: FreedBytes {
      if let sums = report.sums, !assessment.state.isToCome { return sums.freed }
      return FreedBytes(isPartial: gone > 0)
    }

    /// Files that it could not delete, as far as it has told.
    package var notGone: Int {
      if let sums = report.sums, !assessment.state.isToCome {
        return min(files, sums.notGone + doubted)
      }
      guard assessment.state.isToCome, let progress = facts?.progress else { return 0 }
      return min(files, progress.failed)
    }
  }

  /// The campaign.
  package var manifest: CampaignManifest
  /// The rounds.
  package var rounds: [RoundJobs]
  /// All jobs, by number.
  package var jobs: [Job]
  /// What each machine has done.
  package private(set) var hosts = HostTable()

  /// Files that are gone. No file is in a job again after it is gone: what the next round has was not, whatever is made now of
  /// what its job said.
  package var gone: Int {
    rounds.reduce(0) { sum, round in
      let told = jobs(of: round).reduce(0) { $0 + $1.gone }
      return sum + min(told, notTakenOn(round).map { max(0, $0 - leftOut(round)) } ?? told)
    }
  }
  /// What the deleted files took up.
  package var freed: FreedBytes { jobs.reduce(into: FreedBytes()) { $0.add($1.freed) } }
  /// Files of the newest round that could not be deleted, and those of earlier ones that no other round takes on.
  package var notGone: Int {
    rounds.reduce(0) { sum, round in
      sum
        + (notTakenOn(round).map { min($0, leftOut(round)) }
          ?? jobs(of: round).reduce(0) { $0 + $1.notGone })
    }
  }
  /// Whether jobs are to come.
  package var isRunning: Bool { jobs.contains { $0.assessment.state.isToCome } }
  /// Whether it is not known how jobs stand: the schedd that has them gave no answer, or does not know them.
  package var isUncertain: Bool {
    jobs.contains { $0.assessment.state == .unknown } || (!problems.isEmpty && isRunning)
  }
  /// Whether a schedd that has jobs did not let us in.
  package var isRefused: Bool { rounds.contains(where: \.isRefused) }
  /// How many files are called absent and count as not gone: see ``HostTable``. The next round has all of them.
  package var doubted: Int { rounds.last.map { jobs(of: $0).reduce(0) { $0 + $1.doubted } } ?? 0 }
  /// What has to be said first of them; nil: nothing.
  package var alarm: String? { hosts.alarm(doubted) }
  /// Why schedds could not be asked, each once.
  package var problems: [String] {
    rounds.compactMap(\.problem).reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private func jobs(of round: RoundJobs) -> [Job] { jobs.filter { $0.round == round.record.round } }

  /// How many files of a round the next one does not have; nil where there is no next one.
  private func notTakenOn(_ round: RoundJobs) -> Int? {
    rounds.first { $0.record.round == round.record.round + 1 }.map {
      max(0, round.record.files - $0.record.files)
    }
  }

  /// How many files of a round no other round would remove, by its reports.
  private func leftOut(_ round: RoundJobs) -> Int {
    jobs(of: round).reduce(0) { $0 + ($1.report.sums.map { min($0.permanent, $0.notGone) } ?? 0) }
  }

  /// How many jobs are in each state, in the order of ``JobState``; empty ones are left out.
  package var counts: [(state: JobState, jobs: Int, files: Int)] {
    JobState.allCases.compactMap { state in
      let those = jobs.filter { $0.assessment.state == state }
      return those.isEmpty ? nil : (state, those.count, those.reduce(0) { $0 + $1.files })
    }
  }

  /// Looks at everything there is of a campaign.
  ///
  /// - Parameter before: what was found the last time: what can't change any more is not looked at again.
  /// - Throws: ``CampaignError``, `FileError`.
  package static func read(
    _ directory: CampaignDirectory, from queue: any CampaignQueue, before: CampaignStatus? = nil
  )
    async throws -> CampaignStatus
  {
    let manifest = try CampaignFiles.manifest(directory)
    var status = CampaignStatus(manifest: manifest, rounds: [], jobs: [])
    let records = try CampaignFiles.rounds(directory)
    for record in records {
      let earlier = before?.rounds.first { $0.record.round == record.round }
      let round = try await RoundJobs.read(
        directory.round(record.round), record, campaign: manifest.id, from: queue, before: earlier)
      status.add(
        round, before?.jobs.filter { $0.round == record.round }, isNewest: record.round == records.count)
    }
    status.judgeHosts()
    return status
  }

  /// Notes whose output has come home: what they have not brought they never will.
  package mutating func noteFetched(_ fetched: Set<JobID>) {
    for index in jobs.indices where fetched.contains(jobs[index].id) && jobs[index].queueState == .waiting {
      jobs[index].queueState = .ended
      jobs[index].assessment = JobStateTable.assessment(.ended, jobs[index].facts, jobs[index].report)
    }
    judgeHosts()
  }

  /// Takes a person's word for it that jobs which are out of sight are no more.
  package mutating func assumeLost() {
    for index in jobs.indices where jobs[index].queueState == .outOfSight {
      jobs[index].queueState = .unknown
      jobs[index].assessment = JobStateTable.assessment(.unknown, jobs[index].facts, jobs[index].report)
    }
    judgeHosts()
  }

  private mutating func judgeHosts() {
    hosts = HostTable(jobs)
    for index in jobs.indices { jobs[index].doubted = hosts.doubted(jobs[index]) }
  }

  /// What a job can be by the event log alone, or where nobody says anything, and has not ended.
  private static let outOfQueue: Set<JobStateTable.QueueState> = [
    .outOfSight, .notAsked, .idle, .running, .held, .transferring, .suspended, .leaving,
  ]

  /// Jobs that were left for the next round are there until it is: it has their files. Once it is there, no job of an
  /// earlier one is at work.
  private mutating func add(_ round: RoundJobs, _ jobsBefore: [Job]?, isNewest: Bool) {
    for (index, job) in round.record.jobs.enumerated() {
      var queueState = round.queueState(index)
      if queueState == .left, !isNewest { break }
      // No next round is made while a job may be at work, unless a person says that those out of sight are no more.
      if !isNewest, Self.outOfQueue.contains(queueState), round.facts[index]?.source != .queue {
        queueState = .unknown
      }
      let facts = round.facts.indices.contains(index) ? round.facts[index] : nil
      let owner = ReportOwner(round, index, manifest)
      // A job that has ended by the history has brought back all that it ever will.
      let known = jobsBefore.flatMap { $0.indices.contains(index) ? $0[index] : nil }
      let report: ReportSummary =
        if let known, known.facts?.isFinal == true, known.facts == facts {
          known.report
        } else {
          ReportSummary(round.directory.job(job.id), of: owner)
        }
      jobs.append(
        Job(
          id: job.id, round: round.record.round, files: job.files, condorID: round.condorID(index),
          facts: facts,
          queueState: queueState, report: report,
          assessment: JobStateTable.assessment(queueState, facts, report),
          isAtSchedd: queueState == .waiting, owner: owner))
    }
    rounds.append(round)
  }
}
