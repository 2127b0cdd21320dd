import DeletionModel

/// Takes the jobs of a campaign off every queue that has them.
package enum JobRemoval {
  /// What became of the jobs at one schedd.
  package struct Removed: Sendable, Equatable {
    package var target: Submission.Target
    /// How many jobs were there to be removed.
    package var jobs: Int
    /// How many have ended, and are left for "collect" to fetch their output.
    package var ended: Int
  }

  /// Removes the jobs of all rounds, by the campaign's id: also those that are not in any `submission.json`. Where that of a
  /// round is lost, while its event log names jobs, this machine's schedd has them. Spooled jobs that have ended stay: their
  /// output would go with them.
  ///
  /// - Throws: ``CampaignError``; jobs at other schedds may be removed by then.
  package static func remove(_ directory: CampaignDirectory, tools: CondorTools) async throws -> [Removed] {
    let manifest = try CampaignFiles.manifest(directory)
    var targets: [Submission.Target] = []
    for round in CampaignFiles.roundDirectories(directory) {
      let submission = try CampaignFiles.submission(round)
      if let submission {
        try await tools.checkSchedd(of: submission)
      } else if !EarlierJobs(tools: tools, manifest: manifest, roundDirectory: round).areLogged {
        continue
      }
      // One schedd, however the jobs got there.
      var target = submission?.target ?? Submission.Target()
      (target.spool, target.ce, target.gridResource) = (false, nil, nil)
      if !targets.contains(target) { targets.append(target) }
    }
    var removed: [Removed] = []
    for target in targets {
      let all = ClassAdText.jobs(of: manifest.id)
      let answer = try await tools.queue(
        target, constraint: "(\(all)) && JobStatus =!= 3", attributes: ["JobStatus"])
      let there = try JobAttributes.list(json: answer, from: CondorTool.queue.rawValue)
      let ended = there.count { $0.integer("JobStatus") == JobStatus.completed.rawValue }
      let jobs = there.count - ended
      if jobs > 0 {
        // Not the ones counted but whoever fits by now: jobs that the schedd makes meanwhile have to go as well.
        try await tools.remove(
          target, constraint: "(\(all)) && JobStatus =!= 4", reason: "removed by swab-submit remove",
          bringingOutput: true)
      }
      removed.append(Removed(target: target, jobs: jobs, ended: ended))
    }
    return removed
  }

  /// Refuses to call a campaign removed whose event log has jobs at work that the schedd which answered does not know: it may
  /// be another one of the same name.
  ///
  /// - Throws: ``CampaignError``: `unavailable`.
  package static func checkNoneIsOutOfSight(_ directory: CampaignDirectory, queue: any CampaignQueue)
    async throws
  {
    let unseen = try await CampaignStatus.read(directory, from: queue).jobs.filter {
      $0.queueState == .outOfSight
    }
    guard let first = unseen.first else { return }
    throw CampaignError(
      .unavailable,
      "\(MessageText.counted(unseen.count, "job")), such as \(first.id), may still be at work: the event log has no "
        + "end of \(unseen.count == 1 ? "it" : "them"), and the schedd that answered does not know "
        + "\(unseen.count == 1 ? "it" : "them"); ask the schedd that took \(unseen.count == 1 ? "it" : "them")"
    )
  }
}
