import DeletionModel
import ByteStreams

/// Puts a report together and brings it to its place.
package enum ReportDocument {
  /// The insides of the arrays that name files, as JSON.
  package struct Lists {
    package var files: (any ByteSource)?
    package var removed: (any ByteSource)?
    package var unremoved: (any ByteSource)?
  }

  /// Writes a report that names no files: whole, or the old one stays.
  ///
  /// - Throws: ``FileError``.
  package static func write(_ header: ReportHeader, _ state: ReportState, to target: ReportTarget) throws {
    try write(header, state, nil, to: target)
  }

  /// A report that names no files, as text.
  package static func withoutFiles(_ header: ReportHeader, _ state: ReportState) -> [UInt8] {
    var json = JobReportText.head(header, state)
    json.endObject()
    json.endLine()
    return json.bytes
  }

  package static func write(
    _ header: ReportHeader, _ state: ReportState, _ lists: Lists?, to target: ReportTarget
  )
    throws
  {
    try target.write { file in
      var json = JobReportText.head(header, state)
      if let lists {
        json.newline()
        json.beginArray("files")
        try flush(&json, to: &file)
        try copy(lists.files, to: &file)
        json.endArray()
        JobReportText.beginStep(header, state, to: &json)
        try flush(&json, to: &file)
        try copy(lists.removed, to: &file)
        JobReportText.middleOfStep(to: &json)
        try flush(&json, to: &file)
        try copy(lists.unremoved, to: &file)
        JobReportText.endStep(to: &json)
      }
      json.endObject()
      json.endLine()
      try flush(&json, to: &file)
    }
  }

  private static func flush(_ json: inout JSONText, to file: inout AtomicFile) throws {
    try file.write(json.bytes)
    json.bytes.removeAll(keepingCapacity: true)
  }

  private static func copy(_ list: (any ByteSource)?, to file: inout AtomicFile) throws {
    guard var list else { return }
    while let chunk = try list.next() { try file.write(chunk) }
  }
}

/// The stage-out entries that several reports speak of, each once.
package struct ReportRoutes: Sendable {
  /// What each route is, by its number.
  package private(set) var descriptions: [DeletionRoute.Description] = []

  /// None yet.
  package init() {}

  /// The number of the route behind a storage endpoint of a report.
  package mutating func number(of storage: JobReport.Storage) -> Int {
    let description = DeletionRoute.Description(
      rse: storage.rse, storageSite: storage.storageSite, volume: storage.volume,
      protocolName: storage.protocol, command: storage.command ?? "")
    if let known = descriptions.firstIndex(of: description) { return known }
    descriptions.append(description)
    return descriptions.count - 1
  }
}

/// Makes records of the files of one report. Most files are where the one before was, and what is known of that one serves
/// again.
package struct ReportRecords: Sendable {
  private let storage: [JobReport.Storage]
  private let routes: [Int]
  private var last = 0
  private var neighbour: PFN?

  /// - Parameters:
  ///   - report: what names the files; nil where they are known from elsewhere.
  ///   - routes: the number of the route behind each of its storage endpoints; nil: that of the endpoint itself.
  package init(_ report: JobReport?, routes: [Int]? = nil) {
    storage = report?.storage ?? []
    self.routes = routes ?? Array(storage.indices)
  }

  /// The record of a file.
  package mutating func record(of file: JobReport.File) -> FileRecord {
    var record = FileRecord(
      lfn: file.lfn, outcome: file.outcome, attempts: file.attempts, seconds: file.seconds)
    record.pfn = file.pfn
    record.backend = file.backend
    record.facts = FileFacts(size: file.bytes)
    record.confirmedBy = file.confirmedBy
    record.failure = file.error.map { .init(kind: $0.class, code: $0.code, message: $0.message) }
    if let pfn = file.pfn.flatMap({ PFN($0, like: neighbour) }) {
      record.endpoint = pfn.endpoint
      neighbour = pfn
    }
    if !isAt(last, file) { last = storage.indices.first { isAt($0, file) } ?? storage.count }
    if last < storage.count { record.route = routes[last] }
    return record
  }

  private func isAt(_ index: Int, _ file: JobReport.File) -> Bool {
    index < storage.count && storage[index].backend == file.backend && storage[index].rse == file.rse
  }
}

/// How many files ended how. The five numbers always add up to what was requested.
package struct OutcomeCounts: Sendable, Equatable {
  private var deleted = 0
  private var absent = 0
  private var failed = 0
  private var refused = 0
  private var notAttempted = 0

  /// All zero.
  package init() {}

  /// How many ended so.
  package subscript(outcome: Outcome) -> Int {
    get {
      switch outcome {
      case .deleted: deleted
      case .absent: absent
      case .failed: failed
      case .refused: refused
      case .notAttempted: notAttempted
      }
    }
    set {
      switch outcome {
      case .deleted: deleted = newValue
      case .absent: absent = newValue
      case .failed: failed = newValue
      case .refused: refused = newValue
      case .notAttempted: notAttempted = newValue
      }
    }
  }

  /// All together.
  package var requested: Int { deleted + absent + failed + refused + notAttempted }

  /// Those that are not on the storage any more.
  package var gone: Int { deleted + absent }

  /// Those that may still be there.
  package var notGone: Int { failed + refused + notAttempted }

  /// Adds numbers.
  package mutating func add(
    deleted: Int = 0, absent: Int = 0, failed: Int = 0, refused: Int = 0, notAttempted: Int = 0
  ) {
    self.deleted += deleted
    self.absent += absent
    self.failed += failed
    self.refused += refused
    self.notAttempted += notAttempted
  }
}
