import DeletionModel
import JobReports

/// What a journal says of earlier runs, in ten bytes a file.
package struct JournalPast: Sendable {
  /// For each file, where in the journal its last record is; 0 for none.
  package private(set) var records: [Int64] = []
  /// For each file, where requests may have been sent that no record says anything of.
  package private(set) var begun: [RouteSet] = []
  /// How many runs there were.
  package private(set) var runs = 0
  /// How long they were at work altogether, in seconds.
  package private(set) var seconds = 0.0
  /// How many files they settled for good.
  package private(set) var completed = 0
  /// Whether the last of them settled any.
  package private(set) var lastRunCompleted = false

  /// What backends wrote down and did not take away again, by name.
  package private(set) var notes: [String: String] = [:]

  /// Whether one of them found hardly any file, as on a machine where the storage is not mounted: what it calls absent is
  /// to be asked for again.
  package private(set) var hasBlindRun = false

  private var runDeleted = 0
  private var runAbsent = 0
  private var runFailed = 0
  private let files: Int
  private var elapsed = 0

  package init(files: Int) { self.files = files }

  /// Takes the next record, which begins at `offset`; false for one that can't be of this list.
  package mutating func take(_ record: JournalRecord, at offset: Int64) -> Bool {
    switch record {
    case .identity: return false
    case .run:
      closeRun()
      runs += 1
      lastRunCompleted = false
    case .elapsed(let milliseconds): elapsed = max(elapsed, milliseconds)
    case .note(let name, let text): notes[name] = text.isEmpty ? nil : text
    case .begun(let route, let positions):
      makeRoom()
      guard positions.allSatisfy(begun.indices.contains) else { return false }
      for position in positions { begun[position].insert(route) }
    case .file(let entry):
      makeRoom()
      guard records.indices.contains(entry.position) else { return false }
      records[entry.position] = offset
      begun[entry.position] = RouteSet()
      switch entry.record.outcome {
      case .deleted: runDeleted += 1
      case .absent: runAbsent += 1
      case .failed: runFailed += 1
      case .refused, .notAttempted: break
      }
      if entry.isFinal {
        completed += 1
        lastRunCompleted = true
      }
    }
    return true
  }

  /// To be called after the last record.
  package mutating func closeRun() {
    let isSuspect = RunTotals.isSuspect(absent: runAbsent, asked: runDeleted + runAbsent + runFailed)
    if isSuspect || (runDeleted == 0 && runAbsent > 0) { hasBlindRun = true }
    (runDeleted, runAbsent, runFailed) = (0, 0, 0)
    seconds += Double(elapsed) / 1000
    elapsed = 0
  }

  private mutating func makeRoom() {
    guard records.isEmpty else { return }
    records = Array(repeating: 0, count: files)
    begun = Array(repeating: RouteSet(), count: files)
  }
}

/// What earlier runs have left of a file that is not settled.
package struct PastFile: Sendable {
  /// What the last of them said of it. A deletion means that the site has it elsewhere since then.
  package var record: FileRecord?
  /// Where it may have been deleted without anyone saying so.
  package var mayBeGoneAt = RouteSet()

  package init(record: FileRecord? = nil, mayBeGoneAt: RouteSet = RouteSet()) {
    self.record = record
    self.mayBeGoneAt = mayBeGoneAt
  }

  /// Whether no earlier run has written anything of it.
  package var isEmpty: Bool { record == nil && mayBeGoneAt.isEmpty }
}
