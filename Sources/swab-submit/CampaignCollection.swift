import ArgumentParser
import Campaign
import CommandSupport
import FoundationEssentials

/// `collect` as a whole, for the commands that need it.
struct CampaignCollection {
  private let directory: CampaignDirectory
  private let queue: any CampaignQueue
  private let assumeLost: Bool

  /// What `--assume-lost` is.
  static let assumeLostHelp: ArgumentHelp = """
    Assume that jobs are gone whose end is not in the event log and which the schedd does not know. Only where that is \
    certain: otherwise their files end up in two jobs.
    """

  /// - Parameter assumeLost: whether jobs that are out of sight are taken to be no more.
  init(_ directory: CampaignDirectory, assumeLost: Bool = false) {
    self.directory = directory
    self.assumeLost = assumeLost
    queue = CondorTools(environment: ProcessEnvironment.current)
  }

  /// Fetches, reads, writes, and lets go of what was fetched. What has not changed since the last time is not read and
  /// written again.
  func run() async throws -> (CampaignStatus, CollectionRecord) {
    let spooled = SpooledOutput(queue)
    var status = try await CampaignStatus.read(directory, from: queue)
    let fetched = try await spooled.fetch(status)
    if !fetched.isEmpty {
      status = try await CampaignStatus.read(directory, from: queue)
      status.noteFetched(fetched)
    }
    if assumeLost { status.assumeLost() }
    MacaroonFiles.removeUnneeded(status, now: Date())
    let tool = Version.tool("swab-submit")
    let version = "\(tool.version) \(tool.commit)"
    if fetched.isEmpty, let record = CollectionRecord.current(status, directory, tool: version) {
      return (status, record)
    }
    let report = try Collector(directory, tool: tool, now: Date().formatted(.iso8601)).collect(status)
    for job in try await spooled.release(status, report) {
      Terminal.complain(
        "job \(job) stays at the schedd: its output is not whole here; \"collect\" tries again")
    }
    let record = CollectionRecord(
      status, directory, tool: version, sums: .init(report), lines: CollectText.lines(report, directory),
      report: String(decoding: report.withoutFiles, as: UTF8.self),
      page: CampaignPage.text(report, directory),
      exit: report.exit.status.rawValue)
    record.write(to: directory)
    return (status, record)
  }
}
