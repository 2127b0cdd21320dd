import DeletionModel
import ListReading
import RunJournal
import Logging

/// Runs a list through the rules, the routes and the backends, and hands every file's outcome to a recorder.
package struct Engine: Sendable {
  /// What a run is asked for.
  package struct Options: Sendable {
    /// Say what would be done, and do nothing.
    package var dryRun: Bool
    /// Attempts and pauses.
    package var retry: RetryPolicy
    /// How long one file may wait for its answer.
    package var attemptLimit: Duration
    /// When the run has to end.
    package var deadline: Deadline
    /// Batches in flight at one endpoint, for backends that don't pace themselves.
    package var concurrency: Int
    /// What bounds the rate of those; backends that pace themselves have the same one.
    package var pacer: any RequestPacer
    /// How long batches in flight are left alone after a stop, before they are cancelled.
    package var grace: Duration

    /// Makes options.
    package init(
      dryRun: Bool = false, retry: RetryPolicy = RetryPolicy(), attemptLimit: Duration = .seconds(60),
      deadline: Deadline = .none, concurrency: Int = 4, pacer: any RequestPacer = FixedPacer(limit: 1),
      grace: Duration = .seconds(2)
    ) {
      self.dryRun = dryRun
      self.retry = retry
      self.attemptLimit = attemptLimit
      self.deadline = deadline
      self.concurrency = concurrency
      self.pacer = pacer
      self.grace = grace
    }
  }

  private let resolver: Resolver
  private let options: Options
  private let time: any TimeSource
  private let stop: StopSignal
  private let log: Logger
  private let journal: Journal?
  private let circuits: CircuitBoard

  /// Makes an engine.
  ///
  /// - Parameters:
  ///   - circuits: the circuits of the endpoints; nil for a board of its own.
  ///   - journal: what was done before, and where to write down what is done.
  package init(
    resolver: Resolver, options: Options, time: any TimeSource, stop: StopSignal, log: Logger,
    journal: Journal? = nil, circuits: CircuitBoard? = nil
  ) {
    self.journal = journal
    self.circuits =
      circuits
      ?? CircuitBoard(CircuitPolicy(for: options.retry, attemptLimit: options.attemptLimit), time: time)
    self.resolver = resolver
    self.options = options
    self.time = time
    self.stop = stop
    self.log = log
  }

  /// How many LFNs are read at a time.
  private static let readLimit = 1000

  /// Reads the lists to their end and records every name in them exactly once, also when the run is stopped:
  /// what was not tried by then is recorded as such.
  ///
  /// - Throws: what reading the lists throws; everything read before is finished and recorded first.
  package func run(_ lists: LFNLists, into recorder: any RunRecorder) async throws {
    let deadlineWatch = Task { [stop, options, time] in
      guard let remaining = options.deadline.remaining(on: time) else { return }
      if await stop.sleep(for: remaining, on: time) { stop.stop(.deadline) }
    }
    defer { deadlineWatch.cancel() }
    try await stop.cancelling(after: options.grace, on: time) {
      try await process(lists, into: recorder)
    }
  }

  private func process(_ lists: LFNLists, into recorder: any RunRecorder) async throws {
    let run = EngineRun(
      options: options, time: time, stop: stop, circuits: circuits, journal: journal, log: log)
    var reading = Reading(lists)
    var readError: (any Error)?
    await withDiscardingTaskGroup { group in
      group.addTask { await run.keepRecording(into: recorder) }
      do {
        while let names = try reading.nextBatch(limit: Self.readLimit) {
          try add(names, to: run, &reading, &group)
          await run.waitForRoom()
        }
      } catch {
        // What was read is still worked off.
        readError = error
      }
      run.closeInput()
    }
    if let readError { throw readError }
  }

  /// Gives names that were read to the queues of their endpoints, and records what no backend is asked about.
  private func add(
    _ names: [(position: Int, name: ListedLFN)], to run: EngineRun, _ reading: inout Reading,
    _ group: inout DiscardingTaskGroup
  ) throws {
    var ended = EngineRun.EndedFiles()
    var queued = QueuedNeighbors(in: run)
    // Whatever else goes wrong, what was read is not lost.
    defer {
      queued.flush()
      run.record(ended)
    }
    for (position, name) in names {
      let resolution = resolver.resolve(name)
      if reading.mayPutOff, queued.isFull(for: resolution) {
        reading.putOff(position)
        continue
      }
      switch try start(resolution, position) {
      case .ended(let record): ended.add(record)
      case .open(let file):
        for queue in queued.add(file) { group.addTask { await run.work(on: queue) } }
      }
    }
  }

  /// What a name that was read is to begin with.
  private enum Start {
    case open(QueuedFile)
    /// No backend is asked about it: it was completed before, is refused, or the run is dry or stops.
    case ended(FileRecord)
  }

  private func start(_ resolution: Resolution, _ position: Int) throws -> Start {
    var past: PastFile?
    switch try journal?.known(position, resolution) {
    case .completed(let record): return .ended(record)
    case .open(let known): past = known.isEmpty ? nil : known
    case nil: break
    }
    if let refusal = resolution.refusal { return .ended(.refused(resolution.lfn, refusal)) }
    let file =
      past.map { QueuedFile(FileState(resolution, position: position, past: $0)) }
      ?? QueuedFile(resolution, position: position)
    if options.dryRun {
      var record = file.state.record(stopped: nil)
      record.failure = nil
      return .ended(record)
    }
    if let reason = stop.reason { return .ended(file.state.record(stopped: reason)) }
    return .open(file)
  }
}

/// Collects neighbours of a list that go to the same queue, as nearly all do, and adds them to it together.
private struct QueuedNeighbors {
  private let run: EngineRun
  private var queue: EndpointQueue?
  private var files: [QueuedFile] = []
  /// Whether the endpoint of the last name that was asked about has no room.
  private var full: (name: Resolution, isFull: Bool)?

  init(in run: EngineRun) { self.run = run }

  /// Whether a file would only take the room of others: many wait for its endpoint, which is held back.
  mutating func isFull(for name: Resolution) -> Bool {
    if let full, name.goesWith(full.name) { return full.isFull }
    guard let endpoint = name.home else { return false }
    let isFull = run.isFull(at: endpoint)
    full = (name, isFull)
    return isFull
  }

  /// Adds a file.
  ///
  /// - Returns: queues that are new, so that each needs a worker.
  mutating func add(_ file: QueuedFile) -> [EndpointQueue] {
    if let last = files.last, file.resolution.goesWith(last.resolution) {
      files.append(file)
      return []
    }
    // Each of its replicas may need a worker sooner or later, and only here is one started.
    var first: EndpointQueue?
    var fresh: [EndpointQueue] = []
    for replica in file.resolution.replicas {
      let (queue, isNew) = run.queue(of: replica)
      if isNew { fresh.append(queue) }
      first = first ?? queue
    }
    if let first {
      if queue !== first { flush() }
      queue = first
      files.append(file)
    }
    return fresh
  }

  /// Gives the queue what was collected for it.
  mutating func flush() {
    if let queue, !files.isEmpty {
      run.open(files.count, at: queue.endpoint)
      queue.add(files)
    }
    (queue, files, full) = (nil, [], nil)
  }
}
