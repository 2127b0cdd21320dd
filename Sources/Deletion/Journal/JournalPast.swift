/// What a journal says of earlier runs, in ten bytes a file.
struct JournalPast: Sendable {
  /// For each file, where in the journal its last record is; 0 for none.
  private(set) var records: [Int64] = []
  /// For each file, where requests may have been sent that no record says anything of.
  private(set) var begun: [RouteSet] = []
  /// How many runs there were.
  private(set) var runs = 0
  /// How long they were at work altogether, in seconds.
  private(set) var seconds = 0.0
  /// How many files they settled for good.
  private(set) var settled = 0
  /// Whether the last of them settled any.
  private(set) var lastRunSettled = false

  private let files: Int
  private var elapsed = 0

  init(files: Int) { self.files = files }

  /// Takes the next record, which begins at `offset`; false for one that can't be of this list.
  mutating func take(_ record: JournalRecord, at offset: Int64) -> Bool {
    switch record {
    case .identity: return false
    case .run:
      closeRun()
      runs += 1
      lastRunSettled = false
    case .elapsed(let milliseconds): elapsed = max(elapsed, milliseconds)
    case .begun(let route, let positions):
      makeRoom()
      guard positions.allSatisfy(begun.indices.contains) else { return false }
      for position in positions { begun[position].insert(route) }
    case .file(let entry):
      makeRoom()
      guard records.indices.contains(entry.position) else { return false }
      records[entry.position] = offset
      begun[entry.position] = RouteSet()
      if entry.isFinal {
        settled += 1
        lastRunSettled = true
      }
    }
    return true
  }

  /// To be called after the last record.
  mutating func closeRun() {
    seconds += Double(elapsed) / 1000
    elapsed = 0
  }

  private mutating func makeRoom() {
    guard records.isEmpty else { return }
    records = Array(repeating: 0, count: files)
    begun = Array(repeating: RouteSet(), count: files)
  }
}
