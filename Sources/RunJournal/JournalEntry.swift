import DeletionModel

/// What a journal keeps of one file: enough for its line in the report, and what a later run has to know.
package struct JournalEntry: Sendable {
  /// A replica that the file was to be deleted from.
  package struct Replica: Sendable, Equatable {
    package var route: Int
    package var backend: String
    package var pfn: String

    package init(route: Int, backend: String, pfn: String) {
      self.route = route
      self.backend = backend
      self.pfn = pfn
    }

    package static func == (left: Replica, right: Replica) -> Bool {
      left.route == right.route && left.backend == right.backend
        && left.pfn.utf8.elementsEqual(right.pfn.utf8)
    }
  }

  /// Its position in the lists, from 0.
  package var position: Int
  /// Attempts and seconds are those of all runs so far.
  package var record: FileRecord
  /// Whether another run with the same replicas would change nothing.
  package var isFinal: Bool
  /// Where it may have been deleted without anyone saying so.
  package var mayBeGoneAt: RouteSet
  /// All of its replicas.
  package var replicas: [Replica]

  package init(
    position: Int, record: FileRecord, isFinal: Bool, mayBeGoneAt: RouteSet, resolution: Resolution
  ) {
    self.position = position
    self.record = record
    self.isFinal = isFinal
    self.mayBeGoneAt = mayBeGoneAt
    replicas = Self.replicas(of: resolution)
  }

  /// Whether a site still has the file where it was when this was written.
  package func hasReplicas(of resolution: Resolution) -> Bool { replicas == Self.replicas(of: resolution) }

  private static func replicas(of resolution: Resolution) -> [Replica] {
    resolution.replicas.map {
      Replica(route: $0.route, backend: $0.backend.name, pfn: $0.target.pfn.text)
    }
  }

  // MARK: Bytes

  private enum Flag {
    static let isFinal: UInt8 = 1
    static let isConfirmedByAbsence: UInt8 = 2
    static let hasFailure: UInt8 = 4
    static let isUnavailable: UInt8 = 8
    static let hasPFN: UInt8 = 16
  }

  package func write(to writer: inout JournalWriter) {
    var flags: UInt8 = isFinal ? Flag.isFinal : 0
    if record.confirmedBy != nil { flags |= Flag.isConfirmedByAbsence }
    if let failure = record.failure {
      flags |= Flag.hasFailure | (failure.isUnavailable ? Flag.isUnavailable : 0)
    }
    if record.pfn != nil { flags |= Flag.hasPFN }
    writer.number(position)
    writer.byte(flags)
    writer.text(record.outcome.rawValue)
    writer.number(record.attempts)
    writer.real(record.seconds)
    writer.number(Int(mayBeGoneAt.bits))
    writer.text(record.lfn)
    if let pfn = record.pfn {
      write(Replica(route: record.route ?? 0, backend: record.backend ?? "", pfn: pfn), to: &writer)
    }
    writer.number(replicas.count)
    for replica in replicas { write(replica, to: &writer) }
    if let failure = record.failure {
      writer.text(failure.kind)
      writer.text(failure.code)
      writer.text(failure.message)
    }
  }

  /// Of a PFN that ends in the LFN only what stands before it.
  private func write(_ replica: Replica, to writer: inout JournalWriter) {
    writer.number(replica.route)
    writer.text(replica.backend)
    let pfn = replica.pfn.utf8
    let head = pfn.count - record.lfn.utf8.count
    let endsInLFN = head >= 0 && pfn.dropFirst(head).elementsEqual(record.lfn.utf8)
    writer.byte(endsInLFN ? 1 : 0)
    writer.text(endsInLFN ? pfn.prefix(head) : pfn[...])
  }

  package init(_ reader: inout JournalReader) throws(JournalReader.UnreadableEntry) {
    position = try reader.number()
    let flags = try reader.byte()
    guard let outcome = Outcome(rawValue: try reader.text()) else { throw JournalReader.UnreadableEntry() }
    let attempts = try reader.number()
    let seconds = try reader.real()
    mayBeGoneAt = RouteSet(bits: UInt16(truncatingIfNeeded: try reader.number()))
    let lfn = try reader.text()
    record = FileRecord(lfn: lfn, outcome: outcome, attempts: attempts, seconds: seconds)
    isFinal = flags & Flag.isFinal != 0
    if flags & Flag.isConfirmedByAbsence != 0 { record.confirmedBy = "absent" }
    if flags & Flag.hasPFN != 0 {
      let replica = try Self.replica(&reader, lfn)
      record.route = replica.route
      record.backend = replica.backend
      record.pfn = replica.pfn
      record.endpoint = PFN(replica.pfn)?.endpoint
    }
    replicas = []
    for _ in 0..<(try reader.number()) { replicas.append(try Self.replica(&reader, lfn)) }
    if flags & Flag.hasFailure != 0 {
      record.failure = FileRecord.Failure(
        kind: try reader.text(), code: try reader.text(), message: try reader.text(),
        isUnavailable: flags & Flag.isUnavailable != 0)
    }
  }

  private static func replica(_ reader: inout JournalReader, _ lfn: String) throws(JournalReader
    .UnreadableEntry)
    -> Replica
  {
    let route = try reader.number()
    let backend = try reader.text()
    let endsInLFN = try reader.byte() == 1
    let text = try reader.text()
    return Replica(route: route, backend: backend, pfn: endsInLFN ? text + lfn : text)
  }
}

/// One record of a journal. The first byte says which kind it is.
package enum JournalRecord {
  /// What the journal belongs to; the first record, and only that.
  case identity(JournalIdentity)
  /// A run begins.
  case run
  /// Requests for these files are about to be sent to this route.
  case begun(route: Int, positions: [Int])
  /// What became of a file; the last one of a file counts.
  case file(JournalEntry)
  /// How long the run has been at work, in milliseconds.
  case elapsed(Int)
  /// What a backend has to know after a kill, by its name; an empty text takes it away.
  case note(name: String, text: String)

  package var bytes: [UInt8] {
    var writer = JournalWriter()
    switch self {
    case .identity(let identity):
      writer.byte(UInt8(ascii: "I"))
      identity.write(to: &writer)
    case .run:
      writer.byte(UInt8(ascii: "R"))
    case .begun(let route, let positions):
      writer.byte(UInt8(ascii: "B"))
      writer.number(route)
      writer.number(positions.count)
      // Neighbours as their distance: mostly one byte each.
      var last = 0
      for position in positions.sorted() {
        writer.number(position - last)
        last = position
      }
    case .file(let entry):
      writer.byte(UInt8(ascii: "F"))
      entry.write(to: &writer)
    case .elapsed(let milliseconds):
      writer.byte(UInt8(ascii: "T"))
      writer.number(milliseconds)
    case .note(let name, let text):
      writer.byte(UInt8(ascii: "N"))
      writer.text(name)
      writer.text(text)
    }
    return writer.bytes
  }

  package init(_ bytes: ArraySlice<UInt8>) throws(JournalReader.UnreadableEntry) {
    var reader = JournalReader(bytes)
    switch try reader.byte() {
    case UInt8(ascii: "I"): self = .identity(try JournalIdentity(&reader))
    case UInt8(ascii: "R"): self = .run
    case UInt8(ascii: "B"):
      let route = try reader.number()
      var positions: [Int] = []
      var last = 0
      for _ in 0..<(try reader.number()) {
        let (next, overflow) = last.addingReportingOverflow(try reader.number())
        if overflow { throw JournalReader.UnreadableEntry() }
        last = next
        positions.append(last)
      }
      self = .begun(route: route, positions: positions)
    case UInt8(ascii: "F"): self = .file(try JournalEntry(&reader))
    case UInt8(ascii: "T"): self = .elapsed(try reader.number())
    case UInt8(ascii: "N"): self = .note(name: try reader.text(), text: try reader.text())
    default: throw JournalReader.UnreadableEntry()
    }
    guard reader.isAtEnd else { throw JournalReader.UnreadableEntry() }
  }
}
