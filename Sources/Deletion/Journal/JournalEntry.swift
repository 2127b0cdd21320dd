/// What a journal keeps of one file: enough for its line in the report, and what a later run has to know.
struct JournalEntry: Sendable {
  /// A place that the file was to be deleted from.
  struct Place: Sendable, Equatable {
    var route: Int
    var backend: String
    var pfn: String

    static func == (left: Place, right: Place) -> Bool {
      left.route == right.route && left.backend == right.backend
        && left.pfn.utf8.elementsEqual(right.pfn.utf8)
    }
  }

  /// Its place in the lists, from 0.
  var position: Int
  /// Attempts and seconds are those of all runs so far.
  var record: FileRecord
  /// Whether another run with the same places would change nothing.
  var isFinal: Bool
  /// Where it may have been deleted without anyone saying so.
  var mayBeGoneAt: RouteSet
  /// All of its places.
  var places: [Place]

  init(_ walk: PlaceWalk) {
    position = walk.position
    record = walk.record(stopped: nil)
    isFinal = walk.isFinal
    mayBeGoneAt = walk.mayBeGoneAt
    places = Self.places(of: walk.resolution)
  }

  /// Whether a site still has the file where it was when this was written.
  func hasPlaces(of resolution: Resolution) -> Bool { places == Self.places(of: resolution) }

  private static func places(of resolution: Resolution) -> [Place] {
    resolution.places.map {
      Place(route: $0.route, backend: $0.backend.name, pfn: $0.target.pfn.text)
    }
  }

  // MARK: Bytes

  private enum Flag {
    static let isFinal: UInt8 = 1
    static let isConfirmedByAbsence: UInt8 = 2
    static let hasFailure: UInt8 = 4
    static let isUnavailable: UInt8 = 8
    static let hasPlace: UInt8 = 16
  }

  func write(to writer: inout JournalWriter) {
    var flags: UInt8 = isFinal ? Flag.isFinal : 0
    if record.confirmedBy != nil { flags |= Flag.isConfirmedByAbsence }
    if let failure = record.failure {
      flags |= Flag.hasFailure | (failure.isUnavailable ? Flag.isUnavailable : 0)
    }
    if record.pfn != nil { flags |= Flag.hasPlace }
    writer.number(position)
    writer.byte(flags)
    writer.text(record.outcome.rawValue)
    writer.number(record.attempts)
    writer.real(record.seconds)
    writer.number(Int(mayBeGoneAt.bits))
    writer.text(record.lfn)
    if let pfn = record.pfn {
      write(Place(route: record.route ?? 0, backend: record.backend ?? "", pfn: pfn), to: &writer)
    }
    writer.number(places.count)
    for place in places { write(place, to: &writer) }
    if let failure = record.failure {
      writer.text(failure.kind)
      writer.text(failure.code)
      writer.text(failure.message)
    }
  }

  /// Of a PFN that ends in the LFN only what stands before it.
  private func write(_ place: Place, to writer: inout JournalWriter) {
    writer.number(place.route)
    writer.text(place.backend)
    let pfn = place.pfn.utf8
    let head = pfn.count - record.lfn.utf8.count
    let endsInLFN = head >= 0 && pfn.dropFirst(head).elementsEqual(record.lfn.utf8)
    writer.byte(endsInLFN ? 1 : 0)
    writer.text(endsInLFN ? pfn.prefix(head) : pfn[...])
  }

  init(_ reader: inout JournalReader) throws(JournalReader.Nonsense) {
    position = try reader.number()
    let flags = try reader.byte()
    guard let outcome = Outcome(rawValue: try reader.text()) else { throw JournalReader.Nonsense() }
    let attempts = try reader.number()
    let seconds = try reader.real()
    mayBeGoneAt = RouteSet(bits: UInt16(truncatingIfNeeded: try reader.number()))
    let lfn = try reader.text()
    record = FileRecord(lfn: lfn, outcome: outcome, attempts: attempts, seconds: seconds)
    isFinal = flags & Flag.isFinal != 0
    if flags & Flag.isConfirmedByAbsence != 0 { record.confirmedBy = "absent" }
    if flags & Flag.hasPlace != 0 {
      let place = try Self.place(&reader, lfn)
      record.route = place.route
      record.backend = place.backend
      record.pfn = place.pfn
      record.endpoint = PFN(place.pfn)?.endpoint
    }
    places = []
    for _ in 0..<(try reader.number()) { places.append(try Self.place(&reader, lfn)) }
    if flags & Flag.hasFailure != 0 {
      record.failure = FileRecord.Failure(
        kind: try reader.text(), code: try reader.text(), message: try reader.text(),
        isUnavailable: flags & Flag.isUnavailable != 0)
    }
    guard reader.isAtEnd else { throw JournalReader.Nonsense() }
  }

  private static func place(_ reader: inout JournalReader, _ lfn: String) throws(JournalReader.Nonsense)
    -> Place
  {
    let route = try reader.number()
    let backend = try reader.text()
    let endsInLFN = try reader.byte() == 1
    let text = try reader.text()
    return Place(route: route, backend: backend, pfn: endsInLFN ? text + lfn : text)
  }
}
