/// Takes the jobs of a campaign off every queue that has them.
public enum JobRemoval {
  /// What became of the jobs at one schedd.
  public struct Removed: Sendable, Equatable {
    /// Where.
    public var target: Submission.Target
    /// How many jobs were there.
    public var jobs: Int
  }

  /// Removes the jobs of all rounds, by the campaign's id: also those that are not in any `submission.json`.
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
      let there = try await tools.queue(
        target, constraint: "(\(all)) && JobStatus =!= 3", attributes: ["ProcId"])
      let jobs = there.split(separator: UInt8(ascii: "{")).count - 1
      if jobs > 0 {
        try await tools.remove(target, constraint: all, reason: "removed by swab-submit remove")
      }
      removed.append(Removed(target: target, jobs: max(0, jobs)))
    }
    return removed
  }
}
