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

  /// Makes an engine.
  ///
  /// - Parameter journal: what was done before, and where to write down what is done.
  public init(
    resolver: Resolver, options: Options, time: any TimeSource, stop: StopSignal, log: Logger,
    journal: Journal? = nil
  ) {
    self.journal = journal
    self.resolver = resolver
    self.options = options
    self.time = time
    self.stop = stop
    self.log = log
  }

  /// How many LFNs are read at a time.
  private static let readLimit = 1000
  /// How many files may be under way, waiting ones included, before reading pauses: what bounds memory.
  private static let filesUnderWay = 20_000

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
    var lists = lists
    var sorter = ParcelSorter()
    var layers = LayerCache(options: options, time: time, log: log)
    var readError: (any Error)?
    var position = 0
    await withTaskGroup(of: Int.self) { group in
      var underWay = 0
      do {
        while let names = try lists.nextBatch(limit: Self.readLimit) {
          var settled: [FileRecord] = []
          for name in names {
            let resolution = resolver.resolve(name)
            let known = try journal?.known(position, resolution) ?? .open(PastFile())
            let walk = PlaceWalk(resolution, position: position, past: known.past)
            position += 1
            if let record = known.record ?? recordWithoutTrying(walk) {
              settled.append(record)
            } else if let parcel = sorter.add(walk) {
              underWay += parcel.count
              let worker = worker(for: parcel, &layers, recorder)
              group.addTask { await worker.work() }
            }
          }
          if !settled.isEmpty { await recorder.record(settled) }
          while underWay > Self.filesUnderWay, let finished = await group.next() { underWay -= finished }
        }
      } catch {
        // What was read is still worked off.
        readError = error
      }
      for parcel in sorter.rest() {
        let worker = worker(for: parcel, &layers, recorder)
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

  private func worker(for parcel: [PlaceWalk], _ layers: inout LayerCache, _ recorder: any RunRecorder)
    -> ParcelWorker
  {
    for walk in parcel {
      for place in walk.resolution.places { layers.add(place.backend) }
    }
    return ParcelWorker(
      walks: parcel, backends: layers.backends,
      retrier: Retrier(policy: options.retry, time: time, stop: stop), deadline: options.deadline, stop: stop,
      recorder: recorder, journal: journal)
  }
}

extension Journal.Known {
  fileprivate var record: FileRecord? { if case .settled(let record) = self { record } else { nil } }
  fileprivate var past: PastFile { if case .open(let past) = self { past } else { PastFile() } }
}

/// The layered backends of a run, one of each name, so that all parcels share their gates.
private struct LayerCache {
  let options: Engine.Options
  let time: any TimeSource
  let log: Logger
  private(set) var backends: [String: any Backend] = [:]

  init(options: Engine.Options, time: any TimeSource, log: Logger) {
    self.options = options
    self.time = time
    self.log = log
  }

  mutating func add(_ backend: any Backend) {
    guard backends[backend.name] == nil else { return }
    backends[backend.name] = Layers.around(
      backend, attemptLimit: options.attemptLimit, concurrency: options.concurrency,
      pacer: options.pacer, time: time, log: log)
  }
}
