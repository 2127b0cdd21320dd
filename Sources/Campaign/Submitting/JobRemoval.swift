/// Takes the jobs of a campaign off every queue that has them.
public enum JobRemoval {
  /// What became of the jobs at one schedd.
  public struct Removed: Sendable, Equatable {
    /// Where.
    public var target: Submission.Target
    /// How many jobs were there to be removed.
    public var jobs: Int
    /// How many have ended, and are left for "collect" to fetch their output.
    public var ended: Int
  }

  /// Removes the jobs of all rounds, by the campaign's id: also those that are not in any `submission.json`. Spooled jobs
  /// that have ended stay: their output would go with them.
  ///
  /// - Throws: ``CampaignError``; jobs at other schedds may be removed by then.
  public static func remove(_ folder: CampaignFolder, tools: CondorTools) async throws -> [Removed] {
    let manifest = try CampaignFiles.manifest(folder)
    let submissions = try CampaignFiles.rounds(folder).compactMap {
      try CampaignFiles.submission(folder.round($0.round))
    }
    var targets: [Submission.Target] = []
    for var target in submissions.map(\.target) {
      // One schedd, however the jobs got there.
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
          target, constraint: "(\(all)) && JobStatus =!= 4", reason: "removed by swab-submit remove")
      }
      removed.append(Removed(target: target, jobs: jobs, ended: ended))
    }
    return removed
  }
}
