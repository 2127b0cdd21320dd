import ByteStreams
import Deletion

/// Puts the reports of all jobs together.
public struct Collector: Sendable {
  private let folder: CampaignFolder
  private let tool: ReportHeader.Tool
  private let now: String

  /// Makes a collector.
  ///
  /// - Parameters:
  ///   - tool: the program, for the report.
  ///   - now: ISO 8601, for the report.
  public init(_ folder: CampaignFolder, tool: ReportHeader.Tool, now: String) {
    self.folder = folder
    self.tool = tool
    self.now = now
  }

  /// Writes `campaign-report.json` and `residual.lfns.gz`, each whole or not at all, and gives the report.
  ///
  /// - Parameter status: how the campaign stands, its outputs fetched.
  /// - Throws: ``CampaignError`` (`badInput`) for lists that overlap, (`noInput`) for those that can't be read,
  ///   (`cannotReport`) where the result can't be written.
  public func collect(_ status: CampaignStatus) throws -> CampaignReport {
    var entries = try writing { try SpoolFile(in: folder.path, name: "report entries") }
    var residual = try writing { try AtomicFile(folder.residual) }
    var residualText: [UInt8] = []
    var json = JSONText()
    let report = try Self.report(status, tool: tool, now: now) { fate, routes in
      Self.write(fate, routes, to: &json)
      if json.bytes.count >= 1 << 18 {
        try writing { try entries.append(json.bytes) }
        json.bytes.removeAll(keepingCapacity: true)
      }
      guard !fate.isGone else { return }
      residualText += fate.record.lfn.utf8
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
  /// - Throws: ``CampaignError`` for lists that overlap or can't be read; what `each` throws.
  static func report(
    _ status: CampaignStatus, tool: ReportHeader.Tool, now: String,
    each: (Fate, [DeletionRoute.Description]) throws -> Void
  ) throws -> CampaignReport {
    var report = CampaignReport(
      tool: tool, manifest: status.manifest, rounds: status.rounds.map(\.record),
      submitted: status.rounds.map { $0.submission?.submitted }, collected: now)
    var fates = CampaignFates(status)
    var directories = DirectoryTally()
    while let fate = try reading({ try fates.next() }) {
      report.totals.add(fate.record)
      directories.add(fate)
      if fate.isPermanent { report.permanent += 1 }
      try each(fate, fates.routes.descriptions)
    }
    report.jobs = fates.accounts
    report.storageRoutes = fates.routes.descriptions
    report.worstDirectories = directories.finish()
    report.warnings = status.problems + Self.suspicions(report) + fates.warnings
    return report
  }

  private static func reading<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let error as FileError {
      throw CampaignError(.noInput, "\(error)")
    } catch let error as ListError {
      throw CampaignError(.badInput, "\(error)")
    }
  }

  private static func suspicions(_ report: CampaignReport) -> [String] {
    report.totals.storage.filter(\.isSuspect).map {
      "nearly all files at \($0.endpoint) were not there: that is what a wrong prefix looks like"
    }
  }

  /// An entry of `files`: as in a job's report, and which job it was.
  private static func write(_ fate: Fate, _ routes: [DeletionRoute.Description], to json: inout JSONText) {
    json.newline()
    json.beginObject()
    FileEntryText.writeMembers(fate.record, routes, to: &json)
    json.member("job", fate.job.description)
    json.member("round", fate.round)
    json.endObject()
  }

  private func write(_ report: CampaignReport, _ entries: SpoolFile) throws {
    try AtomicFile.replace(folder.report) { file in
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
