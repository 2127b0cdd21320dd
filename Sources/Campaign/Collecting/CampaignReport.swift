import ByteStreams
import Deletion

/// What has become of a campaign, but for its files: `swab.campaign-report/1`.
public struct CampaignReport: Sendable {
  /// The value of `schema`.
  public static let schema = "swab.campaign-report/1"

  /// The program.
  public var tool: ReportHeader.Tool
  /// The campaign.
  public var manifest: CampaignManifest
  /// Its rounds: jobs, files and when they were made.
  public var rounds: [RoundRecord]
  /// When each round was submitted; nil: not yet.
  public var submitted: [String?]
  /// When this was put together. ISO 8601.
  public var collected: String
  /// Its jobs.
  public var jobs: [JobAccount] = []
  /// The sums over all files, each once.
  public var totals = RunTotals()
  /// What each route of the sums is.
  public var storageRoutes: [DeletionRoute.Description] = []
  /// Directories with the most files that are not gone, worst first.
  public var worstDirectories: [DirectoryTally.Entry] = []
  /// Files for which another round makes no sense.
  public var permanent = 0
  /// What was odd.
  public var warnings: [String] = []

  /// Jobs that may still change something.
  public var jobsToCome: [JobAccount] { jobs.filter(\.verdict.state.isToCome) }

  /// How it all ended.
  public var exit: RunExit {
    let counts = totals.counts
    let files = "\(counts.notGone) of \(counts.requested) files not gone"
    let live = jobsToCome.count
    if live > 0 {
      return RunExit(
        .stoppedEarly, wmcore: WMCoreExitCode.timeout,
        reason: "\(live) of \(jobs.count) jobs have not ended or are not fetched; \(files) so far")
    }
    if counts.notGone == 0 {
      return RunExit(.allGone, wmcore: 0, reason: "\(counts.requested) files gone")
    }
    return RunExit(
      .someNotGone, wmcore: counts.gone > 0 ? 0 : WMCoreExitCode.nothingCleanedUp, reason: files)
  }

  /// The report without its files, closed with a brace.
  public var withoutFiles: [UInt8] {
    var json = head
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// Everything up to where `files` would begin; the object stays open.
  var head: JSONText {
    var json = JSONText()
    json.beginObject()
    json.key("schema")
    json.string(Self.schema)
    json.newline()
    json.key("status")
    json.string(jobsToCome.isEmpty ? "complete" : "incomplete")
    json.newline()
    json.key("tool")
    JobReportText.write(tool, to: &json)
    json.newline()
    json.key("campaign")
    writeCampaign(to: &json)
    json.newline()
    json.key("rounds")
    writeRounds(to: &json)
    json.newline()
    json.key("jobs")
    json.beginArray()
    for job in jobs { Self.write(job, to: &json) }
    json.endArray()
    json.newline()
    json.key("summary")
    JobReportText.writeSummary(totals, seconds: jobs.reduce(0) { $0 + ($1.seconds ?? 0) }, to: &json)
    json.newline()
    json.key("storage")
    JobReportText.writeStorage(totals, storageRoutes, to: &json)
    json.newline()
    json.key("errors")
    JobReportText.writeErrors(totals, to: &json)
    json.newline()
    json.key("directories")
    writeDirectories(to: &json)
    json.newline()
    json.key("warnings")
    json.strings(warnings)
    json.newline()
    json.key("exit")
    JobReportText.write(exit, to: &json)
    return json
  }

  private func writeCampaign(to json: inout JSONText) {
    json.beginObject()
    for (key, value) in [
      ("name", manifest.name), ("id", manifest.id), ("rse", manifest.rse), ("site", manifest.site),
      ("created", manifest.created), ("expires", manifest.expires), ("collected", collected),
    ] {
      json.key(key)
      json.string(value)
    }
    json.key("source")
    json.beginObject()
    json.key("location")
    json.string(manifest.source.location)
    json.key("made")
    json.string(manifest.source.made)
    json.key("run")
    json.optional(manifest.source.run)
    json.key("sha256")
    json.string(manifest.source.sha256)
    json.endObject()
    json.endObject()
  }

  private func writeRounds(to json: inout JSONText) {
    json.beginArray()
    for (round, submitted) in zip(rounds, submitted) {
      json.newline()
      json.beginObject()
      json.key("round")
      json.integer(round.round)
      json.key("created")
      json.string(round.created)
      json.key("submitted")
      json.optional(submitted)
      json.key("jobs")
      json.integer(round.jobs.count)
      json.key("files")
      json.integer(round.files)
      json.endObject()
    }
    json.endArray()
  }

  private static func write(_ job: JobAccount, to json: inout JSONText) {
    json.newline()
    json.beginObject()
    json.key("job")
    json.string(job.id.description)
    json.key("round")
    json.integer(job.round)
    json.key("condor")
    json.optional(job.condorID)
    json.key("state")
    json.string(job.verdict.state.rawValue)
    json.key("reason")
    json.optional(job.verdict.words)
    json.key("exitCode")
    if let code = job.exitCode { json.integer(code) } else { json.null() }
    json.key("files")
    json.integer(job.files)
    json.key("counts")
    json.beginObject()
    for outcome in Outcome.allCases {
      json.key(outcome.rawValue)
      json.integer(job.counts[outcome])
    }
    json.endObject()
    json.key("problem")
    json.optional(job.problem)
    json.key("host")
    json.optional(job.host)
    json.key("site")
    json.optional(job.site)
    json.key("seconds")
    json.optional(job.seconds)
    json.key("starts")
    json.integer(job.starts)
    json.key("attempts")
    json.integer(job.attempts)
    json.endObject()
  }

  private func writeDirectories(to json: inout JSONText) {
    json.beginArray()
    for directory in worstDirectories {
      json.newline()
      json.beginObject()
      json.key("path")
      json.string(directory.path)
      json.key("files")
      json.integer(directory.files)
      json.key("notGone")
      json.integer(directory.notGone)
      json.endObject()
    }
    json.endArray()
  }
}
