import CondorJob

/// Why a job is said to be in a state: everything that the table looked at, and the row that fitted.
package struct JobExplanation: Sendable {
  /// The lines.
  package var lines: [String] = []

  /// Explains a job of a campaign, such as `0007`, or any job of the schedd, such as `12.3`.
  ///
  /// - Throws: ``CampaignError`` where there is no such job.
  package init(_ name: String, in directory: CampaignDirectory, from queue: any CampaignQueue) async throws {
    let status = try await CampaignStatus.read(directory, from: queue)
    if let job = status.jobs.first(where: { JobID(text: name) == $0.id || $0.condorID == name }) {
      let target = status.rounds.first { $0.record.round == job.round }?.submission?.target
      try await explain(job, target, queue)
    } else if let (cluster, process) = Self.parts(name) {
      let target = status.rounds.compactMap(\.submission).last?.target ?? Submission.Target()
      try await explain(cluster, process, target, queue)
    } else {
      throw CampaignError(
        .usage,
        "the campaign has no job \(name); name one of its jobs, such as 0001, or CLUSTER.PROC of any job")
    }
  }

  private mutating func explain(
    _ job: CampaignStatus.Job, _ target: Submission.Target?, _ queue: any CampaignQueue
  )
    async throws
  {
    add("job", "\(job.id) of round \(job.round), \(job.files) files")
    if let id = job.condorID, let target, let (cluster, process) = Self.parts(id) {
      add("HTCondor", "\(id) at \(target.scheddText)")
      if let ad = try? await Self.ad(cluster, process, target, queue)?.ad { addAttributes(ad) }
    }
    finish(job.facts, job.queueState, job.report, job.assessment)
  }

  private mutating func explain(
    _ cluster: Int, _ process: Int, _ target: Submission.Target, _ queue: any CampaignQueue
  ) async throws {
    guard let (source, ad) = try await Self.ad(cluster, process, target, queue) else {
      throw CampaignError(
        .noInput,
        "\(target.scheddText) knows no job \(cluster).\(process), neither in its queue nor in its history")
    }
    add("HTCondor", "\(cluster).\(process) at \(target.scheddText), no job of this campaign")
    addAttributes(ad)
    let facts = JobFacts(source, ad)
    let queueState = JobStateTable.queueState(facts, isSpooled: false, isUnmade: false, wasAsked: true)
    finish(facts, queueState, .missing, JobStateTable.assessment(queueState, facts, .missing))
  }

  private mutating func finish(
    _ facts: JobFacts?, _ queueState: JobStateTable.QueueState, _ report: ReportSummary,
    _ assessment: JobStateTable.Assessment
  ) {
    add("known from", facts.map(\.source.text) ?? "nowhere")
    if let facts, facts.source == .events {
      add("last event", facts.status.map { "means JobStatus \($0.rawValue)" } ?? "says nothing of its status")
    }
    add("queue", queueState.rawValue)
    let sums = report.sums.map { ": \($0.gone) gone, \($0.notGone) not gone, \($0.left) not attempted" } ?? ""
    let exit = report.exitCode.map { ", exit \($0)" } ?? ""
    add("report", report.kind.rawValue + exit + sums)
    add(
      "row", "\(assessment.row) of the table: \(queueState.rawValue), report \(report.kind.rawValue)\(exit)")
    add("state", assessment.state.rawValue)
    if let text = assessment.text { add("because", text) }
    if let advice = assessment.advice { add("to do", advice) }
  }

  private mutating func addAttributes(_ ad: JobAttributes) {
    for name in ad.names { add("  \(name)", ad[name].map(Self.text) ?? "undefined") }
  }

  private mutating func add(_ name: String, _ value: String) {
    lines.append(
      name + String(repeating: " ", count: max(1, 28 - name.count)) + CondorDiagnostic.line(value))
  }

  private static func ad(
    _ cluster: Int, _ process: Int, _ target: Submission.Target, _ queue: any CampaignQueue
  ) async throws -> (source: JobFacts.Source, ad: JobAttributes)? {
    let constraint = "ClusterId == \(cluster) && ProcId == \(process)"
    if let ad = try await queue.jobs(target, constraint: constraint).first { return (.queue, ad) }
    return try await queue.past(target, constraint: constraint, since: nil, limit: 1).first.map {
      (.history, $0)
    }
  }

  private static func parts(_ name: String) -> (Int, Int)? {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 2, let cluster = Int(parts[0]), let process = Int(parts[1]), cluster > 0,
      process >= 0
    else { return nil }
    return (cluster, process)
  }

  private static func text(_ value: JobAd.Value) -> String {
    switch value {
    case .string(let text): "\"\(text)\""
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .boolean(let value): "\(value)"
    case .undefined: "undefined"
    case .expression(let text): text
    }
  }
}

extension JobFacts.Source {
  /// For a sentence.
  fileprivate var text: String {
    switch self {
    case .queue: "the queue (condor_q)"
    case .history: "the history (condor_history)"
    case .events: "the event log"
    }
  }
}
