import Logging

/// Runs a list through the rules, the routes and the backends, and hands every file's fate to a recorder.
public struct Engine: Sendable {
  /// What a run is asked for.
  public struct Options: Sendable {
    /// Say what would be done, and do nothing.
    public var dryRun: Bool
    /// Attempts and pauses.
    public var retry: RetryPolicy
    /// How long one file may wait for its answer.
    public var attemptLimit: Duration
    /// When the run has to end.
    public var deadline: Deadline
    /// Calls under way at one endpoint, for backends that don't pace themselves.
    public var concurrency: Int
    /// What bounds the rate of those; backends that pace themselves have the same one.
    public var pacer: any RequestPacer
    /// How long calls under way are left alone after a stop, before they are cancelled.
    public var grace: Duration

    /// Makes options.
    public init(
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
  private let progress: RunProgress?

  /// Makes an engine.
  ///
  /// - Parameters:
  ///   - circuits: which endpoints are ill; nil for a board of its own.
  ///   - journal: what was done before, and where to write down what is done.
  ///   - progress: told of files that have settled before the recorder is.
  public init(
    resolver: Resolver, options: Options, time: any TimeSource, stop: StopSignal, log: Logger,
    journal: Journal? = nil, circuits: CircuitBoard? = nil, progress: RunProgress? = nil
  ) {
    self.progress = progress
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
  public func run(_ lists: LFNLists, into recorder: any RunRecorder) async throws {
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
    let backends = LayeredBackends(options: options, circuits: circuits, time: time, log: log)
    var reading = Reading(lists)
    var sorter = ParcelSorter<PlaceWalk>()
    var underWay = FilesUnderWay()
    var readError: (any Error)?
    await withTaskGroup(of: FilesUnderWay.Parcel.self) { group in
      do {
        while let names = try reading.nextBatch(limit: Self.readLimit) {
          var settled: [FileRecord] = []
          for (position, name) in names {
            let resolution = resolver.resolve(name)
            let first = resolution.places.first
            if let endpoint = first?.target.pfn.endpoint, reading.mayPutOff, underWay.isFull(at: endpoint),
              circuits.isHeldBack(endpoint)
            {
              reading.putOff(position)
              continue
            }
            let known = try journal?.known(position, resolution) ?? .open(PastFile())
            let walk = PlaceWalk(resolution, position: position, past: known.past)
            if let record = known.record ?? recordWithoutTrying(walk) {
              settled.append(record)
            } else if let first, let parcel = sorter.add(walk, to: first) {
              let worker = worker(for: parcel, backends, recorder)
              underWay.add(worker.parcel.size)
              group.addTask { await worker.work() }
            }
          }
          if !settled.isEmpty { await recorder.record(settled) }
          while underWay.isFull, let finished = await group.next() { underWay.remove(finished) }
        }
      } catch {
        // What was read is still worked off.
        readError = error
      }
      for parcel in sorter.rest() {
        let worker = worker(for: parcel, backends, recorder)
        group.addTask { await worker.work() }
      }
      await group.waitForAll()
    }
    if let readError { throw readError }
  }

  /// The record of an LFN that no backend is asked about: refused, in a dry run, or after a stop.
  private func recordWithoutTrying(_ walk: PlaceWalk) -> FileRecord? {
    if let refusal = walk.resolution.refusal { return .refused(walk.resolution.lfn, refusal) }
    if options.dryRun {
      var record = walk.record(stopped: nil)
      record.failure = nil
      return record
    }
    if let reason = stop.reason { return walk.record(stopped: reason) }
    return nil
  }

  private func worker(for parcel: [PlaceWalk], _ backends: LayeredBackends, _ recorder: any RunRecorder)
    -> ParcelWorker
  {
    ParcelWorker(
      parcel: ParcelWorker.Parcel(parcel), backends: backends,
      retrier: Retrier(policy: options.retry, time: time, stop: stop, circuits: circuits),
      deadline: options.deadline, stop: stop, recorder: recorder, journal: journal, progress: progress)
  }
}

extension Journal.Known {
  fileprivate var record: FileRecord? { if case .settled(let record) = self { record } else { nil } }
  fileprivate var past: PastFile { if case .open(let past) = self { past } else { PastFile() } }
}
