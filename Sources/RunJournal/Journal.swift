import DeletionModel
import ByteStreams
import Synchronization

/// What a run has found out, on disk as it goes: a run that is killed at any moment resumes where it was.
///
/// - Before requests are sent, the files are named in it (``begin(_:on:)``). A file that a later run finds absent,
///   and that nothing else is said of, was deleted then.
/// - What has become of a file is written together with others, at most ``batch`` of them, and at the latest with the next
///   ``flush()``.
///
/// What was written is the kernel's: a kill loses none of it. The disk has it some seconds later
/// (``synchronize()``): when the machine stops, those seconds are lost, and the files of them are tried again.
///
/// A failed write ends the run: nothing is sent any more that could not be written down. What is known by then is
/// kept and written when there is room again, at the latest at the end.
package final class Journal: Sendable {
  /// So many files wait to be written at most.
  package static let batch = 16
  /// An entry that comes so long after the last write does not wait for others.
  package static let pause = Duration.milliseconds(10)

  private struct State {
    var waiting: [UInt8] = []
    var count = 0
    var lastWrite: Moment
    var end: Int64
    var failure: String?
    var isSynchronized = true
    /// Whether anything was said since the time was.
    var hasNews = false
    var completed = 0
  }

  private let file: JournalFile
  private let state: Mutex<State>
  private let time: any TimeSource
  private let began: Moment
  private let onFailure: @Sendable (String) -> Void

  /// Opens a journal, or begins one.
  ///
  /// - Parameters:
  ///   - identity: what it has to belong to.
  ///   - began: when this run began.
  ///   - onFailure: hears once that it can't be written any more.
  /// - Throws: ``JournalError``.
  package init(
    _ path: String, _ identity: JournalIdentity, time: any TimeSource, began: Moment,
    onFailure: @escaping @Sendable (String) -> Void
  ) throws(JournalError) {
    file = try JournalFile(path, identity)
    self.time = time
    self.began = began
    self.onFailure = onFailure
    state = Mutex(State(lastWrite: time.now(), end: file.end))
    guard add([.run], now: true, isNews: false) else {
      throw JournalError(
        name: path, problem: .file(FileError(path: path, operation: .write, errno: .noSpace)))
    }
  }

  // MARK: The past

  /// How many runs there were before this one.
  package var earlierRuns: Int { file.past.runs }
  /// How long they took altogether, in seconds.
  package var earlierSeconds: Double { file.past.seconds }
  /// How many files they settled.
  package var completedEarlier: Int { file.past.completed }
  /// What backends wrote down in them and did not take away again, by name.
  package var earlierNotes: [String: String] { file.past.notes }
  /// Whether neither this run nor the one before it has settled any file.
  package var standsStill: Bool {
    file.past.runs > 0 && !file.past.lastRunCompleted && state.withLock { $0.completed == 0 }
  }

  /// What was odd about it; each one line.
  package var warnings: [String] {
    var warnings: [String] = []
    if file.torn > 0 {
      warnings.append(
        "\(file.file.name): a record at the end was torn, \(file.torn) bytes of it; it was dropped, and what it was about is tried again"
      )
    }
    if !file.isLocked {
      warnings.append(
        "\(file.file.name): this file system has no locks; nothing keeps two runs from using one journal")
    }
    return warnings
  }

  /// What is known of a listed file.
  package enum Known {
    /// Nothing more is to be done.
    case completed(FileRecord)
    /// It is to be tried.
    case open(PastFile)
  }

  /// What is known of the file at a position of the lists.
  ///
  /// A deletion stays one. Anything else counts only as long as the safety rules allow the file and the site has it
  /// at the same places.
  package func known(_ position: Int, _ resolution: Resolution) throws(JournalError) -> Known {
    let past = file.past
    guard past.records.indices.contains(position) else { return .open(PastFile()) }
    var known = PastFile(mayBeGoneAt: past.begun[position])
    guard past.records[position] > 0 else { return .open(known) }
    let entry = try file.entry(at: past.records[position])
    // The list is the same to the last byte, and so is its name. Whatever else: it would be another file's.
    guard entry.position == position, entry.record.lfn.utf8.elementsEqual(resolution.lfn.utf8) else {
      throw JournalError(name: file.file.name, problem: .damaged(at: past.records[position]))
    }
    let isDeleted = entry.record.outcome == .deleted
    let isSame = entry.hasReplicas(of: resolution)
    let isRefused = resolution.refusal != nil
    // It may have been absent because the storage was not mounted there.
    let isDoubted = past.hasBlindRun && entry.record.outcome == .absent
    if entry.isFinal, isDeleted ? isSame || isRefused : isSame && !isRefused && !isDoubted {
      var record = entry.record
      record.isFromEarlierRun = true
      return .completed(record)
    }
    known.record = entry.record
    for route in 0..<16 where entry.mayBeGoneAt.contains(route) { known.mayBeGoneAt.insert(route) }
    return .open(known)
  }

  // MARK: This run

  /// Why it can't be written any more.
  package var failure: String? { state.withLock { $0.failure } }

  /// Whether it lacks something that is known.
  package var isIncomplete: Bool { state.withLock { !$0.waiting.isEmpty } }

  /// Writes down that requests for these files are about to be sent; false where that can't be done, and then they
  /// must not be.
  package func begin(_ positions: [Int], on route: Int) -> Bool {
    failure == nil && add([.begun(route: route, positions: positions)], now: true)
  }

  /// Writes down what became of a file, at once or soon.
  package func add(_ entry: JournalEntry) {
    if entry.isFinal { state.withLock { $0.completed += 1 } }
    _ = add([.file(entry)], now: false)
  }

  /// Writes down what a backend has to know after a kill, at once; an empty text takes away what has the name.
  ///
  /// - Returns: whether it could be written.
  package func note(_ text: String, as name: String) -> Bool {
    failure == nil && add([.note(name: name, text: text)], now: true)
  }

  /// Writes what still waits, and how long the run has been at work. To be called some times a second.
  package func flush() {
    let elapsed = Int((time.now() - began).inSeconds * 1000)
    let hasNews = state.withLock { state in
      defer { state.hasNews = false }
      return state.hasNews
    }
    if hasNews { _ = add([.elapsed(elapsed)], now: true, isNews: false) }
  }

  /// Brings to the disk what was written. To be called every few seconds, and at the end.
  package func synchronize() {
    flush()
    let isDue = state.withLock { state in
      defer { state.isSynchronized = true }
      return !state.isSynchronized
    }
    // A disk that fails here has lost nothing of what a kill would find.
    if isDue { try? file.file.synchronize() }
  }

  private func add(_ records: [JournalRecord], now: Bool, isNews: Bool = true) -> Bool {
    var bytes: [UInt8] = []
    for record in records { JournalFrame.append(record.bytes, to: &bytes) }
    let moment = time.now()
    let (isGood, newFailure) = state.withLock { state -> (Bool, String?) in
      state.waiting += bytes
      state.count += records.count
      state.isSynchronized = false
      if isNews { state.hasNews = true }
      guard now || state.count >= Self.batch || moment - state.lastWrite >= Self.pause else {
        return (true, nil)
      }
      let before = state.failure
      let isGood = write(&state)
      state.lastWrite = moment
      return (isGood, before == nil ? state.failure : nil)
    }
    if let newFailure { onFailure(newFailure) }
    return isGood
  }

  private func write(_ state: inout State) -> Bool {
    do {
      try file.file.append(state.waiting)
      state.end += Int64(state.waiting.count)
      state.waiting.removeAll(keepingCapacity: true)
      state.count = 0
      return true
    } catch {
      // Half a record must not stand before whole ones.
      try? file.file.truncate(to: state.end)
      if state.failure == nil { state.failure = "\(error)" }
      return false
    }
  }
}
