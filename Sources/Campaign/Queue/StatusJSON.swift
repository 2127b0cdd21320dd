import ByteStreams

/// `swab.campaign-status/1`: how a campaign stands, for programs.
package enum StatusJSON {
  /// The value of `schema`.
  package static let schema = "swab.campaign-status/1"

  /// The whole of it, with a line end.
  package static func text(_ status: CampaignStatus) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.member("schema", schema)
    json.newline()
    json.beginObject("campaign")
    json.member("name", status.manifest.name)
    json.member("id", status.manifest.id)
    json.member("rse", status.manifest.rse)
    json.member("site", status.manifest.site)
    json.member("expires", status.manifest.expires)
    json.endObject()
    json.newline()
    json.beginObject("files")
    json.member("total", status.manifest.counts.files)
    json.member("gone", status.gone)
    json.member("notGone", status.notGone)
    json.member("suspect", status.doubted)
    let freed = status.freed
    json.member("bytesFreed", freed.bytes)
    json.member("bytesFreedIsPartial", freed.isPartial)
    json.endObject()
    json.newline()
    json.member("alarm", status.alarm)
    json.newline()
    json.key("rounds")
    writeRounds(status, to: &json)
    json.newline()
    json.beginObject("states")
    for count in status.counts {
      json.member(count.state.rawValue, count.jobs)
    }
    json.endObject()
    json.newline()
    json.beginArray("jobs")
    for job in status.jobs { write(job, to: &json) }
    json.endArray()
    json.newline()
    json.key("hosts")
    status.hosts.write(to: &json)
    json.newline()
    json.member("problems", status.problems + status.hosts.disagreements)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func writeRounds(_ status: CampaignStatus, to json: inout JSONText) {
    json.beginArray()
    for round in status.rounds {
      json.beginObject()
      json.member("round", round.record.round)
      json.member("cluster", round.submission?.cluster)
      json.member("submitted", round.submission?.submitted)
      json.member("jobs", round.facts.count)
      json.endObject()
    }
    json.endArray()
  }

  private static func write(_ job: CampaignStatus.Job, to json: inout JSONText) {
    json.newline()
    json.beginObject()
    json.member("job", job.id.description)
    json.member("round", job.round)
    json.member("condor", job.condorID)
    json.member("state", job.assessment.state.rawValue)
    json.member("row", job.assessment.row)
    json.member("reason", job.assessment.text)
    json.member("advice", job.assessment.advice)
    json.member("holdCode", job.facts?.holdCode)
    json.member("exitCode", job.report.exitCode.map(Int.init) ?? job.facts?.exitCode)
    json.member("files", job.files)
    json.member("gone", job.gone)
    json.member("notGone", job.notGone)
    json.member("starts", job.facts?.starts ?? 0)
    json.member("host", job.host)
    json.member("site", job.facts?.site)
    json.endObject()
  }
}
