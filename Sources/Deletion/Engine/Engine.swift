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

  /// Makes an engine.
  public init(resolver: Resolver, options: Options, time: any TimeSource, stop: StopSignal, log: Logger) {
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
    var sorter = ParcelSorter<PlaceWalk>()
    let backends = LayeredBackends(options: options, time: time, log: log)
    var readError: (any Error)?
    await withTaskGroup(of: Int.self) { group in
      var underWay = 0
      do {
        while let names = try lists.nextBatch(limit: Self.readLimit) {
          var settled: [FileRecord] = []
          for name in names {
            let resolution = resolver.resolve(name)
            if let record = recordWithoutTrying(resolution) {
              settled.append(record)
            } else if let place = resolution.places.first,
              let parcel = sorter.add(PlaceWalk(resolution), to: place)
            {
              underWay += parcel.count
              let worker = worker(for: parcel, backends, recorder)
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
        let worker = worker(for: parcel, backends, recorder)
        group.addTask { await worker.work() }
      }
      await group.waitForAll()
    }
    if let readError { throw readError }
  }

  /// The record of an LFN that no backend is asked about: refused, in a dry run, or after a stop.
  private func recordWithoutTrying(_ resolution: Resolution) -> FileRecord? {
    if let refusal = resolution.refusal { return .refused(resolution.lfn, refusal) }
    if options.dryRun {
      var record = PlaceWalk(resolution).record(stopped: nil)
      record.failure = nil
      return record
    }
    if let reason = stop.reason { return PlaceWalk(resolution).record(stopped: reason) }
    return nil
  }

  private func worker(for parcel: [PlaceWalk], _ backends: LayeredBackends, _ recorder: any RunRecorder)
    -> ParcelWorker
  {
    ParcelWorker(
      walks: parcel, backends: backends, retrier: Retrier(policy: options.retry, time: time, stop: stop),
      deadline: options.deadline, stop: stop, recorder: recorder)
  }
}
