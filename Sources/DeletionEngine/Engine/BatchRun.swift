import DeletionModel
import RunJournal
import Synchronization

/// One batch in flight: hands each answer to its file, and what follows from it to the run.
final class BatchRun: BatchObserver {
  private struct State {
    /// Aligned with the targets; nil once a file has its answer.
    var files: [QueuedFile?]
    /// Files with the name of a target that came before them, by the index of that target.
    var duplicates: [Int: [QueuedFile]]
    /// Whether the files of a part have been announced, and may be begun.
    var mayBegin: [Bool?]
    var wasTried = false
    var wasHeldBack = false
  }

  /// Files are announced to the journal by so many neighbours at a time, so that it does not cost a write for each.
  /// Not many: what was announced and not sent before a kill is in doubt, and if it never existed it will be called
  /// deleted.
  static let announcedTogether = 8

  let targets: [DeletionTarget]
  private let queue: EndpointQueue
  private let run: EngineRun
  private let isOfOne: Bool
  private let state: Mutex<State>

  /// - Parameter files: with the same backend and endpoint. One that is listed twice becomes one target.
  init(_ files: [QueuedFile], of queue: EndpointQueue, in run: EngineRun) {
    self.queue = queue
    self.run = run
    isOfOne = files.first?.needsOwnBatch == true
    var targets: [DeletionTarget] = []
    targets.reserveCapacity(files.count)
    var unique: [QueuedFile?] = []
    unique.reserveCapacity(files.count)
    var duplicates: [Int: [QueuedFile]] = [:]
    var names = NameNumbers(count: files.count)
    for file in files {
      guard let target = file.target else { continue }
      let index = names.number(of: ExactName(target.pfn.text), next: targets.count)
      if index < targets.count {
        duplicates[index, default: []].append(file)
      } else {
        targets.append(target)
        unique.append(file)
      }
    }
    self.targets = targets
    let parts = (targets.count + Self.announcedTogether - 1) / Self.announcedTogether
    state = Mutex(
      State(
        files: unique, duplicates: duplicates, mayBegin: Array(repeating: nil, count: parts)))
    for _ in 0..<(files.count - targets.count) { queue.answered() }
  }

  /// Has the backend try the files, and puts back what it did not try.
  func work(deadline: Deadline) async {
    let start = run.time.now()
    await queue.backend.delete(Batch(targets, deadline: deadline), observer: self)
    let forgotten = state.withLock { state in state.files.indices.filter { state.files[$0] != nil } }
    for index in forgotten { answered(index, .missing(from: queue.backend)) }
    let (wasTried, wasHeldBack) = state.withLock { ($0.wasTried, $0.wasHeldBack) }
    var pause: Moment?
    if !wasTried, !wasHeldBack, run.stop.reason == nil, !Task.isCancelled {
      let now = run.time.now()
      pause = now + .milliseconds(100)
      if !queue.circuit.isOpen, !deadline.hasPassed(on: run.time) {
        // All of the time has gone into something else: the server was not even ready to be asked.
        queue.circuit.note(Answer(.failed(.notReady), seconds: (now - start).inSeconds))
      }
    }
    queue.batchEnded(pause: pause, isOfOne: isOfOne)
  }

  func mayBegin(_ index: Int) -> Bool {
    guard let journal = run.journal else { return true }
    let part = index / Self.announcedTogether
    // Under the lock: a neighbour must not be sent before this is written down.
    return state.withLock { state in
      if let known = state.mayBegin[part] { return known }
      let start = part * Self.announcedTogether
      let may = Self.announce(start..<min(start + Self.announcedTogether, targets.count), &state, journal)
      state.mayBegin[part] = may
      return may
    }
  }

  private static func announce(_ range: Range<Int>, _ state: inout State, _ journal: Journal) -> Bool {
    var fresh: [Int: [Int]] = [:]
    func note(_ file: inout QueuedFile) {
      guard let route = file.route, !file.begun.contains(route) else { return }
      file.begun.insert(route)
      fresh[route, default: []].append(file.position)
    }
    for index in range {
      if var file = state.files[index] {
        note(&file)
        state.files[index] = file
      }
      for other in (state.duplicates[index] ?? []).indices {
        note(&state.duplicates[index, default: []][other])
      }
    }
    return fresh.allSatisfy { route, positions in journal.begin(positions, on: route) }
  }

  func answered(_ index: Int, _ answer: Answer) {
    let isUntried = answer.error?.isUntried == true
    let (file, duplicates) = state.withLock { state -> (QueuedFile?, [QueuedFile]) in
      guard state.files.indices.contains(index), let file = state.files[index].take() else {
        return (nil, [])
      }
      if !isUntried {
        state.wasTried = true
      } else if answer.error == .heldBack {
        state.wasHeldBack = true
      }
      return (file, state.duplicates.isEmpty ? [] : state.duplicates.removeValue(forKey: index) ?? [])
    }
    guard let file else { return }
    take(answer, of: file, isUntried: isUntried)
    if !duplicates.isEmpty {
      var answer = answer
      // Its bytes are freed once.
      if answer.facts.size != nil { answer.facts.size = 0 }
      for file in duplicates { take(answer, of: file, isUntried: isUntried) }
    }
    queue.answered()
  }

  private func take(_ answer: Answer, of file: QueuedFile, isUntried: Bool) {
    if isUntried { queue.putBack(file) } else { run.take(answer, of: file, from: queue) }
  }
}
