import ByteStreams
import DeletionModel
import JobReports

/// What has become of a campaign, but for its files: `swab.campaign-report/1`.
package struct CampaignReport: Sendable {
  /// The value of `schema`.
  package static let schema = "swab.campaign-report/1"

  /// The program.
  package var tool: JobReport.Tool
  /// The campaign.
  package var manifest: CampaignManifest
  /// Its rounds: jobs, files and when they were made.
  package var rounds: [RoundRecord]
  /// When each round was submitted; nil: not yet.
  package var submitted: [String?]
  /// When this was put together. ISO 8601.
  package var collected: String
  /// Its jobs.
  package var jobs: [JobAccount] = []
  /// The sums over all files, each once.
  package var totals = RunTotals()
  /// What each route of the sums is.
  package var storageRoutes: [DeletionRoute.Description] = []
  /// Directories with the most files that are not gone, worst first.
  package var worstDirectories: [DirectoryTally.Entry] = []
  /// Why files are not gone, the most frequent reason first.
  package var reasons: [ReasonTally.Entry] = []
  /// What jobs say of each storage endpoint.
  package var endpoints: [String: EndpointNotes] = [:]
  /// Files for which another round makes no sense.
  package var permanent = 0
  /// What was odd.
  package var warnings: [String] = []
  /// What each machine has done, the worst first.
  package var hosts = HostTable()
  /// What has to be said first, where files are called absent and that is not believed; nil: nothing.
  package var alarm: String?
  /// Whether the schedd could not be asked, or does not know jobs that may be at work.
  package var isUncertain = false

  /// Files that are called absent and count as not gone.
  package var suspect: Int { totals.failures(of: RunTotals.suspect)?.count ?? 0 }
  /// Files that nothing names any more.
  package var unnamed: Int { jobs.reduce(0) { $0 + $1.unnamed } }

  /// Jobs that may still change something.
  package var jobsToCome: [JobAccount] { jobs.filter(\.assessment.state.isToCome) }

  /// How it all ended.
  package var exit: RunExit {
    let counts = totals.counts
    var files = "\(counts.notGone) of \(counts.requested) files not gone"
    if unnamed > 0 { files += ", and \(unnamed) that no list names any more" }
    let live = jobsToCome.count
    if live > 0, isUncertain {
      return RunExit(
        .unavailable, wmcore: WMCoreExitCode.siteIssue,
        reason: "how \(live) of \(jobs.count) jobs stand can't be told now; \(files) so far")
    }
    if live > 0, jobsToCome.allSatisfy(\.isLeft) {
      return RunExit(
        .stoppedEarly, wmcore: WMCoreExitCode.timeout,
        reason: "\(live) of \(jobs.count) jobs are left for the next round (\"resubmit\"); \(files) so far")
    }
    if live > 0 {
      return RunExit(
        .stoppedEarly, wmcore: WMCoreExitCode.timeout,
        reason: "\(live) of \(jobs.count) jobs have not ended or are not fetched; \(files) so far")
    }
    if suspect > 0 {
      return RunExit(
        .suspect, wmcore: WMCoreExitCode.siteIssue,
        reason: "\(files); \(suspect) of them were called absent where hardly any file was found")
    }
    if counts.notGone == 0, unnamed == 0 {
      return RunExit(.allGone, wmcore: 0, reason: "\(counts.requested) files gone")
    }
    return RunExit(
      .someNotGone, wmcore: counts.gone > 0 ? 0 : WMCoreExitCode.nothingCleanedUp, reason: files)
  }

  /// The report without its files, closed with a brace.
  package var withoutFiles: [UInt8] {
    var json = head
    json.endObject()
    json.endLine()
    return json.bytes
  }

  /// Everything up to where `files` would begin; the object stays open.
  var head: JSONText {
    var json = JSONText()
    json.beginObject()
    json.member("schema", Self.schema)
    json.newline()
    json.member("status", jobsToCome.isEmpty ? "complete" : "incomplete")
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
    json.beginArray("jobs")
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
    JobReportText.writeErrors(totals, withSuspicions: false, to: &json)
    json.newline()
    json.key("hosts")
    hosts.write(to: &json)
    json.newline()
    json.key("directories")
    writeDirectories(to: &json)
    json.newline()
    json.member("warnings", warnings)
    json.newline()
    json.key("exit")
    JobReportText.write(exit, to: &json)
    return json
  }

  private func writeCampaign(to json: inout JSONText) {
    json.beginObject()
    json.member("name", manifest.name)
    json.member("id", manifest.id)
    json.member("rse", manifest.rse)
    json.member("site", manifest.site)
    json.member("created", manifest.created)
    json.member("expires", manifest.expires)
    json.member("collected", collected)
    json.beginObject("source")
    json.member("location", manifest.source.location)
    json.member("made", manifest.source.made)
    json.member("run", manifest.source.run)
    json.member("sha256", manifest.source.sha256)
    json.endObject()
    json.endObject()
  }

  private func writeRounds(to json: inout JSONText) {
    json.beginArray()
    for (round, submitted) in zip(rounds, submitted) {
      json.newline()
      json.beginObject()
      json.member("round", round.round)
      json.member("created", round.created)
      json.member("submitted", submitted)
      json.member("jobs", round.jobs.count)
      json.member("files", round.files)
      json.endObject()
    }
    json.endArray()
  }

  private static func write(_ job: JobAccount, to json: inout JSONText) {
    json.newline()
    json.beginObject()
    json.member("job", job.id.description)
    json.member("round", job.round)
    json.member("condor", job.condorID)
    json.member("state", job.assessment.state.rawValue)
    json.member("reason", job.assessment.text)
    json.member("exitCode", job.exitCode)
    json.member("files", job.files)
    json.beginObject("counts")
    for outcome in Outcome.allCases {
      json.member(outcome.rawValue, job.counts[outcome])
    }
    json.endObject()
    json.member("problem", job.problem)
    json.member("host", job.host)
    json.member("site", job.site)
    json.member("seconds", seconds: job.seconds)
    json.member("starts", job.starts)
    json.member("attempts", job.attempts)
    if let deleted = job.saidDeleted { json.member("saidDeleted", deleted) }
    json.endObject()
  }

  private func writeDirectories(to json: inout JSONText) {
    json.beginArray()
    for directory in worstDirectories {
      json.newline()
      json.beginObject()
      json.member("path", directory.path)
      json.member("files", directory.files)
      json.member("notGone", directory.notGone)
      json.endObject()
    }
    json.endArray()
  }
}
