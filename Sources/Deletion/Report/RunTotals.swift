import OrderedCollections

/// The sums of a run, in an amount of memory that does not grow with it.
public struct RunTotals: Sendable {
  /// The sums of one storage door.
  public struct Storage: Sendable {
    /// The stage-out entry, by its number among the routes.
    public var route: Int
    /// The backend's name.
    public var backend: String
    /// `scheme://host:port`.
    public var endpoint: String
    /// How its files ended.
    public var counts = OutcomeCounts()
    /// How long it took to answer.
    public var latency = LatencyHistogram()
    /// Whether requests were held back from it at the end, or it had been given up.
    public var isOpen = false

    /// Whether so many of its files were not there that the wrong place may have been looked at: a wrong prefix
    /// looks just like a clean storage.
    public var isSuspect: Bool {
      let asked = counts.gone + counts[.failed]
      return asked >= Self.suspectFrom && counts[.absent] * 10 > asked * 9
    }

    /// Fewer files are no ground for suspicion.
    private static let suspectFrom = 20
  }

  /// The sums of one kind of failure.
  public struct Failures: Sendable {
    /// An ``ErrorClass``, `refused` or `stopped`.
    public var kind: String
    /// How many files.
    public var count = 0
    /// How many of them because nothing answered.
    public var unavailable = 0
    /// The first of them.
    public var example: FileRecord

    mutating func add(_ failure: FileRecord.Failure) {
      count += 1
      if failure.isUnavailable { unavailable += 1 }
    }
  }

  private struct StorageKey: Hashable {
    let route: Int
    let backend: String
    let endpoint: String
  }

  /// How the files ended.
  public private(set) var counts = OutcomeCounts()
  /// Attempts over all files.
  public private(set) var attempts = 0
  /// How long storage took to answer.
  public private(set) var latency = LatencyHistogram()
  /// What became of directories; nil where none was to be removed.
  public private(set) var directories: PruneCounts?
  /// One entry a storage door, in the order in which they came up.
  public private(set) var storage: [Storage] = []
  private var storageIndex: [StorageKey: Int] = [:]
  /// The door of the file before: most files go where that one went.
  private var lastStorage = 0
  private var failuresByKind: OrderedDictionary<String, Failures> = [:]

  /// Nothing yet.
  public init() {}

  /// One entry a kind of failure, in the order in which they came up.
  public var failures: [Failures] { Array(failuresByKind.values) }

  /// The failures of a kind.
  public func failures(of kind: String) -> Failures? { failuresByKind[kind] }

  /// Adds a file.
  public mutating func add(_ record: FileRecord) {
    counts[record.outcome] += 1
    attempts += record.attempts
    if record.attempts > 0 { latency.add(record.seconds / Double(record.attempts)) }
    if let route = record.route, let backend = record.backend, let endpoint = record.endpoint {
      let index = indexOfStorage(route: route, backend: backend, endpoint: endpoint)
      storage[index].counts[record.outcome] += 1
      if record.attempts > 0 { storage[index].latency.add(record.seconds / Double(record.attempts)) }
    }
    if let failure = record.failure {
      failuresByKind[failure.kind, default: Failures(kind: failure.kind, example: record)].add(failure)
    }
  }

  /// Adds what became of directories.
  mutating func add(_ directories: PruneCounts) {
    self.directories = (self.directories ?? PruneCounts()).adding(directories)
  }

  /// Notes which endpoints were ill at the end.
  mutating func noteOpen(_ endpoints: Set<String>) {
    for index in storage.indices where endpoints.contains(storage[index].endpoint) {
      storage[index].isOpen = true
    }
  }

  private mutating func indexOfStorage(route: Int, backend: String, endpoint: String) -> Int {
    if lastStorage < storage.count, storage[lastStorage].route == route,
      storage[lastStorage].endpoint == endpoint, storage[lastStorage].backend == backend
    {
      return lastStorage
    }
    let key = StorageKey(route: route, backend: backend, endpoint: endpoint)
    lastStorage = storageIndex[key] ?? storage.count
    if lastStorage == storage.count {
      storageIndex[key] = lastStorage
      storage.append(Storage(route: route, backend: backend, endpoint: endpoint))
    }
    return lastStorage
  }

  /// Adds the sums of a report that was read back.
  ///
  /// - Parameter route: the number that one of its storage doors gets among the routes.
  mutating func add(_ report: JobReport, route: (JobReport.Storage) -> Int) {
    let summary = report.summary
    counts.add(
      deleted: summary.deleted, absent: summary.absent, failed: summary.failed, refused: summary.refused,
      notAttempted: summary.notAttempted)
    attempts += summary.attempts
    latency.add(LatencyHistogram(summary.latency))
    if let directories = summary.directories { add(directories) }
    for door in report.storage {
      let index = indexOfStorage(route: route(door), backend: door.backend, endpoint: door.endpoint)
      storage[index].counts.add(deleted: door.deleted, absent: door.absent, failed: door.failed)
      storage[index].latency.add(LatencyHistogram(door.latency))
      if door.circuit == "open" { storage[index].isOpen = true }
    }
    for failures in report.errors {
      var example = FileRecord(lfn: failures.example.lfn, outcome: .failed)
      example.pfn = failures.example.pfn
      example.failure = .init(kind: failures.class, code: "", message: failures.example.message)
      failuresByKind[failures.class, default: Failures(kind: failures.class, example: example)].count +=
        failures.count
      // Reports don't count these, but a run ends so only where nothing else befell any file.
      if report.exit.code == ExitStatus.unavailable.rawValue {
        failuresByKind[failures.class]?.unavailable += failures.count
      }
    }
  }
}

extension LatencyHistogram {
  fileprivate init(_ latency: JobReport.Latency) {
    self.init(filled: latency.buckets ?? [], max: latency.max)
  }
}
