import DeletionModel

/// The sums of a run, in an amount of memory that does not grow with it.
package struct RunTotals: Sendable {
  /// The sums of one storage endpoint.
  package struct Storage: Sendable {
    /// The stage-out entry, by its number among the routes.
    package var route: Int
    /// The backend's name.
    package var backend: String
    /// `scheme://host:port`.
    package var endpoint: String
    /// How its files ended.
    package var counts = OutcomeCounts()
    /// How long it took to answer.
    package var latency = LatencyHistogram()
    /// Whether its circuit was open at the end, or it had been given up.
    package var isOpen = false
    /// When the failures began that it was held back for, as RFC 3339 has it; nil where that is not known.
    package var failingSince: String?
    /// What was learnt of its limits; nil where its requests are a tool's own.
    package var pace: PaceSummary?
    /// Which credential it was shown; nil where there is none to show, and where that is not known.
    package var credential: CredentialSummary?

    /// Whether so many of its files were not there that the wrong place may have been looked at: a wrong prefix
    /// looks just like a clean storage.
    package var isSuspect: Bool {
      isCalledSuspect
        || RunTotals.isSuspect(absent: counts[.absent], asked: counts.gone + counts[.failed] - earlier)
    }
    /// Files that an earlier run settled, which may have seen another storage.
    package var earlier = 0
    /// Whether a report that was read back says so.
    package var isCalledSuspect = false
    /// Deleted files of which it did not say when they were written, where that mattered.
    package var ageUnknown = 0
    /// The first file that was not there.
    package var firstAbsent: FileRecord?
  }

  /// Whether so many of the files that were asked for were not there that the wrong place may have been asked. Fewer than
  /// 20 files are no ground for suspicion.
  package static func isSuspect(absent: Int, asked: Int) -> Bool { asked >= 20 && absent * 10 > asked * 9 }

  /// The sums of one kind of failure.
  package struct Failures: Sendable {
    /// An ``ErrorClass``, `refused`, `stopped` or ``RunTotals/suspect``; of a campaign also `pending`.
    package var kind: String
    /// How many files.
    package var count = 0
    /// How many of them because nothing answered.
    package var unavailable = 0
    /// The first of them.
    package var example: FileRecord
    /// The first of each further code: a class hides several reasons. At most two.
    package private(set) var others: [FileRecord] = []

    /// The first of each code.
    package var examples: [FileRecord] { [example] + others }

    package mutating func add(_ failure: FileRecord.Failure, of record: @autoclosure () -> FileRecord) {
      count += 1
      if failure.isUnavailable { unavailable += 1 }
      if others.count < 2, !examples.contains(where: { $0.failure?.code == failure.code }) {
        others.append(record())
      }
    }

    /// Adds those of a report that was read back.
    fileprivate mutating func add(_ count: Int, _ examples: [FileRecord]) {
      self.count += count
      for record in examples where others.count < 2 {
        if !self.examples.contains(where: { $0.failure?.code == record.failure?.code }) {
          others.append(record)
        }
      }
    }
  }

  private struct StorageKey: Hashable {
    let route: Int
    let backend: String
    let endpoint: String
  }

  /// How the files ended.
  package private(set) var counts = OutcomeCounts()
  /// Attempts over all files.
  package private(set) var attempts = 0
  /// Deleted files of which storages did not say when they were written; nil where that did not matter.
  package private(set) var ageUnknown: Int?
  /// What the deleted files took up.
  package private(set) var freed = FreedBytes()
  /// How long storage took to answer.
  package private(set) var latency = LatencyHistogram()
  /// What became of directories; nil where none was to be removed.
  package private(set) var directories: PruneCounts?
  /// One entry a storage endpoint, in the order in which they came up.
  package private(set) var storage: [Storage] = []
  private var storageIndex: [StorageKey: Int] = [:]
  /// The endpoint of the file before: most files go where that one went.
  private var lastStorage = 0

  /// Nothing yet.
  ///
  /// - Parameter limitsAge: whether it matters when deleted files were written.
  package init(limitsAge: Bool = false) { ageUnknown = limitsAge ? 0 : nil }

  /// One entry a kind of failure, in the order in which they came up: there are about a dozen kinds.
  package private(set) var failures: [Failures] = []

  /// The class of files that were absent where the storage is suspect.
  package static let suspect = "suspect"

  /// Files that were absent at an endpoint where nearly all were: they are called absent, and a wrong prefix or a missing
  /// mount is likelier.
  package var suspicions: [Failures] {
    storage.filter(\.isSuspect).compactMap { storage in
      guard var example = storage.firstAbsent else { return nil }
      example.failure = .init(
        kind: Self.suspect, code: Self.suspect,
        message:
          "nearly all files at \(storage.endpoint) were absent: a wrong prefix or a missing mount looks like that"
      )
      var failures = Failures(kind: Self.suspect, example: example)
      failures.count = storage.counts[.absent]
      return failures
    }
  }

  /// The failures of a kind.
  package func failures(of kind: String) -> Failures? { failures.first { $0.kind == kind } }

  private mutating func indexOfFailures(_ kind: String, _ example: FileRecord) -> Int {
    if let index = failures.firstIndex(where: { $0.kind == kind }) { return index }
    failures.append(Failures(kind: kind, example: example))
    return failures.count - 1
  }

  /// Adds a file.
  package mutating func add(_ record: FileRecord) {
    counts[record.outcome] += 1
    attempts += record.attempts
    if record.outcome == .deleted { freed.add(size: record.facts.size) }
    if record.attempts > 0 { latency.add(record.seconds / Double(record.attempts)) }
    if let route = record.route, let backend = record.backend, let endpoint = record.endpoint {
      let index = indexOfStorage(route: route, backend: backend, endpoint: endpoint)
      storage[index].counts[record.outcome] += 1
      if record.outcome == .absent, storage[index].firstAbsent == nil { storage[index].firstAbsent = record }
      if record.outcome == .deleted, let count = ageUnknown, record.facts.written == nil,
        !record.isFromEarlierRun
      {
        ageUnknown = count + 1
        storage[index].ageUnknown += 1
      }
      if record.isFromEarlierRun, record.outcome != .refused { storage[index].earlier += 1 }
      if record.attempts > 0 { storage[index].latency.add(record.seconds / Double(record.attempts)) }
    }
    if let failure = record.failure {
      let index = indexOfFailures(failure.kind, record)
      failures[index].add(failure, of: record)
    }
  }

  /// Adds what became of directories.
  package mutating func add(_ directories: PruneCounts) {
    self.directories = (self.directories ?? PruneCounts()).adding(directories)
  }

  /// Notes which endpoints had an open circuit at the end, and when the failures began that opened it.
  package mutating func noteOpen(_ endpoints: [String: String]) {
    for index in storage.indices {
      guard let began = endpoints[storage[index].endpoint] else { continue }
      (storage[index].isOpen, storage[index].failingSince) = (true, began)
    }
  }

  /// Notes what was learnt of the limits of endpoints.
  package mutating func notePace(_ summary: (_ endpoint: String) -> PaceSummary?) {
    for index in storage.indices { storage[index].pace = summary(storage[index].endpoint) }
  }

  /// Notes which credential endpoints were shown.
  mutating func noteCredentials(_ summary: (_ backend: String, _ endpoint: String) -> CredentialSummary?) {
    for index in storage.indices {
      storage[index].credential = summary(storage[index].backend, storage[index].endpoint)
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
  /// - Parameter route: the number that one of its storage endpoints gets among the routes.
  package mutating func add(_ report: JobReport, route: (JobReport.Storage) -> Int) {
    let summary = report.summary
    counts.add(
      deleted: summary.deleted, absent: summary.absent, failed: summary.failed, refused: summary.refused,
      notAttempted: summary.notAttempted)
    attempts += summary.attempts
    freed.add(summary.freed)
    if let count = summary.ageUnknown { ageUnknown = (ageUnknown ?? 0) + count }
    latency.add(LatencyHistogram(summary.latency))
    if let directories = summary.directories { add(directories) }
    for entry in report.storage {
      let index = indexOfStorage(route: route(entry), backend: entry.backend, endpoint: entry.endpoint)
      storage[index].counts.add(deleted: entry.deleted, absent: entry.absent, failed: entry.failed)
      storage[index].latency.add(LatencyHistogram(entry.latency))
      if entry.circuit == "open" { storage[index].isOpen = true }
      storage[index].failingSince = [storage[index].failingSince, entry.failingSince].compactMap { $0 }.min()
      if let pace = entry.pace { storage[index].pace = storage[index].pace?.adding(pace) ?? pace }
      if let credential = entry.credential {
        storage[index].credential = storage[index].credential?.adding(credential) ?? credential
      }
      if entry.suspect == true { storage[index].isCalledSuspect = true }
    }
    for failures in report.errors {
      var example = FileRecord(lfn: failures.example.lfn, outcome: .failed)
      example.pfn = failures.example.pfn
      if failures.class == Self.suspect {
        // How many there are shows in the sums once they are all here.
        let endpoint = failures.example.pfn.flatMap(PFN.init)?.endpoint
        for index in storage.indices where storage[index].endpoint == endpoint {
          storage[index].firstAbsent = storage[index].firstAbsent ?? example
        }
        continue
      }
      let examples = ([failures.example] + (failures.examples ?? [])).map { example in
        var record = FileRecord(lfn: example.lfn, outcome: .failed)
        record.pfn = example.pfn
        record.failure = .init(kind: failures.class, code: example.code ?? "", message: example.message)
        return record
      }
      let index = indexOfFailures(failures.class, examples[0])
      self.failures[index].add(failures.count, examples)
      // Reports don't count these, but a run ends so only where nothing else befell any file.
      if report.exit.code == ExitStatus.unavailable.rawValue {
        self.failures[index].unavailable += failures.count
      }
    }
  }
}

extension LatencyHistogram {
  fileprivate init(_ latency: JobReport.Latency) {
    self.init(filled: latency.buckets ?? [], max: latency.max)
  }
}
