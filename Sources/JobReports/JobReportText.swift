import DeletionModel
import ByteStreams

/// The report `swab.job-report/1` without its long lists.
package enum JobReportText {
  /// The value of `schema`.
  package static let schema = "swab.job-report/1"

  /// Everything from the opening brace up to where `files` would begin; the object stays open.
  package static func head(_ header: ReportHeader, _ state: ReportState) -> JSONText {
    var json = JSONText()
    json.beginObject()
    json.member("schema", schema)
    json.newline()
    json.member("status", state.isComplete ? "complete" : "incomplete")
    json.newline()
    json.key("tool")
    write(header.tool, to: &json)
    json.newline()
    json.key("job")
    write(header.job, state, to: &json)
    json.newline()
    json.key("request")
    write(header.request, to: &json)
    json.newline()
    json.key("summary")
    writeSummary(header, state, to: &json)
    json.newline()
    json.key("storage")
    writeStorage(state.totals, header.routes, to: &json)
    json.newline()
    json.key("errors")
    writeErrors(state.totals, to: &json)
    json.newline()
    json.member("warnings", state.warnings)
    json.newline()
    json.key("exit")
    write(state.exit, to: &json)
    return json
  }

  /// `steps` up to where `removed` begins: the shape of WMCore's JSON job report.
  package static func beginStep(_ header: ReportHeader, _ state: ReportState, to json: inout JSONText) {
    json.newline()
    json.beginObject("steps")
    json.beginObject("swab")
    json.member("status", state.exit.wmcoreExitCode)
    json.member("site", header.job.site)
    json.member("start", header.job.started)
    json.member("stop", state.finished)
    json.beginArray("errors")
    for failures in state.totals.failures + state.totals.suspicions {
      json.beginObject()
      json.member("exitCode", WMCoreExitCode.code(for: failures))
      json.member("type", failures.kind)
      let example = failures.example
      json.member(
        "details",
        "\(MessageText.counted(failures.count, "file")), such as \(example.lfn): \(example.failure?.message ?? "")"
      )
      json.endObject()
    }
    json.endArray()
    json.beginObject("cleanup")
    json.beginArray("removed")
  }

  /// From the end of `removed` to where `unremoved` begins.
  package static func middleOfStep(to json: inout JSONText) {
    json.endArray()
    json.beginArray("unremoved")
  }

  /// From the end of `unremoved` to the end of `steps`.
  package static func endStep(to json: inout JSONText) {
    json.endArray()
    json.endObject()
    json.endObject()
    json.endObject()
  }

  package static func write(_ tool: JobReport.Tool, to json: inout JSONText) {
    json.beginObject()
    json.member("name", tool.name)
    json.member("version", tool.version)
    json.member("commit", tool.commit)
    json.endObject()
  }

  private static func write(_ job: JobReport.Job, _ state: ReportState, to json: inout JSONText) {
    json.beginObject()
    json.member("host", job.host)
    json.member("user", job.user)
    json.member("pid", job.pid)
    json.member("started", job.started)
    json.member("finished", state.finished)
    json.member("seconds", seconds: state.seconds)
    json.member("site", job.site)
    json.member("subsite", job.subsite)
    json.member("siteConfig", job.siteConfig)
    json.member("campaign", job.campaign)
    json.member("jobId", job.jobId)
    json.key("condor")
    if let condor = job.condorJSON { json.raw(Array(condor.utf8)) } else { json.null() }
    if let journal = job.journal {
      json.beginObject("journal")
      json.member("file", journal.file)
      json.member("runs", journal.runs)
      json.member("earlierSeconds", seconds: journal.earlierSeconds)
      json.member("settledEarlier", journal.settledEarlier)
      json.endObject()
    }
    json.endObject()
  }

  private static func write(_ request: JobReport.Request, to json: inout JSONText) {
    json.beginObject()
    json.member("sources", request.sources)
    json.member("rse", request.rse)
    json.member("allow", request.allow)
    json.beginObject("protected")
    json.member("files", request.protected.files)
    json.member("entries", request.protected.entries)
    json.endObject()
    json.member("notNewerThan", request.notNewerThan)
    json.member("dryRun", request.dryRun)
    json.member("retries", request.retries)
    json.member("timeout", seconds: request.timeout)
    json.member("deadline", seconds: request.deadline)
    json.member("concurrency", request.concurrency)
    json.endObject()
  }

  private static func writeSummary(_ header: ReportHeader, _ state: ReportState, to json: inout JSONText) {
    writeSummary(state.totals, seconds: state.seconds + (header.job.journal?.earlierSeconds ?? 0), to: &json)
  }

  package static func writeSummary(_ totals: RunTotals, seconds: Double, to json: inout JSONText) {
    let counts = totals.counts
    json.beginObject()
    json.member("requested", counts.requested)
    for outcome in Outcome.allCases {
      json.member(outcome.rawValue, counts[outcome])
    }
    json.member("attempts", totals.attempts)
    json.member("bytesFreed", totals.freed.bytes)
    json.member("bytesFreedIsPartial", totals.freed.isPartial)
    if let count = totals.ageUnknown { json.member("ageUnknown", count) }
    json.member("filesPerSecond", seconds: seconds > 0 ? Double(counts.gone) / seconds : 0)
    json.key("latency")
    write(totals.latency, to: &json)
    if let directories = totals.directories {
      json.beginObject("directories")
      json.member("removed", directories.removed)
      json.member("kept", directories.kept)
      json.member("failed", directories.failed)
      json.endObject()
    }
    json.endObject()
  }

  package static func writeStorage(
    _ totals: RunTotals, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.beginArray()
    for storage in totals.storage {
      let route = routes.indices.contains(storage.route) ? routes[storage.route] : nil
      json.newline()
      json.beginObject()
      json.member("rse", route?.rse)
      json.member("storageSite", route?.storageSite)
      json.member("volume", route?.volume)
      json.member("protocol", route?.protocolName)
      json.member("command", route?.command)
      json.member("backend", storage.backend)
      json.member("endpoint", storage.endpoint)
      for outcome in [Outcome.deleted, .absent, .failed] {
        json.member(outcome.rawValue, storage.counts[outcome])
      }
      json.member("circuit", storage.isOpen ? "open" : "closed")
      if let began = storage.failingSince { json.member("failingSince", began) }
      if storage.isSuspect {
        json.member("suspect", true)
      }
      if let pace = storage.pace { write(pace, to: &json) }
      if let credential = storage.credential { write(credential, to: &json) }
      json.key("latency")
      write(storage.latency, to: &json)
      json.endObject()
    }
    json.endArray()
  }

  package static func writeErrors(
    _ totals: RunTotals, withSuspicions: Bool = true, to json: inout JSONText
  ) {
    json.beginArray()
    for failures in totals.failures + (withSuspicions ? totals.suspicions : []) {
      json.newline()
      json.beginObject()
      json.member("class", failures.kind)
      json.member("count", failures.count)
      json.member("wmcoreExitCode", WMCoreExitCode.code(for: failures))
      json.key("example")
      write(failures.example, to: &json)
      json.beginArray("examples")
      for example in failures.examples { write(example, to: &json) }
      json.endArray()
      json.endObject()
    }
    json.endArray()
  }

  private static func write(_ example: FileRecord, to json: inout JSONText) {
    json.beginObject()
    json.member("lfn", example.lfn)
    json.member("pfn", example.pfn)
    json.member("code", example.failure?.code)
    json.member("message", example.failure?.message ?? "")
    json.endObject()
  }

  package static func write(_ exit: RunExit, to json: inout JSONText) {
    json.beginObject()
    json.member("code", exit.status.rawValue)
    json.member("wmcoreExitCode", exit.wmcoreExitCode)
    json.member("reason", exit.reason)
    json.endObject()
  }

  private static func write(_ pace: PaceSummary, to json: inout JSONText) {
    json.beginObject("pace")
    json.member("kind", pace.kind.rawValue)
    json.member("ratePerSecond", seconds: pace.ratePerSecond)
    json.member("inFlight", pace.inFlight)
    json.member("requests", pace.requests)
    json.member("refused", pace.refused)
    json.endObject()
  }

  private static func write(_ credential: CredentialSummary, to json: inout JSONText) {
    json.beginObject("credential")
    json.member("kind", credential.kind.rawValue)
    json.member("subject", credential.subject)
    json.member("source", credential.source)
    json.member("identifier", credential.identifier)
    json.member("expires", credential.expires)
    json.beginArray("servers")
    for server in credential.servers {
      json.beginObject()
      json.member("server", server.server)
      json.member("kind", server.kind.rawValue)
      json.endObject()
    }
    json.endArray()
    json.endObject()
  }

  /// Percentiles in seconds; `buckets` is what a merge adds up.
  private static func write(_ latency: LatencyHistogram, to json: inout JSONText) {
    json.beginObject()
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
      json.member(name, seconds: latency.percentile(share))
    }
    json.member("max", seconds: latency.max)
    json.beginArray("buckets")
    for pair in latency.filled {
      json.beginArray()
      for number in pair { json.integer(number) }
      json.endArray()
    }
    json.endArray()
    json.endObject()
  }
}
