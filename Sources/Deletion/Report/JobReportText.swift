import ByteStreams

/// The report `swab.job-report/1` without its long lists.
package enum JobReportText {
  /// The value of `schema`.
  static let schema = "swab.job-report/1"

  /// Everything from the opening brace up to where `files` would begin; the object stays open.
  static func head(_ header: ReportHeader, _ state: ReportState) -> JSONText {
    var json = JSONText()
    json.beginObject()
    json.key("schema")
    json.string(schema)
    json.newline()
    json.key("status")
    json.string(state.isComplete ? "complete" : "incomplete")
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
    json.key("warnings")
    json.strings(state.warnings)
    json.newline()
    json.key("exit")
    write(state.exit, to: &json)
    return json
  }

  /// `steps` up to where `removed` begins: the shape of WMCore's JSON job report.
  static func beginStep(_ header: ReportHeader, _ state: ReportState, to json: inout JSONText) {
    json.newline()
    json.key("steps")
    json.beginObject()
    json.key("swab")
    json.beginObject()
    json.key("status")
    json.integer(state.exit.wmcoreExitCode)
    json.key("site")
    json.optional(header.job.site)
    json.key("start")
    json.string(header.job.started)
    json.key("stop")
    json.optional(state.finished)
    json.key("errors")
    json.beginArray()
    for failures in state.totals.failures {
      json.beginObject()
      json.key("exitCode")
      json.integer(WMCoreExitCode.code(for: failures))
      json.key("type")
      json.string(failures.kind)
      json.key("details")
      let example = failures.example
      json.string(
        "\(failures.count) file\(failures.count == 1 ? "" : "s"), such as \(example.lfn): \(example.failure?.message ?? "")"
      )
      json.endObject()
    }
    json.endArray()
    json.key("cleanup")
    json.beginObject()
    json.key("removed")
    json.beginArray()
  }

  /// From the end of `removed` to where `unremoved` begins.
  static func middleOfStep(to json: inout JSONText) {
    json.endArray()
    json.key("unremoved")
    json.beginArray()
  }

  /// From the end of `unremoved` to the end of `steps`.
  static func endStep(to json: inout JSONText) {
    json.endArray()
    json.endObject()
    json.endObject()
    json.endObject()
  }

  package static func write(_ tool: ReportHeader.Tool, to json: inout JSONText) {
    json.beginObject()
    json.key("name")
    json.string(tool.name)
    json.key("version")
    json.string(tool.version)
    json.key("commit")
    json.string(tool.commit)
    json.endObject()
  }

  private static func write(_ job: ReportHeader.Job, _ state: ReportState, to json: inout JSONText) {
    json.beginObject()
    json.key("host")
    json.string(job.host)
    json.key("user")
    json.string(job.user)
    json.key("pid")
    json.integer(job.pid)
    json.key("started")
    json.string(job.started)
    json.key("finished")
    json.optional(state.finished)
    json.key("seconds")
    json.seconds(state.seconds)
    json.key("site")
    json.optional(job.site)
    json.key("subsite")
    json.optional(job.subsite)
    json.key("siteConfig")
    json.optional(job.siteConfig)
    json.key("campaign")
    json.optional(job.campaign)
    json.key("jobId")
    json.optional(job.jobId)
    json.key("condor")
    if let condor = job.condorJSON { json.raw(Array(condor.utf8)) } else { json.null() }
    if let journal = job.journal {
      json.key("journal")
      json.beginObject()
      json.key("file")
      json.string(journal.file)
      json.key("runs")
      json.integer(journal.runs)
      json.key("earlierSeconds")
      json.seconds(journal.earlierSeconds)
      json.key("settledEarlier")
      json.integer(journal.settledEarlier)
      json.endObject()
    }
    json.endObject()
  }

  private static func write(_ request: ReportHeader.Request, to json: inout JSONText) {
    json.beginObject()
    json.key("sources")
    json.strings(request.sources)
    json.key("rse")
    json.optional(request.rse)
    json.key("allow")
    json.strings(request.allow)
    json.key("protected")
    json.beginObject()
    json.key("files")
    json.strings(request.protectedFiles)
    json.key("entries")
    json.integer(request.protectedEntries)
    json.endObject()
    json.key("dryRun")
    json.bool(request.dryRun)
    json.key("retries")
    json.integer(request.retries)
    json.key("timeout")
    json.seconds(request.timeout)
    json.key("deadline")
    json.optional(request.deadline)
    json.key("concurrency")
    if let concurrency = request.concurrency { json.integer(concurrency) } else { json.null() }
    json.endObject()
  }

  private static func writeSummary(_ header: ReportHeader, _ state: ReportState, to json: inout JSONText) {
    writeSummary(state.totals, seconds: state.seconds + (header.job.journal?.earlierSeconds ?? 0), to: &json)
  }

  package static func writeSummary(_ totals: RunTotals, seconds: Double, to json: inout JSONText) {
    let counts = totals.counts
    json.beginObject()
    json.key("requested")
    json.integer(counts.requested)
    for outcome in Outcome.allCases {
      json.key(outcome.rawValue)
      json.integer(counts[outcome])
    }
    json.key("attempts")
    json.integer(totals.attempts)
    json.key("filesPerSecond")
    json.seconds(seconds > 0 ? Double(counts.gone) / seconds : 0)
    json.key("latency")
    write(totals.latency, to: &json)
    if let directories = totals.directories {
      json.key("directories")
      json.beginObject()
      json.key("removed")
      json.integer(directories.removed)
      json.key("kept")
      json.integer(directories.kept)
      json.key("failed")
      json.integer(directories.failed)
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
      json.key("rse")
      json.optional(route?.rse)
      json.key("storageSite")
      json.optional(route?.storageSite)
      json.key("volume")
      json.optional(route?.volume)
      json.key("protocol")
      json.optional(route?.protocolName)
      json.key("command")
      json.optional(route?.command)
      json.key("backend")
      json.string(storage.backend)
      json.key("endpoint")
      json.string(storage.endpoint)
      for outcome in [Outcome.deleted, .absent, .failed] {
        json.key(outcome.rawValue)
        json.integer(storage.counts[outcome])
      }
      json.key("circuit")
      json.string(storage.isOpen ? "open" : "closed")
      if storage.isSuspect {
        json.key("suspect")
        json.bool(true)
      }
      json.key("latency")
      write(storage.latency, to: &json)
      json.endObject()
    }
    json.endArray()
  }

  package static func writeErrors(_ totals: RunTotals, to json: inout JSONText) {
    json.beginArray()
    for failures in totals.failures {
      json.newline()
      json.beginObject()
      json.key("class")
      json.string(failures.kind)
      json.key("count")
      json.integer(failures.count)
      json.key("wmcoreExitCode")
      json.integer(WMCoreExitCode.code(for: failures))
      json.key("example")
      json.beginObject()
      json.key("lfn")
      json.string(failures.example.lfn)
      json.key("pfn")
      json.optional(failures.example.pfn)
      json.key("message")
      json.string(failures.example.failure?.message ?? "")
      json.endObject()
      json.endObject()
    }
    json.endArray()
  }

  package static func write(_ exit: RunExit, to json: inout JSONText) {
    json.beginObject()
    json.key("code")
    json.integer(exit.status.rawValue)
    json.key("wmcoreExitCode")
    json.integer(exit.wmcoreExitCode)
    json.key("reason")
    json.string(exit.reason)
    json.endObject()
  }

  /// Percentiles in seconds; `buckets` is what a merge adds up.
  private static func write(_ latency: LatencyHistogram, to json: inout JSONText) {
    json.beginObject()
    for (name, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
      json.key(name)
      json.seconds(latency.percentile(share))
    }
    json.key("max")
    json.seconds(latency.max)
    json.key("buckets")
    json.beginArray()
    for pair in latency.filled {
      json.beginArray()
      for number in pair { json.integer(number) }
      json.endArray()
    }
    json.endArray()
    json.endObject()
  }
}
