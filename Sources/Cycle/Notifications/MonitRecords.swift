import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials
import JobReports

/// What MONIT is sent of a campaign that is over: a record for each of its jobs, in the form of its HTTP producers
/// (monit-docs.web.cern.ch/metrics/http).
struct MonitRecords {
  /// As MONIT calls whoever sends.
  let producer: String
  let campaign: CampaignDirectory
  let status: CampaignStatus
  /// When the cycle was done with the campaign; of jobs that have said nothing.
  let ended: Date

  /// Records of a text.
  private static let most = 500

  /// How many texts they are.
  var count: Int { (status.jobs.count + Self.most - 1) / Self.most }

  /// One of the texts, a JSON array. A report is read no further than to its files.
  func text(_ index: Int) -> String {
    var json = JSONText()
    json.beginArray()
    for job in status.jobs.dropFirst(index * Self.most).prefix(Self.most) { write(job, to: &json) }
    json.endArray()
    json.endLine()
    return String(decoding: json.bytes, as: UTF8.self)
  }

  private func write(_ job: CampaignStatus.Job, to json: inout JSONText) {
    let report = job.report.sums == nil ? nil : overview(campaign.round(job.round).job(job.id).report)
    let manifest = status.manifest
    let time = report?.job.finished.flatMap { try? Date($0, strategy: .iso8601) } ?? ended
    json.newline()
    json.beginObject()
    json.member("producer", producer)
    json.member("type", "swab")
    // Milliseconds. The same record has the same _id, however often it is sent.
    json.member("timestamp", Int(time.timeIntervalSince1970 * 1000))
    json.member("_id", "\(manifest.id)/\(job.round)/\(job.id)")
    json.member("idb_tags", ["rse", "backend"])
    json.beginObject("data")
    json.member("campaign", manifest.id)
    json.member("round", job.round)
    json.member("job", "\(job.id)")
    json.member("rse", manifest.rse)
    json.member("site", manifest.site)
    json.member("host", job.host)
    json.member("backend", report?.storage.max { $0.deleted < $1.deleted }?.backend)
    json.member("state", job.assessment.state.rawValue)
    json.member("exit_code", report.map { Int($0.exit.code) } ?? job.facts?.exitCode)
    write(report?.summary, of: job, to: &json)
    // As far as sizes are known.
    json.member("bytes_freed", report?.summary.bytesFreed)
    json.member("bytes_freed_is_partial", report?.summary.freed.isPartial)
    json.beginObject("errors")
    for failure in report?.errors ?? [] { json.member(failure.class, failure.count) }
    json.endObject()
    let seconds = report?.job.seconds
    json.member("seconds", seconds: seconds)
    json.key("rate")
    if let report, let seconds, seconds > 0 {
      json.number((Double(report.summary.deleted) / seconds * 100).rounded() / 100)
    } else {
      json.null()
    }
    json.member("suspect", report?.storage.contains { $0.suspect == true } ?? false)
    json.endObject()
    json.endObject()
  }

  /// - Parameter summary: nil: the job has said nothing of its files.
  private func write(_ summary: JobReport.Summary?, of job: CampaignStatus.Job, to json: inout JSONText) {
    json.beginObject("files")
    json.member("deleted", summary?.deleted ?? 0)
    json.member("absent", summary?.absent ?? 0)
    json.member("failed", summary?.failed ?? 0)
    json.member("refused", summary?.refused ?? 0)
    json.member("not_attempted", summary?.notAttempted ?? job.files)
    json.endObject()
  }

  private func overview(_ path: String) -> JobReport? {
    guard let source = try? FileSource(OpenFile(readingRegular: path)) else { return nil }
    var stream = ReportStream(source, name: path)
    return try? stream.overview()
  }
}
