import Campaign
import CommandSupport
import FoundationEssentials

/// `collect` as a whole, for the commands that need it.
struct CampaignCollection {
  private let folder: CampaignFolder
  private let queue: any CampaignQueue

  init(_ folder: CampaignFolder) {
    self.folder = folder
    queue = CondorTools(environment: ProcessEnvironment.current)
  }

  /// Fetches, reads, writes, and lets go of what was fetched.
  func run() async throws -> (CampaignStatus, CampaignReport) {
    let spooled = SpooledOutput(queue)
    var status = try await CampaignStatus.read(folder, from: queue)
    let fetched = try await spooled.fetch(status)
    if !fetched.isEmpty {
      status = try await CampaignStatus.read(folder, from: queue)
      status.noteFetched(fetched)
    }
    let report = try Collector(
      folder, tool: Version.tool("swab-submit"), now: Date().formatted(.iso8601)
    ).collect(status)
    for job in try await spooled.release(status, report) {
      Terminal.complain(
        "job \(job) stays at the schedd: its output is not whole here; \"collect\" tries again")
    }
    return (status, report)
  }
}
