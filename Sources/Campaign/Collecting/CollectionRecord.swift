import ByteStreams
import DeletionModel
import FoundationEssentials

/// `collected.json`, `swab.collection/1`: what the last `collect` was made from, and what it showed. As long as nothing of
/// that has changed, reading all reports and writing all files again would give the same.
package struct CollectionRecord: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.collection/1"

  /// `swab.collection/1`.
  package var schema = CollectionRecord.schema
  /// A digest of how the jobs stand, and of their lists, reports and journals as files.
  package var inputs: String
  /// A digest of the files that were written.
  package var outputs: String
  /// What it came to.
  package var sums: Sums
  /// What was shown to a person.
  package var lines: [String]
  /// The report without its files, as JSON.
  package var report: String
  /// The page for a browser.
  package var page: String
  /// The exit code.
  package var exit: Int32

  /// What a cycle has to know of a campaign's report.
  package struct Sums: Sendable, Equatable, Codable {
    package var deleted: Int
    package var absent: Int
    package var notGone: Int
    /// Bytes of the deleted files whose size is known.
    package var bytesFreed: Int
    /// Whether there are deleted files of unknown size.
    package var bytesFreedIsPartial: Bool
    /// How many files by which class of error.
    package var errors: [String: Int]
    /// Whether jobs that were submitted are to come, or it can't be told.
    package var isIncomplete: Bool
    /// The report's own words.
    package var exitReason: String

    package init(
      deleted: Int, absent: Int, notGone: Int, freed: FreedBytes, errors: [String: Int], isIncomplete: Bool,
      exitReason: String
    ) {
      (self.deleted, self.absent, self.notGone) = (deleted, absent, notGone)
      (bytesFreed, bytesFreedIsPartial) = (freed.bytes, freed.isPartial)
      (self.errors, self.isIncomplete, self.exitReason) = (errors, isIncomplete, exitReason)
    }

    /// Those of a report.
    package init(_ report: CampaignReport) {
      let counts = report.totals.counts
      self.init(
        deleted: counts[.deleted], absent: counts[.absent], notGone: counts.notGone,
        freed: report.totals.freed,
        // What waits for its turn is no error, and may be the most of a large campaign.
        errors: Dictionary(
          report.totals.failures.filter { $0.kind != JobAccount.pending }.map { ($0.kind, $0.count) },
          uniquingKeysWith: +),
        isIncomplete: report.jobsToCome.contains { !$0.isLeft }, exitReason: report.exit.reason)
    }

    /// The class of the most errors; nil for none.
    package var worstError: String? { errors.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key }
  }

  /// Makes the value, once the files are written.
  ///
  /// - Parameter tool: the program's version.
  package init(
    _ status: CampaignStatus, _ directory: CampaignDirectory, tool: String, sums: Sums, lines: [String],
    report: String, page: String, exit: Int32
  ) {
    inputs = Self.inputs(status, tool)
    outputs = Self.outputs(directory)
    self.sums = sums
    (self.lines, self.report, self.page, self.exit) = (lines, report, page, exit)
  }

  /// The last one, if it still holds; nil: everything has to be read again.
  package static func current(_ status: CampaignStatus, _ directory: CampaignDirectory, tool: String) -> Self?
  {
    guard let bytes = try? FileSource.contents(of: directory.collected, limit: 256 << 20, regular: true),
      let record: Self = try? CampaignFiles.value(bytes, schema, name: directory.collected),
      record.inputs == inputs(status, tool), record.outputs == outputs(directory)
    else { return nil }
    return record
  }

  /// Writes it. That it can't be written costs only time.
  package func write(to directory: CampaignDirectory) {
    try? CampaignFiles.write(self, to: directory.collected)
  }

  private static func inputs(_ status: CampaignStatus, _ tool: String) -> String {
    guard let digest = SHA256() else { return "" }
    func add(_ text: String) { digest.add(Array((text + "\n").utf8)) }
    add(
      "\(tool) \(status.manifest.id) \(status.rounds.count) \(status.problems) \(status.hosts.disagreements)")
    for round in status.rounds {
      add("\(round.record) \(String(describing: round.submission))")
      for job in status.jobs where job.round == round.record.round {
        let files = round.directory.job(job.id)
        add(
          "\(job.id) \(job.assessment) \(job.condorID ?? "") \(job.facts?.exitCode ?? -1) \(job.host ?? "") \(job.doubted) "
            + [files.list, files.report, files.journal(campaign: status.manifest.id)].map(trace).joined(
              separator: " ")
        )
      }
    }
    return digest.finish()
  }

  private static func outputs(_ directory: CampaignDirectory) -> String {
    [directory.report, directory.residual].map(trace).joined(separator: " ")
  }

  /// What tells a file from another one that took its place, and from itself before it was written to.
  private static func trace(_ path: String) -> String {
    guard let found = try? FileManager.default.attributesOfItem(atPath: path) else { return "-" }
    let changed = (found[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
    return "\(found[.systemFileNumber] ?? 0).\(found[.size] ?? 0).\(changed)"
  }
}
