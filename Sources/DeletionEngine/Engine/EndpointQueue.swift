import DeletionModel
import DequeModule
import HeapModule
import Synchronization

/// The open files of one backend at one endpoint: which of them are sent next, and when.
///
/// A file that waits, for its retry or because the server asked it to, waits here by itself: the others go on without it.
final class EndpointQueue: Sendable {
  /// What the endpoint's worker does next.
  enum Decision: Sendable {
    /// Send these as a batch.
    case send([QueuedFile])
    /// The endpoint has been given up: these are not tried there.
    case giveUp([QueuedFile], DeletionError)
    /// The run ends: these are not tried.
    case stop([QueuedFile])
    /// Ask again when there is news, or at this moment.
    case wait(until: Moment?)
  }

  /// How the run stands, as far as it matters here.
  struct RunState {
    var isStopping: Bool
    /// Whether a batch that is not full may be sent: no further files are read for now.
    var sendsPartialBatches: Bool
  }

  private struct Delayed: Comparable {
    let due: Moment
    let number: Int
    let file: QueuedFile

    static func < (left: Delayed, right: Delayed) -> Bool {
      (left.due, left.number) < (right.due, right.number)
    }
    static func == (left: Delayed, right: Delayed) -> Bool { left.number == right.number }
  }

  private struct State {
    var ready: Deque<QueuedFile> = []
    /// Those that are sent one by one, each in a batch of its own.
    var alone: Deque<QueuedFile> = []
    /// Batches of one of these in flight.
    var batchesOfOne = 0
    var delayed: Heap<Delayed> = []
    var lastNumber = 0
    /// Files that have been sent and have no answer.
    var inFlight = 0
    var batches = 0
    /// No batch is sent before this.
    var notBefore: Moment?
    /// Directories of the files that were tried one by one since the circuit opened, and how many these were.
    var triedDirectories: Set<String> = []
    var trials = 0
    var wantsRoom = false
    /// When the worker looks again in any case, while it waits.
    var waitsUntil: Moment?
    var hasNews = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  let backend: any Backend
  private let batchLimit: Int
  private let batchesLimit: Int
  private let filesLimit: Int
  let circuit: EndpointCircuit
  private let state = Mutex(State())

  /// How many full batches of a backend that paces itself may be in flight: it must always have something to send,
  /// and its slowest files must not keep it from that.
  static let fullBatches = 4

  /// How many batches of a file that is tried by itself may be in flight beside the others. A connection that breaks may
  /// leave 200 files to be tried so, and each takes two round trips: at 20 ms these are 1 s.
  static let batchesOfOneLimit = 8

  /// - Parameter concurrency: batches in flight, for a backend that does not pace itself. What is not sent stays in the queue,
  ///   where it can still be put into a fuller batch; a batch that waited elsewhere could not grow.
  init(_ backend: any Backend, through circuit: EndpointCircuit, concurrency: Int) {
    self.backend = backend
    self.circuit = circuit
    batchLimit = max(1, backend.traits.batchLimit)
    batchesLimit = backend.traits.pacesItself ? Int.max : max(1, concurrency)
    filesLimit = backend.traits.pacesItself ? Self.fullBatches * batchLimit : Int.max
  }

  /// `scheme://host:port`.
  var endpoint: String { circuit.endpoint }

  // MARK: Files

  /// Adds files that have not been tried here.
  func add(_ files: some Sequence<QueuedFile>) {
    changed { $0.ready.append(contentsOf: files) }
  }

  // The worker need not be woken for what comes back from a batch: it is at the end of the batch.

  /// Takes back a file that nothing was sent for.
  func putBack(_ file: QueuedFile) {
    state.withLock { state in
      if file.needsOwnBatch { state.alone.prepend(file) } else { state.ready.prepend(file) }
    }
  }

  /// Takes back a file that is to be tried again as soon as the circuit allows it.
  func retrySoon(_ file: QueuedFile) { state.withLock { Self.makeReady(file, &$0) } }

  /// Takes back a file that is to be tried again. Files that are due at nearly the same time go together.
  func retry(_ file: QueuedFile, after pause: Duration, from now: Moment) {
    let due = Self.onGrid(now + pause)
    circuit.noteRetry(at: due, from: now)
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.lastNumber += 1
      state.delayed.insert(Delayed(due: due, number: state.lastNumber, file: file))
      if let waitsUntil = state.waitsUntil, waitsUntil <= due { return nil }
      return Self.announce(&state)
    }
    waiter?.resume()
  }

  /// A quarter of a second is nothing beside a pause, and makes one batch of many files.
  private static func onGrid(_ moment: Moment) -> Moment {
    let quarters = (moment.sinceStart.inSeconds * 4).rounded(.up)
    return Moment(sinceStart: .milliseconds(Int64(quarters) * 250))
  }

  /// A file of a batch has its answer.
  func answered() {
    let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
      state.inFlight -= 1
      guard state.wantsRoom, hasRoom(state) else { return nil }
      state.wantsRoom = false
      return Self.announce(&state)
    }
    waiter?.resume()
  }

  /// A batch has ended.
  ///
  /// - Parameters:
  ///   - pause: no further one is sent before this.
  ///   - isOfOne: whether it was one of a file that needs a batch of its own.
  func batchEnded(pause: Moment?, isOfOne: Bool) {
    changed { state in
      state.batches -= 1
      if isOfOne { state.batchesOfOne -= 1 }
      state.notBefore = pause ?? state.notBefore
    }
  }

  // MARK: The worker

  /// What is to be done now.
  func next(at now: Moment, _ run: RunState) -> Decision {
    state.withLock { state in
      if run.isStopping {
        let files = Self.takeAll(&state)
        return files.isEmpty ? .wait(until: nil) : .stop(files)
      }
      // While the circuit is open it is the circuit that says when a file is tried again.
      let isOpen = circuit.isOpen
      while let first = state.delayed.min, isOpen || first.due <= now {
        Self.makeReady(state.delayed.removeMin().file, &state)
      }
      let hasOne = !state.alone.isEmpty && state.batchesOfOne < Self.batchesOfOneLimit
      let hasBatch =
        !state.ready.isEmpty && (run.sendsPartialBatches || state.ready.count >= batchLimit)
      guard hasOne || hasBatch else { return .wait(until: state.delayed.min?.due) }
      if let notBefore = state.notBefore, now < notBefore { return .wait(until: notBefore) }
      guard hasRoom(state) else {
        state.wantsRoom = true
        return .wait(until: nil)
      }
      switch circuit.ask() {
      case .go:
        (state.triedDirectories, state.trials) = ([], 0)
        return .send(hasOne ? Self.takeOne(&state) : Self.take(batchLimit, &state))
      case .tryOne: return .send(hasBatch ? Self.takeTrial(&state) : Self.takeOne(&state))
      case .wait(let pause): return .wait(until: now + pause)
      case .givenUp(let reason): return .giveUp(Self.takeAll(&state), reason)
      }
    }
  }

  /// Returns when something has changed since the last time, or at a moment.
  func news(until moment: Moment?, _ stop: StopSignal, on time: any TimeSource) async {
    let timer = moment.map { moment in
      Task {
        _ = await stop.sleep(for: moment - time.now(), on: time)
        // Whoever cancelled it is awake already; a further wake-up would start the next round at once, for ever.
        if !Task.isCancelled { wake() }
      }
    }
    await withCheckedContinuation { continuation in
      let isNow = state.withLock { state in
        defer { state.hasNews = false }
        if !state.hasNews { (state.waiter, state.waitsUntil) = (continuation, moment) }
        return state.hasNews
      }
      if isNow { continuation.resume() }
    }
    timer?.cancel()
  }

  /// Has the worker look again.
  func wake() { changed { _ in } }

  private func changed(_ change: (inout sending State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      return Self.announce(&state)
    }
    waiter?.resume()
  }

  private static func announce(_ state: inout State) -> CheckedContinuation<Void, Never>? {
    guard let waiter = state.waiter else {
      state.hasNews = true
      return nil
    }
    (state.waiter, state.waitsUntil) = (nil, nil)
    return waiter
  }

  private func hasRoom(_ state: State) -> Bool {
    state.batches < batchesLimit && state.inFlight <= filesLimit - min(batchLimit, state.ready.count)
  }

  private static func take(_ count: Int, _ state: inout State) -> [QueuedFile] {
    var files: [QueuedFile] = []
    files.reserveCapacity(min(count, state.ready.count))
    while files.count < count, let file = state.ready.popFirst() { files.append(file) }
    state.inFlight += files.count
    state.batches += 1
    return files
  }

  /// How many files are searched for one of another directory.
  private static let searchLimit = 10_000

  /// One to be tried while the circuit is open. Several servers may be behind an endpoint, by path or file by file, and one that is
  /// down says nothing of the others: so it is one of a directory that none was tried of before, else one from anywhere.
  private static func takeTrial(_ state: inout State) -> [QueuedFile] {
    let other = state.ready.indices.prefix(searchLimit).first {
      !state.triedDirectories.contains(directory(of: state.ready[$0]))
    }
    // By the golden ratio, so that no two of them are near each other.
    let share = (Double(state.trials) * 0.618).truncatingRemainder(dividingBy: 1)
    let index = other ?? Int(share * Double(state.ready.count))
    state.triedDirectories.insert(directory(of: state.ready[index]))
    state.trials += 1
    state.ready.swapAt(0, index)
    return take(1, &state)
  }

  private static func directory(of file: QueuedFile) -> String {
    let path = file.target?.pfn.path ?? ""
    return path.lastIndex(of: "/").map { String(path[..<$0]) } ?? path
  }

  private static func takeOne(_ state: inout State) -> [QueuedFile] {
    guard let file = state.alone.popFirst() else { return [] }
    state.inFlight += 1
    state.batches += 1
    state.batchesOfOne += 1
    return [file]
  }

  private static func makeReady(_ file: QueuedFile, _ state: inout State) {
    if file.needsOwnBatch { state.alone.append(file) } else { state.ready.append(file) }
  }

  private static func takeAll(_ state: inout State) -> [QueuedFile] {
    defer { (state.ready, state.alone, state.delayed) = ([], [], []) }
    return Array(state.ready) + Array(state.alone) + state.delayed.unordered.map(\.file)
  }
}
