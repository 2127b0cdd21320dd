import ByteStreams
import DeletionModel
import JobReports

/// Puts the reports of all jobs together.
package struct Collector: Sendable {
  private let directory: CampaignDirectory
  private let tool: JobReport.Tool
  private let now: String

  /// Makes a collector.
  ///
  /// - Parameters:
  ///   - tool: the program, for the report.
  ///   - now: ISO 8601, for the report.
  package init(_ directory: CampaignDirectory, tool: JobReport.Tool, now: String) {
    self.directory = directory
    self.tool = tool
    self.now = now
  }

  /// Writes `campaign-report.json` and `residual.lfns.gz`, each whole or not at all, and gives the report.
  ///
  /// - Parameter status: how the campaign stands, its outputs fetched.
  /// - Throws: ``CampaignError`` (`cannotReport`) where the result can't be written.
  package func collect(_ status: CampaignStatus) throws -> CampaignReport {
    LeftBehind.remove(from: directory)
    var entries = try writing { try SpoolFile(in: directory.path, name: "report entries") }
    var residual = try writing { try AtomicFile(directory.residual, .own) }
    var residualText: [UInt8] = []
    var json = JSONText()
    let report = try Self.report(status, tool: tool, now: now) { outcome, routes in
      Self.write(outcome, routes, to: &json)
      if json.bytes.count >= 1 << 18 {
        try writing { try entries.append(json.bytes) }
        json.bytes.removeAll(keepingCapacity: true)
      }
      guard !outcome.isGone else { return }
      residualText += outcome.record.lfn.utf8
      residualText.append(UInt8(ascii: "\n"))
      if residualText.count >= 1 << 18 {
        try writing { try residual.write(residualText) }
        residualText.removeAll(keepingCapacity: true)
      }
    }
    try writing {
      try entries.append(json.bytes)
      try residual.write(residualText)
      try write(report, entries)
      try residual.commit()
    }
    return report
  }

  /// Goes through all files of a campaign, and gives what there is to say of them.
  ///
  /// - Parameter each: told of every file, in ``LFNOrder``, with what the routes are so far.
  /// - Throws: what `each` throws.
  static func report(
    _ status: CampaignStatus, tool: JobReport.Tool, now: String,
    each: (FileOutcome, [DeletionRoute.Description]) throws -> Void
  ) throws -> CampaignReport {
    var report = CampaignReport(
      tool: tool, manifest: status.manifest, rounds: status.rounds.map(\.submitted),
      submitted: status.rounds.map { $0.submission?.submitted }, collected: now)
    var outcomes = CampaignOutcomes(status)
    var directories = DirectoryTally()
    var reasons = ReasonTally()
    while let outcome = outcomes.next() {
      report.totals.add(outcome.record)
      directories.add(outcome)
      reasons.add(outcome)
      if outcome.isPermanent { report.permanent += 1 }
      try each(outcome, outcomes.routes.descriptions)
    }
    report.jobs = outcomes.accounts
    report.storageRoutes = outcomes.routes.descriptions
    report.worstDirectories = directories.finish()
    report.reasons = reasons.finish()
    for storage in report.jobs.flatMap(\.storage) {
      report.endpoints[storage.endpoint, default: EndpointNotes()].add(storage)
    }
    report.isUncertain = status.isUncertain
    report.hosts = status.hosts
    report.alarm = status.hosts.alarm(report.suspect)
    report.warnings =
      status.problems + status.hosts.disagreements + Self.suspicions(report)
      + Self.unnamedDeletions(report) + outcomes.warnings
    return report
  }

  /// Of the newest round: what earlier ones have left is in its lists.
  private static func unnamedDeletions(_ report: CampaignReport) -> [String] {
    let jobs = report.jobs.filter { $0.round == report.rounds.count && $0.deletedWithoutName > 0 }
    guard let first = jobs.first else { return [] }
    let files = jobs.reduce(0) { $0 + $1.deletedWithoutName }
    return [
      "\(files) of the files that count as not gone were deleted, as \(MessageText.counted(jobs.count, "job")), such as "
        + "\(first.id), said before the end without a report; nobody knows which ones, and the next round finds them absent"
    ]
  }

  private static func suspicions(_ report: CampaignReport) -> [String] {
    report.totals.storage.filter(\.isSuspect).map {
      "nearly all files at \($0.endpoint) were not there: a wrong prefix looks like that"
    }
  }

  /// An entry of `files`: as in a job's report, and which job it was.
  private static func write(
    _ outcome: FileOutcome, _ routes: [DeletionRoute.Description], to json: inout JSONText
  ) {
    json.newline()
    json.beginObject()
    FileEntryText.writeMembers(outcome.record, routes, to: &json)
    json.member("job", outcome.job.description)
    json.member("round", outcome.round)
    json.endObject()
  }

  private func write(_ report: CampaignReport, _ entries: SpoolFile) throws {
    try AtomicFile.replace(directory.report, .own) { file in
      var json = report.head
      json.newline()
      json.beginArray("files")
      try file.write(json.bytes)
      json.bytes.removeAll()
      var source = entries.source()
      while let chunk = try source.next() { try file.write(chunk) }
      json.endArray()
      json.endObject()
      json.endLine()
      try file.write(json.bytes)
    }
  }

  private func writing<Value: ~Copyable>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as FileError {
      throw CampaignError(.cannotReport, "the campaign's report can't be written: \(error)")
    }
  }
}
