import DeletionModel
import ByteStreams

/// Adds up a run and keeps what the report will say of each file, on disk and not in memory.
package actor ReportRecorder: RunRecorder {
  /// The sums so far.
  package private(set) var totals: RunTotals

  /// Why the files can't be named one by one, once that is so: the disk is full.
  package private(set) var failure: String?

  private let routes: [DeletionRoute.Description]
  private let which: ReportFiles
  private var files: EntrySpool?
  private var removed: EntrySpool?
  private var unremoved: EntrySpool?

  /// Makes a recorder.
  ///
  /// - Parameters:
  ///   - which: which files the report will name.
  ///   - target: where the report will be written. Until then the entries are kept beside it, where there is room for
  ///     it, in files without a name: none is left behind, however the process ends.
  ///   - temporary: where they are kept when it is no file that anything can be beside.
  ///   - limitsAge: whether it matters when deleted files were written.
  /// - Throws: ``FileError`` where the directory can't be written to.
  package init(
    routes: [DeletionRoute.Description], which: ReportFiles, target: ReportTarget?, temporary: String,
    limitsAge: Bool = false
  ) throws {
    totals = RunTotals(limitsAge: limitsAge)
    self.routes = routes
    self.which = which
    guard which != .none, let target else { return }
    let directory = target.directory ?? temporary
    files = try EntrySpool(in: directory)
    removed = try EntrySpool(in: directory)
    unremoved = try EntrySpool(in: directory)
  }

  /// Adds records. The sums are kept whatever happens to the disk.
  package func record(_ records: [FileRecord]) {
    // Of the span: a loop over the array would copy each record.
    let records = records.span
    for index in records.indices {
      totals.add(records[index])
      guard which != .none, failure == nil else { continue }
      do {
        try keep(records[index])
      } catch {
        failure = "\(error)"
      }
    }
  }

  /// Notes which endpoints had an open circuit at the end, and when the failures began that opened it.
  package func noteOpen(_ endpoints: [String: String]) { totals.noteOpen(endpoints) }

  /// Notes what was learnt of the limits of endpoints.
  package func notePace(_ summary: @Sendable (_ endpoint: String) -> PaceSummary?) {
    totals.notePace(summary)
  }

  /// Notes which credential endpoints were shown.
  package func noteCredentials(
    _ summary: @Sendable (_ backend: String, _ endpoint: String) -> CredentialSummary?
  ) {
    totals.noteCredentials(summary)
  }

  /// Adds what became of directories.
  package func add(_ directories: PruneCounts) { totals.add(directories) }

  private func keep(_ record: FileRecord) throws {
    let isGone = record.outcome == .deleted || record.outcome == .absent
    if which == .all || !isGone {
      try files?.append { FileEntryText.write(record, routes, to: &$0) }
    }
    if isGone {
      try removed?.append { FileEntryText.writeRemoved(record, routes, to: &$0) }
    } else {
      try unremoved?.append { FileEntryText.writeUnremoved(record, routes, to: &$0) }
    }
  }

  /// Writes the report: whole or not at all.
  ///
  /// - Throws: ``FileError``.
  package func write(_ header: ReportHeader, _ state: ReportState, to target: ReportTarget) throws {
    guard which != .none, failure == nil else { return try ReportDocument.write(header, state, to: target) }
    let lists = ReportDocument.Lists(
      files: try files?.source(), removed: try removed?.source(), unremoved: try unremoved?.source())
    try ReportDocument.write(header, state, lists, to: target)
  }
}

/// The inside of a JSON array, written to an unnamed temporary file.
private struct EntrySpool {
  private var spool: SpoolFile
  private var json = JSONText()

  init(in directory: String) throws {
    spool = try SpoolFile(in: directory, name: "report entries")
  }

  mutating func append(_ write: (inout JSONText) -> Void) throws {
    write(&json)
    if json.bytes.count >= 1 << 18 { try flush() }
  }

  mutating func source() throws -> FileSource {
    try flush()
    return spool.source()
  }

  private mutating func flush() throws {
    try spool.append(json.bytes)
    json.bytes.removeAll(keepingCapacity: true)
  }
}
