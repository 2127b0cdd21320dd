import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials
import JobReports

/// What is never cleaned: files that were in the list of several scans and are still there, with the time of the scan that had
/// them first, and why they are not gone.
///
/// `leftovers.gz` has a line for each: LFN, time, class of the error; in the order of a campaign's lists. A file that the next
/// campaign does not have any more is not in it any more. `leftovers.json` has the sums by directory.
package struct Leftovers {
  /// Files of one directory.
  package struct Row: Sendable, Equatable, Codable {
    package var directory: String
    package var files: Int
    /// When the scan began that had the first of them. ISO 8601.
    package var since: String
    /// How many for which class of error.
    package var reasons: [String: Int]
  }

  /// `swab.cycle-leftovers/1`.
  package struct Document: Sendable, Equatable, Codable {
    package static let schema = "swab.cycle-leftovers/1"
    package var schema = Document.schema
    /// The campaign after which this was put together.
    package var campaign: String
    /// Files that are left, and those of them that an earlier scan had.
    package var files = 0
    package var repeated = 0
    /// Of the files that several scans had: the one that is there the longest, and since when.
    package var oldest: String?
    package var since: String?
    /// Directories with files that several scans had, the most files first.
    package var directories: [Row] = []
  }

  /// How many directories are named.
  private static let named = 100
  /// How many are counted at the same time; files of further ones count in the sums only.
  private static let counted = 100_000

  /// Puts the account together after a campaign. Throws `FileError`.
  ///
  /// - Parameters:
  ///   - scan: when the campaign's scan began.
  static func update(_ directory: RSEDirectory, _ campaign: String, scan: String, _ status: CampaignStatus)
    throws
  {
    var before = Lines(path: directory.leftovers)
    var document = Document(campaign: campaign)
    var rows: [String: Row] = [:]
    var outcomes = CampaignOutcomes(status)
    try AtomicFile.replace(directory.leftovers, .own) { file in
      var chunk: [UInt8] = []
      while let outcome = outcomes.next() {
        if outcome.isGone { continue }
        let lfn = outcome.record.lfn
        let reason = outcome.record.failure?.kind ?? outcome.record.outcome.rawValue
        let earlier = before.time(of: lfn)
        document.files += 1
        chunk += Array("\(lfn)\t\(earlier ?? scan)\t\(reason)\n".utf8)
        if chunk.count > 1 << 16 {
          try file.write(chunk)
          chunk = []
        }
        guard let earlier, earlier < scan else { continue }
        document.repeated += 1
        if document.since.map({ earlier < $0 }) ?? true { (document.oldest, document.since) = (lfn, earlier) }
        let slash = lfn.utf8.lastIndex(of: UInt8(ascii: "/")) ?? lfn.utf8.startIndex
        let name = String(Substring(lfn.utf8[..<slash]))
        guard rows[name] != nil || rows.count < counted else { continue }
        var row = rows[name] ?? Row(directory: name, files: 0, since: earlier, reasons: [:])
        row.files += 1
        row.since = min(row.since, earlier)
        row.reasons[reason, default: 0] += 1
        rows[name] = row
      }
      try file.write(chunk)
    }
    document.directories = Array(
      rows.values.sorted { ($1.files, $0.directory) < ($0.files, $1.directory) }.prefix(named))
    try CampaignFiles.write(document, to: directory.leftoverSums)
  }

  /// The sums; nil where there are none.
  package static func read(_ directory: RSEDirectory) -> Document? {
    guard FileManager.default.fileExists(atPath: directory.leftoverSums) else { return nil }
    return try? CampaignFiles.read(directory.leftoverSums, Document.schema)
  }

  /// The lines of the account before, in their order.
  private struct Lines {
    private var source: (any ByteSource)?
    private var rest: [UInt8] = []
    private var position = 0
    private var line: (lfn: String, time: String)?

    init(path: String) {
      source = (try? FileSource(regularFile: path)).flatMap { try? sniffed($0) }
      line = next()
    }

    /// When the file was listed first; nil where it was not in the account. To be asked in the order of the lines.
    mutating func time(of lfn: String) -> String? {
      while let line, LFNOrder.precedes(line.lfn, lfn) { self.line = next() }
      guard let line, Array(line.lfn.utf8) == Array(lfn.utf8) else { return nil }
      return line.time
    }

    private mutating func next() -> (lfn: String, time: String)? {
      while true {
        if let end = rest[position...].firstIndex(of: 0x0A) {
          let fields = rest[position..<end].split(separator: 0x09, omittingEmptySubsequences: false)
          position = end + 1
          guard fields.count == 3 else { continue }
          return (String(decoding: fields[0], as: UTF8.self), String(decoding: fields[1], as: UTF8.self))
        }
        rest = Array(rest[position...])
        position = 0
        // What can't be read is as if it were not there: the account begins anew.
        guard let chunk = (try? source?.next()) ?? nil else { return nil }
        rest += chunk
      }
    }
  }
}
