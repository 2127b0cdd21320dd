import DeletionModel

/// Brings home what spooled jobs have left, and takes them off the queue once it is here: a schedd keeps both forever.
package struct SpooledOutput: Sendable {
  private let queue: any CampaignQueue

  package init(_ queue: any CampaignQueue) { self.queue = queue }

  /// Fetches the output of all spooled jobs that have ended.
  ///
  /// - Returns: the jobs whose output it was; the campaign has to be looked at again.
  /// - Throws: ``CampaignError``.
  package func fetch(_ status: CampaignStatus) async throws -> Set<JobID> {
    var fetched: Set<JobID> = []
    for round in status.rounds {
      let waiting = status.jobs.filter { $0.round == round.record.round && $0.queueState == .waiting }
      guard !waiting.isEmpty, let submission = round.submission, let cluster = submission.cluster else {
        continue
      }
      try await queue.fetch(
        submission.target,
        constraint:
          "\(RoundJobs.constraint(cluster: cluster, campaign: status.manifest.id)) && JobStatus == 4")
      fetched.formUnion(waiting.map(\.id))
    }
    return fetched
  }

  /// Takes the jobs off the queue whose reports are here, the payload's or the wrapper's. Gives the others.
  ///
  /// - Throws: ``CampaignError``.
  package func release(_ status: CampaignStatus, _ report: CampaignReport) async throws -> [JobID] {
    var kept: [JobID] = []
    let broken = Set(report.jobs.filter { $0.problem != nil }.map(\.id))
    for round in status.rounds {
      guard let submission = round.submission, let cluster = submission.cluster else { continue }
      var verified: [Int] = []
      for (index, job) in status.jobs.filter({ $0.round == round.record.round }).enumerated()
      where job.isAtSchedd && job.queueState == .ended {
        if job.report.isHere, !broken.contains(job.id) { verified.append(index) } else { kept.append(job.id) }
      }
      for some in verified.runs {
        try await queue.remove(
          submission.target,
          constraint:
            "\(RoundJobs.constraint(cluster: cluster, campaign: status.manifest.id)) && JobStatus == 4 && ProcId >= \(some.lowerBound) && ProcId <= \(some.upperBound)",
          reason: "its output has been collected")
      }
    }
    return kept
  }
}

extension ReportSummary {
  /// Whether the job's own account has come back, whatever it says.
  fileprivate var isHere: Bool {
    switch self {
    case .missing, .broken: false
    case .wrapper, .incomplete, .complete: true
    }
  }
}

extension [Int] {
  /// Numbers that follow each other, put together.
  fileprivate var runs: [ClosedRange<Int>] {
    reduce(into: []) { runs, number in
      if let last = runs.last, last.upperBound + 1 == number {
        runs[runs.count - 1] = last.lowerBound...number
      } else {
        runs.append(number...number)
      }
    }
  }
}
