import ByteStreams
import Campaign
import CampaignFixtures
import DeletionModel
import FoundationEssentials
import ListReading
import Synchronization
import TestSupport

import Glibc

@testable import Cycle

/// A world for passes: lists are planned as always, HTCondor and the storage are made up.
final class FakeWork: CampaignWork {
  /// What the jobs of a campaign come to.
  struct Ending: Sendable {
    /// Files of the campaign that are deleted by then.
    var deleted = 0
    var absent = 0
    /// Bytes of each deleted file; nil: the report says nothing of them.
    var size: Int?
    var error: String?
    var exit: Int32 = 1
  }

  private struct World {
    var clock = Date(timeIntervalSince1970: 1_795_824_000)
    var scans: [String: Result<NewestScan, CampaignError>] = [:]
    var planned: [String] = []
    var attempts = 0
    var submitted: [String] = []
    var running = false
    var refusing = false
    var forgetful = false
    var beforeSubmission: @Sendable () -> Void = {}
    var endings: [String: Ending] = [:]
    var foreign: Set<String> = []
    var submitError: CampaignError?
    var hang: Set<String> = []
    var slow: Set<String> = []
    var sites: [String: SiteFinding] = [:]
    var beforeList: (@Sendable (FakeWork) -> Void)?
  }

  private let world = Mutex(World())
  let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  /// Every campaign that was planned, and every round that was submitted, in order.
  var planned: [String] { world.withLock { $0.planned } }
  var submitted: [String] { world.withLock { $0.submitted } }
  var now: @Sendable () -> Date { { self.world.withLock { $0.clock } } }

  /// How often a plan was tried.
  var attempts: Int { world.withLock { $0.attempts } }

  func wait(hours: Double) { world.withLock { $0.clock += hours * 3600 } }
  /// Whether jobs that were submitted are still at work.
  func run(_ isRunning: Bool) { world.withLock { $0.running = isRunning } }
  /// What somebody does while a submission is prepared.
  func beforeSubmission(_ body: @escaping @Sendable () -> Void) {
    world.withLock { $0.beforeSubmission = body }
  }
  /// Whether the schedd knows of no job any more.
  func forget(_ isForgetful: Bool) { world.withLock { $0.forgetful = isForgetful } }
  /// Whether the schedd does not let us in.
  func refuse(_ isRefusing: Bool) { world.withLock { $0.refusing = isRefusing } }
  /// What the jobs of an RSE come to from now on.
  func end(_ rse: String, _ ending: Ending) { world.withLock { $0.endings[rse] = ending } }
  func foreignJobs(_ rse: String, _ areThere: Bool) {
    world.withLock { if areThere { $0.foreign.insert(rse) } else { $0.foreign.remove(rse) } }
  }
  func failSubmission(_ error: CampaignError?) { world.withLock { $0.submitError = error } }
  /// What is done for the RSE never comes back.
  /// What is done for the RSE ends when it is told to.
  func slow(_ rse: String) { world.withLock { _ = $0.slow.insert(rse) } }
  func hang(_ rse: String) { world.withLock { _ = $0.hang.insert(rse) } }
  func scan(_ rse: String, _ error: CampaignError) { world.withLock { $0.scans[rse] = .failure(error) } }

  /// The list of an RSE that was made last is what there is again.
  func unscan(_ rse: String) { world.withLock { $0.scans[rse] = nil } }

  /// What happens once, right before a list is read.
  func beforeList(_ happening: @escaping @Sendable (FakeWork) -> Void) {
    world.withLock { $0.beforeList = happening }
  }

  /// What the SITECONF of its site says of an RSE.
  func site(_ rse: String, _ finding: SiteFinding) { world.withLock { $0.sites[rse] = finding } }

  func siteFinding(_ rse: String, _ site: String, _ settings: RSESettings) -> SiteFinding {
    world.withLock { $0.sites[rse] } ?? .unknown
  }

  /// A new list of an RSE, made now.
  func list(_ rse: String, files: Int, protectedFile: Bool = false) {
    let path = directory.path + "/" + rse
    let names = (0..<files).map { "/store/unmerged/Run2026A/\(rse)/RAW/v1/\(10_000 + $0).root" }
    Disk.write(path, names.map { $0 + "\n" }.joined())
    let clock = now()
    try? FileManager.default.setAttributes([.modificationDate: clock], ofItemAtPath: path)
    world.withLock { $0.scans[rse] = nil }
  }

  func newestScan(_ rse: String, _ settings: RSESettings, stop: StopSignal) throws -> NewestScan {
    if world.withLock({ $0.hang.contains(rse) }) { while true { pause() } }
    if world.withLock({ $0.slow.contains(rse) }) {
      while stop.reason == nil { usleep(10_000) }
      throw CampaignError(.stoppedEarly, "it was told to stop")
    }
    if let scan = world.withLock({ $0.scans[rse] }) { return try scan.get() }
    return try NewestScan.find(from: settings.from ?? "", stats: nil, rse: rse, web: FakeListClient([]))
  }

  func plan(_ request: PlanRequest, stop: StopSignal, noting stage: (PlanStage) -> Void) throws
    -> CampaignPlan
  {
    world.withLock { $0.attempts += 1 }
    let plan = try CampaignPlanner(web: FakeListClient([]), tool: "test", now: now).plan(request) {
      stage($0)
      if $0 == .list { world.withLock { $0.beforeList.take() }?(self) }
    }
    world.withLock { $0.planned.append(plan.campaign.name) }
    return plan
  }

  func checkOverlap(_ directory: CampaignDirectory, at targets: [Submission.Target]) async throws {
    let rse = try CampaignFiles.manifest(directory).rse
    if world.withLock({ $0.foreign.contains(rse) }) {
      throw CampaignError(.stoppedEarly, "living jobs of somebody else")
    }
  }

  func submit(
    _ directory: CampaignDirectory, _ options: CampaignSubmitter.Options, stop: StopSignal,
    mayGoOn: @Sendable () -> Bool
  ) async throws -> Submission {
    let manifest = try CampaignFiles.manifest(directory)
    guard let round = try CampaignFiles.rounds(directory).last else { throw TestFailure("no round") }
    let roundDirectory = directory.round(round.round)
    if let there = try CampaignFiles.submission(roundDirectory), there.cluster != nil { return there }
    if let error = world.withLock({ $0.submitError }) { throw error }
    world.withLock { $0.beforeSubmission }()
    guard mayGoOn() else { throw CampaignSubmitter.mustNotGoOn }
    let jobs = options.maxJobs.flatMap { $0 > 0 ? min($0, round.jobs.count) : nil } ?? round.jobs.count
    let submission = Submission(
      submitted: now().formatted(.iso8601), target: options.target, cluster: 10, jobs: jobs, payload: nil)
    try CampaignFiles.write(submission, to: roundDirectory.submission)
    world.withLock { $0.submitted.append("\(manifest.name) \(round.round) \(jobs)") }
    return submission
  }

  func status(_ directory: CampaignDirectory) async throws -> CampaignStatus {
    let (isRunning, isRefusing) = world.withLock { ($0.running, $0.refusing) }
    if world.withLock({ $0.forgetful }) {
      return try await CampaignStatus.read(directory, from: FakeQueue())
    }
    if isRefusing { return try await CampaignStatus.read(directory, from: FakeQueue(isRefusing: true)) }
    let jobs = try CampaignFiles.rounds(directory).map(\.jobs.count).max() ?? 0
    let ads = (0..<jobs).map {
      FakeQueue.ad($0, status: isRunning ? 2 : 4, isRunning ? "" : "\"ExitCode\":1")
    }
    return try await CampaignStatus.read(
      directory, from: isRunning ? FakeQueue(queued: ads) : FakeQueue(history: ads))
  }

  func collect(_ directory: CampaignDirectory) async throws -> (CampaignStatus, CollectionRecord) {
    let status = try await status(directory)
    let manifest = status.manifest
    let ending =
      world.withLock { $0.endings[manifest.rse] } ?? Ending(deleted: manifest.counts.files, exit: 0)
    let deleted = min(ending.deleted, manifest.counts.files)
    // The first files of the lists are gone.
    let lists = try CampaignFiles.rounds(directory).prefix(1).flatMap { round in
      round.jobs.map { directory.round(round.round).job($0.id).list }
    }
    var left: [String] = []
    _ = try LFNLists(lists.map { .file($0) }, spoolDirectory: directory.path).survey { left.append($0.text) }
    Disk.write(directory.residual, left.dropFirst(deleted).map { $0 + "\n" }.joined())
    let sums = CollectionRecord.Sums(
      deleted: deleted, absent: ending.absent, notGone: manifest.counts.files - deleted - ending.absent,
      freed: FreedBytes(
        bytes: ending.size.map { $0 * deleted }, isPartial: nil, deleted: ending.size == nil ? deleted : 0),
      errors: ending.error.map { [$0: 5] } ?? [:], isIncomplete: false, exitReason: "as told")
    return (
      status,
      CollectionRecord(
        status, directory, tool: "test", sums: sums, lines: [], report: "", page: "", exit: ending.exit)
    )
  }

  func nextRound(_ directory: CampaignDirectory, _ status: CampaignStatus, now: Date) throws
    -> NextRound.Result
  {
    try NextRound(directory, now: now, leftFirst: true).make(status)
  }
}
