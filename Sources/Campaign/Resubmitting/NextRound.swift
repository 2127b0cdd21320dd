import ByteStreams
import ListReading
import FoundationEssentials

/// Makes the next round of a campaign: the files that are not gone, but for those that another try would not remove.
///
/// The round appears whole or not at all. A round that was made and not submitted is the next one already.
package struct NextRound: Sendable {
  /// How it stands.
  package enum Result: Sendable, Equatable {
    /// It was made, with so many files left out for good.
    case made(RoundRecord, leftOut: Int)
    /// It was there, and has not been submitted.
    case there(RoundRecord)
    /// There is nothing to do, with so many files left out for good.
    case nothing(leftOut: Int)
  }

  /// A round that is whole, and of which nothing is left without ``publish()``.
  package final class Draft {
    /// What it consists of.
    package let record: RoundRecord
    private var partial: PartialDirectory

    fileprivate init(_ record: RoundRecord, _ partial: consuming PartialDirectory) {
      self.record = record
      self.partial = partial
    }

    /// Where it is for as long as this object exists.
    package var directory: RoundDirectory { RoundDirectory(number: record.round, path: partial.path) }

    fileprivate func publish() throws { try partial.publish() }
  }

  private let directory: CampaignDirectory
  private let now: Date
  private let leftFirst: Bool

  /// - Parameter leftFirst: whether, after a round that was submitted in part, only the files of the jobs that were left come
  ///   next. What has failed waits until all have been tried: otherwise each round would begin with the same ones, and where
  ///   there is never room for more, the others would never come to their turn.
  package init(_ directory: CampaignDirectory, now: Date, leftFirst: Bool = false) {
    (self.directory, self.now, self.leftFirst) = (directory, now, leftFirst)
  }

  /// Makes it.
  ///
  /// - Parameter status: how the campaign stands, its outputs fetched.
  /// - Throws: ``CampaignError``: `stoppedEarly` while jobs are running, for no file may be in two of them;
  ///   `unavailable` where the schedd could not be asked or does not know them; `badInput` for an expired campaign.
  package func make(_ status: CampaignStatus) throws -> Result {
    let lock = try SubmissionLock(directory)
    defer { withExtendedLifetime(lock) {} }
    let (result, draft) = try outline(status)
    try reporting { try draft?.publish() }
    return result
  }

  /// What ``make(_:)`` would make, for a dry run: nothing of it is left.
  ///
  /// - Returns: the same, and the round; nil where none would be made.
  package func draft(_ status: CampaignStatus) throws -> (Result, Draft?) {
    let lock = try SubmissionLock(directory)
    defer { withExtendedLifetime(lock) {} }
    return try outline(status)
  }

  private func outline(_ status: CampaignStatus) throws -> (Result, Draft?) {
    let rounds = try CampaignFiles.rounds(directory)
    guard rounds == status.rounds.map(\.record) else {
      throw CampaignError(
        .stoppedEarly, "another \"resubmit\" has made a round meanwhile; see \"status\"")
    }
    try Self.check(status, now: now)
    guard let last = status.rounds.last else {
      throw CampaignError(.badInput, "\(directory.path) has no round")
    }
    if last.submission == nil, last.record.round == 1 {
      throw CampaignError(.usage, "the campaign has not been submitted at all: \"submit\" comes first")
    }
    if last.submission?.cluster == nil { return (.there(last.record), nil) }
    return try reporting { try write(status, after: last) }
  }

  /// Whether a next round may be made now.
  static func check(_ status: CampaignStatus, now: Date) throws(CampaignError) {
    if let problem = status.problems.first {
      throw CampaignError(.unavailable, "cannot determine whether jobs still run: \(problem)")
    }
    if let unknown = status.jobs.first(where: { $0.assessment.state == .unknown }) {
      let count = status.jobs.count { $0.assessment.state == .unknown }
      throw CampaignError(
        .unavailable,
        "\(count) jobs, such as \(unknown.id), may be at work: the event log has no end of them, and the schedd that "
          + "answered does not know them. Ask the schedd that took them; where it is certain that they are no more, "
          + "use --assume-lost")
    }
    let last = status.rounds.count
    // The newest round may be waiting to be submitted.
    let live = status.jobs.filter { job in
      job.assessment.state.isToCome
        && !(job.round == last && [.planned, .submitting].contains(job.assessment.state))
    }
    if let first = live.first {
      let states = JobState.allCases.compactMap { state in
        let count = live.count { $0.assessment.state == state }
        return count > 0 ? "\(count) \(state.text)" : nil
      }
      throw CampaignError(
        .stoppedEarly,
        "\(live.count) jobs have not ended (\(states.joined(separator: ", ")), such as \(first.id)), and no file may be in two jobs: wait for them, or remove them with \"remove\""
      )
    }
    try status.manifest.checkExpiry(now: now)
  }

  private func write(_ status: CampaignStatus, after last: RoundJobs) throws -> (Result, Draft?) {
    let number = last.record.round + 1
    let partial = try PartialDirectory(directory.round(number).path)
    let round = RoundDirectory(number: number, path: partial.path)
    var writer = JobWriter(
      round: round, job: JobWriter.job(of: status.manifest),
      first: JobID((status.jobs.map(\.id.number).max() ?? 0) + 1), filesPerJob: status.manifest.filesPerJob)
    var outcomes = CampaignOutcomes(status)
    let left = Set(leftFirst ? status.jobs.filter { $0.queueState == .left }.map(\.id) : [])
    var leftOut = 0
    while let outcome = outcomes.next() {
      if outcome.isGone { continue }
      if outcome.isPermanent {
        leftOut += 1
      } else if left.isEmpty || left.contains(outcome.job) {
        try writer.add(outcome.record.lfn)
      }
    }
    let jobs = try writer.finish()
    guard !jobs.isEmpty else { return (.nothing(leftOut: leftOut), nil) }
    var record = RoundRecord(
      round: number, created: now.formatted(.iso8601), jobs: jobs, digests: writer.digests)
    let avoided = status.hosts.avoided
    if !avoided.isEmpty { record.avoidedHosts = avoided }
    try NewFile.write(json: record, to: round.record)
    // With what has become protected since the plan; "submit" adds what has since then.
    let protected =
      FileManager.default.fileExists(atPath: last.directory.protected)
      ? last.directory.protected : directory.round(1).protected
    try NewFile.write(try unpacked(protected), to: round.protected)
    return (.made(record, leftOut: leftOut), Draft(record, partial))
  }

  private func reporting<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as FileError {
      throw CampaignError(error.operation == .read ? .noInput : .cannotReport, "\(error)")
    } catch let error as ListError {
      throw CampaignError(.badInput, "\(error)")
    }
  }

  private func unpacked(_ path: String) throws -> [UInt8] {
    var source = try sniffed(FileSource(path: path))
    guard let bytes = try source.collect(limit: 1 << 30) else {
      throw CampaignError(.badInput, "\(path): more than a protected list can have")
    }
    return bytes
  }
}
