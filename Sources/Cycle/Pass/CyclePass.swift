import ByteStreams
import Campaign
import DeletionModel
import FoundationEssentials

/// One pass over all RSEs: several at the same time, each on a thread of its own and for a limited time.
package struct CyclePass: Sendable {
  /// What came of it.
  package struct Summary: Sendable, Equatable {
    /// How each RSE that was looked at stands.
    package var states: [RSEState] = []
    /// RSEs that were not looked at, since the pass was stopped.
    package var left: [String] = []
    /// RSEs whose work did not end when its time was over: it is left to itself.
    package var hanging: [String] = []
  }

  /// How long something that was told to stop may take to do so, in seconds.
  private static let grace = 30.0
  /// A lease is valid for so much longer than an RSE may take, in seconds.
  private static let margin = 300.0

  private let file: CycleFile
  /// The RSEs of the configuration.
  private let named: Set<String>
  private let work: any CampaignWork
  private let isDryRun: Bool
  private let now: @Sendable () -> Date
  private let grace: Double
  /// How long an RSE may take, in seconds.
  private let limit: Double

  /// - Parameter isDryRun: whether nothing is done but said what would be.
  package init(
    _ file: CycleFile, _ work: any CampaignWork, isDryRun: Bool = false,
    now: @escaping @Sendable () -> Date = { Date() }
  ) {
    self.init(file, work, isDryRun: isDryRun, grace: Self.grace, now: now)
  }

  init(
    _ file: CycleFile, _ work: any CampaignWork, isDryRun: Bool = false, grace: Double, limit: Double? = nil,
    now: @escaping @Sendable () -> Date
  ) {
    self.limit = limit ?? Double(file.cycle.stepMinutes) * 60
    (self.file, self.work, self.isDryRun, self.grace, self.now) = (file, work, isDryRun, grace, now)
    named = Set(file.rses)
  }

  /// Where everything is.
  package var directory: StateDirectory { StateDirectory(file.cycle.state) }

  /// Keeps a second pass on this machine out for as long as it exists. Throws ``CampaignError``.
  package static func lock(_ directory: StateDirectory) throws -> LockedFile {
    do {
      try MissingDirectories.make(directory.path + "/rses")
      let lock = try LockedFile(directory.lock)
      if case .taken = lock.lock() {
        throw CampaignError(.stoppedEarly, "\(directory.path): another pass of the cycle is at work")
      }
      return lock
    } catch let error as CampaignError {
      throw error
    } catch {
      throw CampaignError(.cannotReport, "\(directory.path) cannot be used: \(error)")
    }
  }

  private enum Event: Sendable {
    case done(String, RSEState)
    /// The time of an RSE is over; the number says which limit it is.
    case late(String, Int)
    case stop(StopReason)
  }

  private struct Running {
    var task: Task<Void, Never>
    var timers: [Task<Void, Never>]
    var stop: StopSignal
  }

  /// Works on all RSEs, or on those that are named.
  ///
  /// - Parameter stop: once it is set no further RSE is begun, and what runs is told to end.
  package func run(only: [String]? = nil, stop: StopSignal = StopSignal()) async throws -> Summary {
    if !isDryRun { LeftBehind.remove(in: directory.path, now: now()) }
    // Each once, however often it is named.
    var waiting = only.map { Set($0).sorted() } ?? file.followed
    let budget = CycleBudget(file.cycle, uses())
    var summary = Summary()
    var running: [String: Running] = [:]
    let (events, sender) = AsyncStream.makeStream(of: Event.self)
    let watch = Task {
      // A signal can come at any time; a stop that is set is seen within a tenth of a second.
      while stop.reason == nil {
        do { try await Task.sleep(for: .milliseconds(100)) } catch { return }
      }
      if let reason = stop.reason { sender.yield(.stop(reason)) }
    }
    defer { watch.cancel() }
    waiting.reverse()
    var iterator = events.makeAsyncIterator()
    while true {
      while running.count < file.cycle.parallelRSEs, stop.reason == nil, let rse = waiting.popLast() {
        do {
          running[rse] = try start(rse, budget, sender)
        } catch {
          summary.states.append(unlooked(rse, .internalError, "\(error)"))
        }
      }
      if running.isEmpty { break }
      guard let event = await iterator.next() else { break }
      switch event {
      case .done(let rse, let state):
        guard let ended = running.removeValue(forKey: rse) else { continue }
        for timer in ended.timers { timer.cancel() }
        summary.states.append(state)
      case .late(let rse, 0):
        running[rse]?.stop.stop(.deadline)
        running[rse]?.task.cancel()
      case .late(let rse, _):
        guard running.removeValue(forKey: rse) != nil else { continue }
        // Its lease stays until its time is over: it may still be at something.
        summary.hanging.append(rse)
        summary.states.append(unlooked(rse, .tooSlow, "it did not end when its time was over"))
      case .stop(let reason):
        for one in running.values {
          one.stop.stop(reason)
          one.task.cancel()
        }
        for rse in running.keys {
          timer(rse, 1, after: grace, sender).map { running[rse]?.timers.append($0) }
        }
      }
    }
    summary.left = waiting.sorted()
    summary.states.sort { $0.rse < $1.rse }
    return summary
  }

  private func start(_ rse: String, _ budget: CycleBudget, _ sender: AsyncStream<Event>.Continuation) throws
    -> Running
  {
    var effective = try file.effective(rse)
    effective.isNamed = named.contains(rse)
    let rseDirectory = directory.rse(rse)
    let stop = StopSignal()
    let thread = try RSEThread()
    let task = Task(executorPreference: thread) {
      defer { thread.end() }
      sender.yield(.done(rse, await one(effective, rseDirectory, budget, limit, stop)))
    }
    let timers = [timer(rse, 0, after: limit, sender), timer(rse, 1, after: limit + grace, sender)]
    return Running(task: task, timers: timers.compactMap { $0 }, stop: stop)
  }

  private func timer(
    _ rse: String, _ number: Int, after seconds: Double, _ sender: AsyncStream<Event>.Continuation
  ) -> Task<Void, Never>? {
    Task {
      do { try await Task.sleep(for: .seconds(seconds)) } catch { return }
      sender.yield(.late(rse, number))
    }
  }

  /// The pass over one RSE, under its lease.
  private func one(
    _ effective: CycleFile.Effective, _ rseDirectory: RSEDirectory, _ budget: CycleBudget, _ limit: Double,
    _ stop: StopSignal
  ) async -> RSEState {
    let lease = RSELease(now: now(), seconds: limit + grace + Self.margin)
    do {
      if !isDryRun {
        try rseDirectory.make()
        switch try lease.take(rseDirectory, now: now()) {
        case .taken: break
        case .others(let other):
          return unlooked(
            rseDirectory.name, .leasedElsewhere, "\(other.host), process \(other.pid), until \(other.expires)"
          )
        case .unreadable:
          return unlooked(
            rseDirectory.name, .leasedElsewhere,
            "\(rseDirectory.lease) can't be read; it counts for a day, or until somebody removes it")
        }
      }
    } catch {
      return unlooked(rseDirectory.name, .cannotWrite, "\(error)")
    }
    defer { if !isDryRun { lease.giveBack(rseDirectory) } }
    var pass = RSEPass(
      rseDirectory, effective, file.cycle, work, budget, lease: lease, stop: stop, isDryRun: isDryRun,
      now: now)
    await pass.run()
    return pass.state
  }

  /// How an RSE stands that can't be looked at now: as before, and why.
  private func unlooked(_ rse: String, _ reason: Reason, _ detail: String) -> RSEState {
    let rseDirectory = directory.rse(rse)
    var state =
      ((try? RSEHistory.state(rseDirectory)) ?? nil)
      ?? RSEState(rse: rse, site: nil, now: now().formatted(.iso8601))
    state.reason = reason
    state.detail = MessageText.oneLine(detail, limit: 1000)
    return state
  }

  /// What all RSEs have at work, as they were left.
  private func uses() -> [String: CycleBudget.Use] {
    var uses: [String: CycleBudget.Use] = [:]
    let now = now()
    let since = now.addingTimeInterval(-86_400)
    for rse in Set(directory.known + file.rses) {
      let rseDirectory = directory.rse(rse)
      guard let state = try? RSEHistory.state(rseDirectory) else { continue }
      let files = RSEHistory.events(rseDirectory).filter { event in
        guard event.event == "submitted", let time = Date(iso8601: event.time) else { return false }
        return time > since && time.isPast(at: now)
      }.reduce(0) { $0 + ($1.files ?? 0) }
      let settings = (try? file.effective(rse))?.settings
      let jobs = state.jobs.reduce(0) { $0 + (JobState(rawValue: $1.key)?.isAtWork == true ? $1.value : 0) }
      uses[rse] = .init(
        jobs: jobs, files: jobs > 0 ? state.filesInFlight : 0, schedd: settings?.target.scheddText ?? "",
        host: settings?.storageHost ?? rse, filesOfDay: files)
    }
    return uses
  }
}
