/// Where a campaign's jobs are asked for: HTCondor's own tools, or a stand-in in tests.
public protocol CampaignQueue: Sendable {
  /// The ads of the jobs that a schedd has. Throws ``CampaignError``.
  func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes]
  /// The ads of the jobs that it had, at most so many. Throws ``CampaignError``.
  func past(_ target: Submission.Target, constraint: String, limit: Int) async throws -> [JobAttributes]
  /// Fetches what ended jobs have left. Throws ``CampaignError``.
  func fetch(_ target: Submission.Target, constraint: String) async throws
  /// Takes jobs off the queue; false if none matched. Throws ``CampaignError``.
  @discardableResult
  func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool
}

extension CondorTools: CampaignQueue {
  /// See ``CampaignQueue``.
  public func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes] {
    let json = try await queue(target, constraint: constraint, attributes: JobFacts.attributes)
    return try JobAttributes.list(json: json, from: CondorTool.queue.rawValue)
  }

  /// See ``CampaignQueue``.
  public func past(_ target: Submission.Target, constraint: String, limit: Int) async throws
    -> [JobAttributes]
  {
    let json = try await history(
      target, constraint: constraint, attributes: JobFacts.attributes, limit: limit)
    return try JobAttributes.list(json: json, from: CondorTool.history.rawValue)
  }

  /// See ``CampaignQueue``.
  public func fetch(_ target: Submission.Target, constraint: String) async throws {
    try await transferData(target, constraint: constraint)
  }
}
