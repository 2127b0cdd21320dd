import Campaign
import DeletionModel
import FoundationEssentials

/// What a pass does with campaigns, as the commands do it. Tests have a world of their own.
package protocol CampaignWork: Sendable {
  /// The newest scan of an RSE. **Blocks.** Throws ``CampaignError``, `FileError`.
  func newestScan(_ rse: String, _ settings: RSESettings, stop: StopSignal) throws -> NewestScan
  /// Whether the site's jobs will find the RSE in the site's configuration. **Blocks.**
  func siteFinding(_ rse: String, _ site: String, _ settings: RSESettings) -> SiteFinding
  /// Plans a campaign. **Blocks.** Throws what ``CampaignPlanner/plan(_:noting:)`` does.
  func plan(_ request: PlanRequest, stop: StopSignal, noting stage: (PlanStage) -> Void) throws
    -> CampaignPlan
  /// Refuses to continue where one of the schedds has living jobs of others for the RSE. Throws ``CampaignError``.
  func checkOverlap(_ directory: CampaignDirectory, at targets: [Submission.Target]) async throws
  /// Submits the newest round, once. Throws ``CampaignError``.
  ///
  /// - Parameter mayGoOn: asked before anything is fetched for it, and right before; false: nothing is submitted.
  func submit(
    _ directory: CampaignDirectory, _ options: CampaignSubmitter.Options, stop: StopSignal,
    mayGoOn: @Sendable () -> Bool
  ) async throws -> Submission
  /// How the jobs stand. Throws ``CampaignError``, `FileError`.
  func status(_ directory: CampaignDirectory) async throws -> CampaignStatus
  /// Fetches what jobs have left, and writes the campaign's report. Throws ``CampaignError``, `FileError`, `ListError`.
  func collect(_ directory: CampaignDirectory) async throws -> (CampaignStatus, CollectionRecord)
  /// Makes the next round. Throws ``CampaignError``.
  func nextRound(_ directory: CampaignDirectory, _ status: CampaignStatus, now: Date) throws
    -> NextRound.Result
}

/// The commands' own code.
package struct RealCampaignWork: CampaignWork {
  /// `collect` as the command does it: it writes what only a command can say.
  package typealias Collect = @Sendable (CampaignDirectory) async throws -> (CampaignStatus, CollectionRecord)

  private let environment: [String: String]
  private let tool: String
  private let tools: CondorTools
  private let credentials: JobCredentials
  private let collecting: Collect

  /// - Parameters:
  ///   - environment: where credentials and HTCondor's tools are looked for.
  ///   - tool: the program and its version.
  ///   - credentials: what jobs are given to show.
  ///   - collect: see ``Collect``.
  package init(
    environment: [String: String], tool: String, credentials: JobCredentials, collect: @escaping Collect
  ) {
    self.environment = environment
    self.tool = tool
    tools = CondorTools(environment: environment)
    self.credentials = credentials
    collecting = collect
  }

  private func web(_ stop: StopSignal) -> HTTPListClient {
    HTTPListClient(environment: environment, stop: stop)
  }

  package func newestScan(_ rse: String, _ settings: RSESettings, stop: StopSignal) throws -> NewestScan {
    guard let from = settings.from else {
      throw CampaignError(.noInput, "the configuration names no list: from = https://… in [rse *]")
    }
    return try NewestScan.find(from: from, stats: settings.stats, rse: rse, web: web(stop))
  }

  package func siteFinding(_ rse: String, _ site: String, _ settings: RSESettings) -> SiteFinding {
    credentials.finding(rse: rse, site: site, settings.job)
  }

  package func plan(
    _ request: PlanRequest, stop: StopSignal, noting stage: (PlanStage) -> Void
  ) throws -> CampaignPlan {
    try CampaignPlanner(web: web(stop), tool: tool, stop: stop).plan(request, noting: stage)
  }

  package func checkOverlap(_ directory: CampaignDirectory, at targets: [Submission.Target]) async throws {
    try await submitter(directory, StopSignal()).checkOverlap(at: targets)
  }

  package func submit(
    _ directory: CampaignDirectory, _ options: CampaignSubmitter.Options, stop: StopSignal,
    mayGoOn: @Sendable () -> Bool
  ) async throws -> Submission {
    let submitter = submitter(directory, stop)
    switch try await submitter.prepare(options, asksSchedd: false) {
    case .submitted(let submission, _, _): return submission
    case .ready(let prepared):
      guard mayGoOn() else { throw CampaignSubmitter.mustNotGoOn }
      return try await submitter.submit(prepared, mayGoOn: mayGoOn).submission
    }
  }

  package func status(_ directory: CampaignDirectory) async throws -> CampaignStatus {
    try await CampaignStatus.read(directory, from: tools)
  }

  package func collect(_ directory: CampaignDirectory) async throws -> (CampaignStatus, CollectionRecord) {
    try await collecting(directory)
  }

  package func nextRound(_ directory: CampaignDirectory, _ status: CampaignStatus, now: Date) throws
    -> NextRound.Result
  {
    try NextRound(directory, now: now, leftFirst: true).make(status)
  }

  private func submitter(_ directory: CampaignDirectory, _ stop: StopSignal) -> CampaignSubmitter {
    CampaignSubmitter(
      directory, tools: tools, refresh: ProtectedRefresh(web: web(stop)), credentials: credentials)
  }
}
