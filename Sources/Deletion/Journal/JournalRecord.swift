/// One record of a journal. The first byte says which kind it is.
enum JournalRecord {
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

  var bytes: [UInt8] {
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
    }
    return writer.bytes
  }

  init(_ bytes: ArraySlice<UInt8>) throws(JournalReader.Nonsense) {
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
        if overflow { throw JournalReader.Nonsense() }
        last = next
        positions.append(last)
      }
      self = .begun(route: route, positions: positions)
    case UInt8(ascii: "F"): self = .file(try JournalEntry(&reader))
    case UInt8(ascii: "T"): self = .elapsed(try reader.number())
    default: throw JournalReader.Nonsense()
    }
  }
}
