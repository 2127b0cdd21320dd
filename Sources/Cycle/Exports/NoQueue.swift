import Campaign

/// Nobody is asked: what jobs have left in the campaign's directory has to do.
struct NoQueue: CampaignQueue {
  private static let problem = CampaignError(.unavailable, "no schedd is asked here")

  func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes] {
    throw Self.problem
  }

  func past(_ target: Submission.Target, constraint: String, since: String?, limit: Int) async throws
    -> [JobAttributes]
  {
    throw Self.problem
  }

  func fetch(_ target: Submission.Target, constraint: String) async throws { throw Self.problem }

  func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool {
    throw Self.problem
  }
}
