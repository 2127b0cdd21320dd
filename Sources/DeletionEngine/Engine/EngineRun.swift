import DeletionModel
import RunJournal
import Logging
import Synchronization

/// What the parts of one run share: the queues of its endpoints, the files that are open, and what has ended and waits
/// to be recorded.
final class EngineRun: Sendable {
  /// How many files may be open, waiting ones included; then reading pauses. This bounds memory.
  static let openLimit = 20_000
  /// So many of them at one endpoint whose circuit is open: the files of others must still find room.
  static let openLimitAtOne = openLimit / 2

  private struct Key: Hashable {
    let backend: String
    let endpoint: String
  }

  /// Files that have ended and are not recorded yet.
  struct EndedFiles {
    private(set) var records: [FileRecord] = []
    /// How many of them count as open at which endpoint, neighbours with the same endpoint together.
    private(set) var homes: [(endpoint: String, count: Int)] = []

    var isEmpty: Bool { records.isEmpty }

    /// Adds a file that does not count as open.
    mutating func add(_ record: FileRecord) { records.append(record) }

    /// Adds a file that counts as open at an endpoint.
    mutating func add(_ record: FileRecord, openAt endpoint: String) {
      records.append(record)
      if let last = homes.last, ExactName.same(last.endpoint, endpoint) {
        homes[homes.count - 1].count += 1
      } else {
        homes.append((endpoint, 1))
      }
    }

    mutating func add(_ others: EndedFiles) {
      records += others.records
      homes += others.homes
    }
  }

  private struct State {
    var queues: [Key: EndpointQueue] = [:]
    /// Files that were read and are not recorded, in all and by the endpoint of their first replica.
    var open = 0
    var openAt: [String: Int] = [:]
    var isInputClosed = false
    var isInputPaused = false
    var reader: CheckedContinuation<Void, Never>?
    var ended = EndedFiles()
    var recorder: CheckedContinuation<Void, Never>?

    var isFull: Bool { open > openLimit }
    var isOver: Bool { isInputClosed && open == 0 && ended.isEmpty }
  }

  let options: Engine.Options
  let time: any TimeSource
  let stop: StopSignal
  let circuits: CircuitBoard
  let journal: Journal?
  private let backends: LayeredBackends
  private let state = Mutex(State())

  init(
    options: Engine.Options, time: any TimeSource, stop: StopSignal, circuits: CircuitBoard,
    journal: Journal?, log: Logger
  ) {
    self.options = options
    self.time = time
    self.stop = stop
    self.circuits = circuits
    self.journal = journal
    backends = LayeredBackends(options: options, circuits: circuits, time: time, log: log)
  }

  // MARK: Files

  /// The queue of a replica, which is made where it is not there yet.
  ///
  /// - Returns: also whether it was made, so that it needs a worker.
  func queue(of replica: Resolution.Replica) -> (queue: EndpointQueue, isNew: Bool) {
    let endpoint = replica.target.endpoint
    let key = Key(backend: replica.backend.name, endpoint: endpoint)
    return state.withLock { state in
      if let queue = state.queues[key] { return (queue, false) }
      let queue = EndpointQueue(
        backends.layered(replica.backend), through: circuits.circuit(of: endpoint),
        concurrency: options.concurrency)
      state.queues[key] = queue
      return (queue, true)
    }
  }

  /// Whether files of an endpoint would only take the room of others: many wait for it, and it is held back.
  func isFull(at endpoint: String) -> Bool {
    state.withLock { $0.openAt[endpoint, default: 0] >= Self.openLimitAtOne }
      && circuits.circuit(of: endpoint).isHeldBack
  }

  /// Counts files as open. Each ends once, by ``end(_:)``.
  func open(_ count: Int, at endpoint: String) {
    state.withLock { state in
      state.open += count
      state.openAt[endpoint, default: 0] += count
    }
  }

  /// Takes the answer for a file and does what follows from it.
  func take(_ answer: Answer, of file: QueuedFile, from queue: EndpointQueue) {
    var answer = answer
    var file = file.state
    if case .failed(let error) = answer.kind {
      answer.kind = .failed(options.pacer.interpret(error, at: queue.endpoint))
    }
    switch file.receive(answer, policy: options.retry, jitter: Double.random(in: 0...1)) {
    case .retry(let pause):
      if queue.circuit.isOpen {
        queue.retrySoon(QueuedFile(file))
      } else if let remaining = options.deadline.remaining(on: time), remaining <= pause {
        stop.noteOutOfTime()
        follow(file.runOutOfTime(), file)
      } else {
        queue.retry(QueuedFile(file), after: pause, from: time.now())
      }
    case let step: follow(step, file)
    }
  }

  /// The endpoint of these files has been given up.
  func leaveOut(_ files: [QueuedFile], _ reason: DeletionError) {
    for file in files {
      var file = file.state
      follow(file.leaveOut(reason), file)
    }
  }

  /// The run ends before these files were tried.
  func leaveUntried(_ files: [QueuedFile]) {
    for file in files {
      var file = file.state
      file.stop()
      end(file)
    }
  }

  private func follow(_ step: FileState.Step, _ file: FileState) {
    if step != .ended, let replica = file.replica {
      queue(of: replica).queue.add([QueuedFile(file)])
    } else {
      end(file)
    }
  }

  private func end(_ file: FileState) {
    if file.isFinal || !file.begun.isEmpty { journal?.add(JournalEntry(file)) }
    let record = file.record(stopped: stop.reason)
    let home = file.resolution.home ?? ""
    let recorder = state.withLock { state in
      state.ended.add(record, openAt: home)
      return state.recorder.take()
    }
    recorder?.resume()
  }

  // MARK: Recording

  /// Hands records on.
  func record(_ ended: EndedFiles) {
    let recorder = state.withLock { state in
      state.ended.add(ended)
      return state.recorder.take()
    }
    recorder?.resume()
  }

  /// Where fewer files than this have ended since the last time, the recorder waits for ``recordingPause`` for more.
  static let recordedTogether = 100
  static let recordingPause = Duration.milliseconds(10)

  /// Gives the recorder what has ended, until the run is over.
  func keepRecording(into recorder: any RunRecorder) async {
    while true {
      await withCheckedContinuation { continuation in
        let isNow = state.withLock { state in
          let isNow = !state.ended.isEmpty || state.isOver
          if !isNow { state.recorder = continuation }
          return isNow
        }
        if isNow { continuation.resume() }
      }
      let (ended, isOver) = state.withLock { state in
        defer { state.ended = EndedFiles() }
        return (state.ended, state.isOver)
      }
      if isOver { return wakeAll() }
      await recorder.record(ended.records)
      recorded(ended.homes)
      // Answers come one by one: a thread that is woken for each costs more than all else that is done for it.
      if ended.records.count < Self.recordedTogether, !state.withLock({ $0.isOver }) {
        try? await Task.sleep(for: Self.recordingPause)
      }
    }
  }

  private func recorded(_ homes: [(endpoint: String, count: Int)]) {
    let reader = state.withLock { state -> CheckedContinuation<Void, Never>? in
      for home in homes {
        state.open -= home.count
        state.openAt[home.endpoint, default: 0] -= home.count
      }
      guard !state.isFull else { return nil }
      defer { state.reader = nil }
      return state.reader
    }
    reader?.resume()
  }

  // MARK: Input

  /// Waits until there is room for more files. Until then, batches need not be full.
  func waitForRoom() async {
    guard
      state.withLock({ state in
        state.isInputPaused = state.isFull
        return state.isFull
      })
    else { return }
    wakeAll()
    await withCheckedContinuation { continuation in
      let isNow = state.withLock { state in
        if state.isFull { state.reader = continuation }
        return !state.isFull
      }
      if isNow { continuation.resume() }
    }
    state.withLock { $0.isInputPaused = false }
  }

  /// No more files will come.
  func closeInput() {
    let recorder = state.withLock { state in
      state.isInputClosed = true
      defer { state.recorder = nil }
      return state.recorder
    }
    recorder?.resume()
    wakeAll()
  }

  private func wakeAll() {
    for queue in state.withLock({ Array($0.queues.values) }) { queue.wake() }
  }

  // MARK: Workers

  /// Sends the files of an endpoint in batches until the run is over.
  func work(on queue: EndpointQueue) async {
    await withDiscardingTaskGroup { group in
      while true {
        if options.deadline.hasPassed(on: time) { stop.stop(.deadline) }
        let (isOver, sendsPartialBatches) = state.withLock {
          ($0.isOver, $0.isInputClosed || $0.isInputPaused)
        }
        if isOver { return }
        let run = EndpointQueue.RunState(
          isStopping: stop.reason != nil || Task.isCancelled, sendsPartialBatches: sendsPartialBatches)
        switch queue.next(at: time.now(), run) {
        case .send(let files):
          let batch = BatchRun(files, of: queue, in: self)
          group.addTask { [options] in await batch.work(deadline: options.deadline) }
        case .giveUp(let files, let reason): leaveOut(files, reason)
        case .stop(let files): leaveUntried(files)
        case .wait(let moment):
          if let moment, let end = options.deadline.moment, moment >= end, !run.isStopping {
            stop.noteOutOfTime()
          }
          await queue.news(until: moment, stop, on: time)
        }
      }
    }
  }
}
