import ByteStreams

/// Adds up a run and keeps what the report will say of each file, on disk and not in memory.
public actor ReportRecorder: RunRecorder {
  /// The sums so far.
  public private(set) var totals = RunTotals()

  /// Why the files can't be named one by one, once that is so: the disk is full.
  public private(set) var failure: String?

  private let routes: [DeletionRoute.Description]
  private let which: ReportFiles
  private var files: EntrySpool?
  private var removed: EntrySpool?
  private var unremoved: EntrySpool?

  /// Makes a recorder.
  ///
  /// - Parameters:
  ///   - which: which files the report will name.
  ///   - folder: where the entries are kept until the report is written, in files without a name: none is left
  ///     behind, however the process ends.
  /// - Throws: ``FileError`` where the folder can't be written to.
  public init(routes: [DeletionRoute.Description], which: ReportFiles, folder: String) throws {
    self.routes = routes
    self.which = which
    guard which != .none else { return }
    files = try EntrySpool(in: folder)
    removed = try EntrySpool(in: folder)
    unremoved = try EntrySpool(in: folder)
  }

  /// Adds records. The sums are kept whatever happens to the disk.
  public func record(_ records: [FileRecord]) {
    // By index: a loop over the records would copy each.
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

  /// Notes which endpoints were ill at the end.
  public func noteOpen(_ endpoints: Set<String>) { totals.noteOpen(endpoints) }

  /// Adds what became of directories.
  public func add(_ directories: PruneCounts) { totals.add(directories) }

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

  /// Writes the report to a path: whole or not at all.
  ///
  /// - Throws: ``FileError``.
  public func write(_ header: ReportHeader, _ state: ReportState, to path: String) throws {
    guard which != .none, failure == nil else { return try ReportDocument.write(header, state, to: path) }
    let lists = ReportDocument.Lists(
      files: try files?.source(), removed: try removed?.source(), unremoved: try unremoved?.source())
    try ReportDocument.write(header, state, lists, to: path)
  }
}

/// The inside of a JSON array, written to an unnamed temporary file.
private struct EntrySpool {
  private var spool: SpoolFile
  private var json = JSONText()

  init(in folder: String) throws {
    spool = try SpoolFile(in: folder, name: "report entries")
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
