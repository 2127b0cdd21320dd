import Campaign
import FoundationEssentials
import TestSupport
import Testing

/// What the tests look at in what `status --json` prints.
struct StatusFile: Decodable {
  struct Job: Decodable {
    let job: String
    let round: Int
    let state: JobState
    let reason: String?
    let holdCode: Int?
    let exitCode: Int?
    let gone: Int
    let starts: Int
  }

  let jobs: [Job]

  /// A job by its number.
  func job(_ number: Int) throws -> Job {
    try #require(jobs.first { $0.job == JobID(number).description })
  }
}

extension CampaignScene {
  /// How the jobs stand.
  func status(environment: [String: String] = [:]) async throws -> StatusFile {
    let text = try await swabSubmit("status", campaign, "--json", environment: environment)
    return try JSONDecoder().decode(StatusFile.self, from: Data(text.utf8))
  }

  /// Waits until something is so of the jobs.
  @discardableResult
  func wait(
    until what: String, environment: [String: String] = [:], _ isSo: (StatusFile) throws -> Bool
  ) async throws -> StatusFile {
    var last = try await status(environment: environment)
    // Each look starts several programs.
    try await Waiting.wait(
      until: what, within: 900, every: .seconds(1),
      state: { "\(last.jobs.map { "\($0.job) \($0.state) \($0.reason ?? "")" })" }
    ) {
      last = try await status(environment: environment)
      return try isSo(last)
    }
    return last
  }

  /// Waits until all jobs have ended; those of a spooling schedd wait for `collect` then.
  @discardableResult
  func waitForJobs(environment: [String: String] = [:]) async throws -> StatusFile {
    try await wait(until: "all jobs have ended", environment: environment) { status in
      status.jobs.allSatisfy { !$0.state.isToCome || $0.state == .ended }
    }
  }

  /// An expression for a job of this campaign, by its number.
  func constraint(_ job: Int) throws -> String {
    let id = try CampaignFiles.manifest(CampaignDirectory(campaign)).id
    return #"\#(ClassAdText.jobs(of: id)) && SwabJob == "\#(JobID(job))""#
  }

  /// Runs something while no job can start, so that jobs can be changed before they do.
  func whileNothingStarts(_ body: () async throws -> Void) async throws {
    try await pool.administer(["condor_off", "-daemon", "negotiator"])
    try await body()
    try await pool.administer(["condor_on", "-daemon", "negotiator"])
  }
}
