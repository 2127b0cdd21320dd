import ByteStreams
import FoundationEssentials

/// Finds out whether a round that was begun to be submitted has its jobs: the program, or the connection, may have
/// ended between condor_submit's work and our note of it.
struct SubmittedCluster: Sendable {
  var tools: CondorTools
  var campaign: String

  /// Why jobs ``Finding/withoutFiles(_:)`` are removed: they are then not found again, in the queue or the history.
  static let removal = "their files were not spooled, they are submitted again"

  /// What was found.
  enum Finding: Sendable, Equatable {
    /// The schedd has the round's jobs, or had them.
    case cluster(Int)
    /// It has jobs whose files never arrived: they will never run.
    case withoutFiles(Int)
    /// It has never had any.
    case none
  }

  /// Looks at the event log, which only the schedd of this machine writes, at the queue, and at the history.
  ///
  /// - Throws: ``CampaignError`` where the queue can't be asked.
  func find(_ round: RoundFolder, _ submission: Submission) async throws -> Finding {
    if !submission.target.spool, let cluster = Self.clusterInEvents(round.events) { return .cluster(cluster) }
    let constraint =
      "\(ClassAdText.jobs(of: campaign, round: round.number)) && regexp(\"\(Self.removal)\", RemoveReason) =!= true"
    let queued = try Self.jobs(
      await tools.queue(
        submission.target, constraint: constraint,
        attributes: ["ClusterId", "JobStatus", "HoldReasonCode"]))
    if let cluster = queued.compactMap(\.ClusterId).max() {
      // 16: held until its files have been spooled.
      let waiting = queued.contains { $0.JobStatus == 5 && $0.HoldReasonCode == 16 }
      return waiting ? .withoutFiles(cluster) : .cluster(cluster)
    }
    let past = try Self.jobs(
      await tools.history(
        submission.target, constraint: constraint, attributes: ["ClusterId"], limit: 1))
    return past.first?.ClusterId.map { .cluster($0) } ?? .none
  }

  private struct Job: Decodable {
    var ClusterId: Int?
    var JobStatus: Int?
    var HoldReasonCode: Int?
  }

  private static func jobs(_ json: [UInt8]) throws -> [Job] {
    // condor_q prints nothing at all where nothing matches.
    guard json.contains(UInt8(ascii: "[")) else { return [] }
    do {
      return try JSONDecoder().decode([Job].self, from: Data(json))
    } catch {
      throw CampaignError(.internalError, "HTCondor's answer is not the JSON that was expected: \(error)")
    }
  }

  /// The cluster of the first event; the log is XML, and its values are plain there.
  private static func clusterInEvents(_ path: String) -> Int? {
    guard var source = try? FileSource(path: path), let bytes = try? source.next() else { return nil }
    let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
    let parts = head.split(separator: "<a n=\"Cluster\"><i>", maxSplits: 1)
    return parts.count == 2 ? Int(parts[1].prefix { $0.isNumber }) : nil
  }
}
