import DeletionModel
import Logging
import Synchronization

/// Removes the directories that a run has left empty, once it has ended: each endpoint for itself, level by level from
/// the deepest, each directory with one try.
package struct DirectoryPruner: Sendable {
  /// What came of it.
  package struct Result: Sendable, Equatable {
    /// How many ended how.
    package var counts = PruneCounts()
    /// For the report.
    package var warnings: [String] = []
  }

  private let resolver: Resolver
  private let options: Engine.Options
  private let time: any TimeSource
  private let stop: StopSignal
  private let circuits: CircuitBoard
  private let log: Logger
  private let backends: LayeredBackends

  /// Makes a pruner.
  ///
  /// - Parameters:
  ///   - options: those of the run, for its time limits and its concurrency.
  ///   - circuits: the circuits of the endpoints: where one is open, its directories are left alone.
  package init(
    resolver: Resolver, options: Engine.Options, time: any TimeSource, stop: StopSignal,
    circuits: CircuitBoard, log: Logger
  ) {
    self.resolver = resolver
    self.options = options
    self.time = time
    self.stop = stop
    self.circuits = circuits
    self.log = log
    backends = LayeredBackends(options: options, circuits: circuits, time: time, log: log)
  }

  /// The most directories in one batch.
  private static let batchLimit = 32
  /// Batches in flight at an endpoint, for backends that keep many requests of a batch in flight.
  private static let pacedBatches = 2

  /// Removes what a recorder has noted. After a stop, or at the deadline, what is left stays.
  package func run(_ recorder: PruneRecorder) async -> Result {
    let plans = options.dryRun ? [:] : await recorder.takePlans()
    let tallies = Mutex<[PruneTally]>([])
    try? await stop.cancelling(after: options.grace, on: time) {
      await withTaskGroup(of: PruneTally.self) { group in
        for (endpoint, plan) in plans { group.addTask { await prune(plan, at: endpoint) } }
        for await tally in group { tallies.withLock { $0.append(tally) } }
      }
    }
    return PruneTally.sum(tallies.withLock { $0 })
  }

  private func prune(_ plan: PrunePlan, at endpoint: String) async -> PruneTally {
    var plan = plan
    var tally = PruneTally(endpoint: endpoint)
    while true {
      let level = plan.next()
      if level.isEmpty { return tally }
      for (directory, answer) in await remove(level, at: endpoint, stay: tally.whyTheyStay != nil) {
        tally.add(directory, answer)
        plan.tell(directory, isGone: answer.kind == .deleted || answer.kind == .absent)
        note(directory, answer)
      }
    }
  }

  /// Asks for all directories of a level, with as many batches at a time as the backend bears.
  private func remove(
    _ level: [PrunableDirectory], at endpoint: String, stay: Bool
  ) async -> [(PrunableDirectory, Answer)] {
    var answers: [(PrunableDirectory, Answer)] = []
    // Two routes can have two backends at one endpoint.
    for (_, directories) in Dictionary(grouping: level, by: \.route) {
      guard let first = directories.first, !stay, let backend = backend(of: first) else {
        answers += directories.map { ($0, Answer(.failed(.notTried))) }
        continue
      }
      guard backend.traits.removesDirectories else {
        let answer = Answer(.failed(.directoriesStay("\(backend.name) does not remove directories")))
        answers += directories.map { ($0, answer) }
        continue
      }
      let limit = backend.traits.pacesItself ? Self.pacedBatches : max(1, options.concurrency)
      let size = max(1, min(Self.batchLimit, (directories.count + limit - 1) / limit))
      var batches = stride(from: 0, to: directories.count, by: size).map { start in
        directories[start..<min(start + size, directories.count)]
      }.makeIterator()
      await withTaskGroup(of: [(PrunableDirectory, Answer)].self) { group in
        for _ in 0..<limit {
          if let batch = batches.next() { group.addTask { await remove(batch, by: backend, at: endpoint) } }
        }
        for await some in group {
          answers += some
          if let batch = batches.next() { group.addTask { await remove(batch, by: backend, at: endpoint) } }
        }
      }
    }
    return answers
  }

  private func remove(
    _ directories: ArraySlice<PrunableDirectory>, by backend: any Backend, at endpoint: String
  ) async -> [(PrunableDirectory, Answer)] {
    let untried = directories.map { ($0, Answer(.failed(.notTried))) }
    guard stop.reason == nil, !Task.isCancelled, !options.deadline.hasPassed(on: time),
      !circuits.circuit(of: endpoint).isOpen
    else { return untried }
    let answers = await backends.layered(backend).answers(
      to: Batch(directories.map(\.target), kind: .emptyDirectories, deadline: options.deadline))
    return Array(zip(directories, answers))
  }

  private func backend(of directory: PrunableDirectory) -> (any Backend)? {
    guard resolver.routes.indices.contains(directory.route) else { return nil }
    return try? resolver.routes[directory.route].backend(directory.target.pfn).get()
  }

  private func note(_ directory: PrunableDirectory, _ answer: Answer) {
    guard log.logLevel <= .info else { return }
    var metadata: Logger.Metadata = [
      "lfn": "\(directory.target.lfn)", "pfn": "\(directory.target.pfn.text)",
    ]
    guard let error = answer.error else {
      log.debug(answer.kind == .deleted ? "directory removed" : "directory absent", metadata: metadata)
      return
    }
    metadata["message"] = "\(error.message)"
    if error.errorClass == .permanent || error.isUntried {
      log.debug("directory kept", metadata: metadata)
    } else {
      log.info("directory not removed", metadata: metadata)
    }
  }
}
