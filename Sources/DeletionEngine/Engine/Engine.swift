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
    var ended: [(record: FileRecord, home: String?)] = []
    // Most names go where the one before them went.
    var waiting: (queue: EndpointQueue, files: [FileState])?
    var full: (endpoint: String, isFull: Bool)?
    func flush() {
      guard let (queue, files) = waiting else { return }
      run.open(files.count, at: queue.endpoint)
      queue.add(files)
      (waiting, full) = (nil, nil)
    }
    func isFull(at endpoint: String) -> Bool {
      if let full, ExactName.same(full.endpoint, endpoint) { return full.isFull }
      let isFull = run.isFull(at: endpoint) && circuits.circuit(of: endpoint).isHeldBack
      full = (endpoint, isFull)
      return isFull
    }
    // Whatever else goes wrong, what was read is not lost.
    defer {
      flush()
      run.record(ended)
    }
    for (position, name) in names {
      let resolution = resolver.resolve(name)
      if let endpoint = resolution.replicas.first?.target.endpoint, reading.mayPutOff,
        isFull(at: endpoint)
      {
        reading.putOff(position)
        continue
      }
      let known = try journal?.known(position, resolution)
      if case .completed(let record) = known {
        ended.append((record, nil))
        continue
      }
      let file = FileState(resolution, position: position, past: known?.past)
      if let record = recordWithoutTrying(file) {
        ended.append((record, nil))
        continue
      }
      if let queue = waiting?.queue, let only = resolution.onlyReplica, queue.takes(only) {
        waiting?.files.append(file)
        continue
      }
      // Each of its replicas may need a worker sooner or later, and only here is one started.
      var first: EndpointQueue?
      for replica in resolution.replicas {
        let (queue, isNew) = run.queue(of: replica)
        if isNew { group.addTask { await run.work(on: queue) } }
        first = first ?? queue
      }
      guard let first else { continue }
      if waiting?.queue !== first {
        flush()
        waiting = (first, [])
      }
      waiting?.files.append(file)
    }
  }

  /// The record of an LFN that no backend is asked about: refused, in a dry run, or after a stop.
  private func recordWithoutTrying(_ file: FileState) -> FileRecord? {
    if let refusal = file.resolution.refusal { return .refused(file.resolution.lfn, refusal) }
    if options.dryRun {
      var record = file.record(stopped: nil)
      record.failure = nil
      return record
    }
    if let reason = stop.reason { return file.record(stopped: reason) }
    return nil
  }
}

extension Journal.Known {
  fileprivate var past: PastFile? { if case .open(let past) = self { past } else { nil } }
}
