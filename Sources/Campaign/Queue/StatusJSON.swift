import ByteStreams

/// `swab.campaign-status/1`: how a campaign stands, for programs.
public enum StatusJSON {
  /// The value of `schema`.
  public static let schema = "swab.campaign-status/1"

  /// The whole of it, with a line end.
  public static func text(_ status: CampaignStatus) -> [UInt8] {
    var json = JSONText()
    json.beginObject()
    json.key("schema")
    json.string(schema)
    json.newline()
    json.key("campaign")
    json.beginObject()
    for (key, value) in [
      ("name", status.manifest.name), ("id", status.manifest.id), ("rse", status.manifest.rse),
      ("site", status.manifest.site), ("expires", status.manifest.expires),
    ] {
      json.key(key)
      json.string(value)
    }
    json.endObject()
    json.newline()
    json.key("files")
    json.beginObject()
    for (key, value) in [
      ("total", status.manifest.counts.files), ("gone", status.gone), ("notGone", status.notGone),
    ] {
      json.key(key)
      json.integer(value)
    }
    json.endObject()
    json.newline()
    json.key("rounds")
    writeRounds(status, to: &json)
    json.newline()
    json.key("states")
    json.beginObject()
    for count in status.counts {
      json.key(count.state.rawValue)
      json.integer(count.jobs)
    }
    json.endObject()
    json.newline()
    json.key("jobs")
    json.beginArray()
    for job in status.jobs { write(job, to: &json) }
    json.endArray()
    json.newline()
    json.key("problems")
    json.strings(status.problems)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  private static func writeRounds(_ status: CampaignStatus, to json: inout JSONText) {
    json.beginArray()
    for round in status.rounds {
      json.beginObject()
      json.key("round")
      json.integer(round.record.round)
      json.key("cluster")
      if let cluster = round.submission?.cluster { json.integer(cluster) } else { json.null() }
      json.key("submitted")
      json.optional(round.submission?.submitted)
      json.key("jobs")
      json.integer(round.record.jobs.count)
      json.endObject()
    }
    json.endArray()
  }

  private static func write(_ job: CampaignStatus.Job, to json: inout JSONText) {
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
    json.key("row")
    json.integer(job.verdict.row)
    json.key("reason")
    json.optional(job.verdict.words)
    json.key("advice")
    json.optional(job.verdict.advice)
    json.key("holdCode")
    if let code = job.facts?.holdCode { json.integer(code) } else { json.null() }
    json.key("exitCode")
    if let code = job.report.exitCode.map(Int.init) ?? job.facts?.exitCode {
      json.integer(code)
    } else {
      json.null()
    }
    json.key("files")
    json.integer(job.files)
    json.key("gone")
    json.integer(job.gone)
    json.key("notGone")
    json.integer(job.notGone)
    json.key("starts")
    json.integer(job.facts?.starts ?? 0)
    json.key("host")
    json.optional(job.facts?.host)
    json.key("site")
    json.optional(job.facts?.site)
    json.endObject()
  }
}
