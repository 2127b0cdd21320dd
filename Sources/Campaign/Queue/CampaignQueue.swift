import FoundationEssentials

/// Where a campaign's jobs are asked for: HTCondor's own tools, or a stand-in in tests.
package protocol CampaignQueue: Sendable {
  /// Which schedd it is that answers; nil where that is not known. Throws ``CampaignError``.
  func schedd(_ target: Submission.Target) async throws -> Submission.Schedd?
  /// The ads of the jobs that a schedd has. Throws ``CampaignError``.
  func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes]
  /// The ads of the jobs that it had, at most so many, and of none that left the queue before `since` (ISO 8601; nil: all
  /// that its history has, which may take minutes). Throws ``CampaignError``.
  func past(_ target: Submission.Target, constraint: String, since: String?, limit: Int) async throws
    -> [JobAttributes]
  /// Fetches what ended jobs have left. Throws ``CampaignError``.
  func fetch(_ target: Submission.Target, constraint: String) async throws
  /// Takes jobs off the queue; false if none matched. Throws ``CampaignError``.
  @discardableResult
  func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool
}

/// Where a schedd is that has the name of the one that took the jobs.
package enum ScheddAddress: Sendable {
  /// Where that one was, as far as is known.
  case same
  /// At another address: it was moved or started anew, or is another one of the same name. That it does not know a job
  /// says nothing.
  case elsewhere
}

extension CampaignQueue {
  /// Not known.
  package func schedd(_ target: Submission.Target) async throws -> Submission.Schedd? { nil }

  /// Refuses to go by what another schedd says than the one that took the jobs: it knows nothing of them.
  ///
  /// - Throws: ``CampaignError``: `unavailable`, for nothing is known of the jobs then.
  @discardableResult
  package func checkSchedd(of submission: Submission) async throws -> ScheddAddress {
    guard let expected = submission.schedd, let answering = try await schedd(submission.target) else {
      return .same
    }
    if answering.name == expected.name {
      guard let then = expected.address, let now = answering.address else { return .same }
      return then == now ? .same : .elsewhere
    }
    throw CampaignError(
      .unavailable,
      "the jobs are at the schedd \(expected.name)\(expected.address.map { " (\($0))" } ?? ""), and "
        + "\(submission.target.scheddText) here is \(answering.name), which knows nothing of them: work where they "
        + "were submitted, or with the CONDOR_CONFIG of then")
  }
}

extension CondorTools: CampaignQueue {
  /// See ``CampaignQueue``.
  @discardableResult
  package func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool {
    try await remove(target, constraint: constraint, reason: reason, bringingOutput: false)
  }

  /// See ``CampaignQueue``.
  package func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes] {
    let json = try await queue(target, constraint: constraint, attributes: JobFacts.attributes)
    return try JobAttributes.list(json: json, from: CondorTool.queue.rawValue)
  }

  /// See ``CampaignQueue``.
  package func past(_ target: Submission.Target, constraint: String, since: String?, limit: Int) async throws
    -> [JobAttributes]
  {
    // The schedd's clock may be an hour behind ours. The history is in the order in which jobs left the queue, and `-since`
    // ends the search at the first job that fits (HTCondor manual, condor_history). `CompletionDate` would not do: it is 0
    // for a job that was removed.
    let bound = since.flatMap(Date.init(iso8601:))?.addingTimeInterval(-3600)
    let json = try await history(
      target, constraint: constraint, attributes: JobFacts.attributes, limit: limit, since: bound)
    return try JobAttributes.list(json: json, from: CondorTool.history.rawValue)
  }

  /// See ``CampaignQueue``.
  package func fetch(_ target: Submission.Target, constraint: String) async throws {
    try await transferData(target, constraint: constraint)
  }
}

/// Nobody is asked: what jobs have left in the campaign's directory has to do.
package struct NoQueue: CampaignQueue {
  private static let problem = CampaignError(.unavailable, "no schedd is asked here")

  package init() {}

  /// Throws.
  package func jobs(_ target: Submission.Target, constraint: String) async throws -> [JobAttributes] {
    throw Self.problem
  }

  /// Throws.
  package func past(_ target: Submission.Target, constraint: String, since: String?, limit: Int) async throws
    -> [JobAttributes]
  {
    throw Self.problem
  }

  /// Throws.
  package func fetch(_ target: Submission.Target, constraint: String) async throws { throw Self.problem }

  /// Throws.
  package func remove(_ target: Submission.Target, constraint: String, reason: String) async throws -> Bool {
    throw Self.problem
  }
}
