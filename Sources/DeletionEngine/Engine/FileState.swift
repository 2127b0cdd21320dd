import DeletionModel
import RunJournal

/// One LFN on its way through the engine: the only type that keeps its state.
///
/// Its replicas are asked for in the order of the stage-out entries. The file is gone once one replica was really
/// deleted, and absent only when every replica is absent.
struct FileState: Sendable {
  /// What follows from an answer.
  enum Step: Sendable, Equatable {
    /// The same replica is tried again.
    case retry(after: Duration)
    /// ``replica`` is another one now.
    case nextReplica
    /// Nothing is left to do.
    case ended
  }

  /// How the replica that was tried ended.
  private enum ReplicaEnd {
    case completed(AttemptMachine.End)
    /// It was not tried, although the run goes on: its endpoint has been given up.
    case leftOut(DeletionError)
    /// It was not tried, because the run ends.
    case untried
  }

  let resolution: Resolution
  /// Its position in the lists, from 0.
  let position: Int
  /// All attempts that count, those of earlier runs as well.
  private(set) var attempts = 0
  /// The time that storages took for their answers in seconds, without pauses, that of earlier runs as well.
  private(set) var seconds = 0.0
  /// The routes where the file may have been deleted without anyone saying so.
  private(set) var mayBeGoneAt = RouteSet()
  /// The routes for which the journal says that requests are about to be sent.
  var begun = RouteSet()

  /// The index of ``replica``.
  private(set) var index = 0
  /// The attempts at ``replica``.
  private var machine = AttemptMachine()
  private var replicaSeconds = 0.0
  /// What was said of the file at ``replica``, and at the one where it was deleted.
  private var facts = FileFacts()
  private var factsOfDeleted = FileFacts()

  private var deletedAt: Int?
  /// Where it was deleted by an attempt that got no answer: it is absent there now. It may still be at a later replica,
  /// as that attempt may have found nothing.
  private var confirmedAt: Int?
  private var untriedAt: Int?
  private var mayFareBetter = false
  private var details = Details.none

  /// What most files never have. Every copy of a file that is made on its way through the engine costs a retain for each
  /// text in it, and these have a dozen: they are one reference here.
  private indirect enum Details: Sendable {
    case none
    case some(Values)

    struct Values: Sendable {
      /// What the last failed attempt at ``replica`` said.
      var lastError: DeletionError?
      var failedAt: (replica: Int, error: DeletionError)?
      var leftOutAt: (replica: Int, error: DeletionError)?
      /// The backend that answered for a replica, where that was not the replica's own.
      var answeredBy: [Int: String] = [:]
      /// What an earlier run made of it.
      var earlier: FileRecord?
    }

    var values: Values? { if case .some(let values) = self { values } else { nil } }

    mutating func change(_ body: (inout Values) -> Void) {
      var changed = values ?? Values()
      body(&changed)
      self = .some(changed)
    }
  }

  /// - Parameter past: what an earlier run has written down of it.
  init(
    _ resolution: Resolution, position: Int = 0, begun: RouteSet = RouteSet(), past: PastFile? = nil
  ) {
    self.resolution = resolution
    self.position = position
    self.begun = begun
    if let past {
      if let record = past.record {
        details.change { $0.earlier = record }
        attempts = record.attempts
        seconds = record.seconds
      }
      mayBeGoneAt = past.mayBeGoneAt
    }
    startReplica()
  }

  /// The replica to try now; nil when nothing is left to do.
  var replica: Resolution.Replica? {
    guard deletedAt == nil, untriedAt == nil, index < resolution.replicas.count else { return nil }
    return resolution.replicas[index]
  }

  /// Whether it is tried again in a batch of its own: the last attempt at ``replica`` ended with a connection that other files
  /// were asked about on, and this one may have been the cause.
  var needsOwnBatch: Bool { details.values?.lastError?.isOfConnection == true }

  /// Whether another run with the same replicas would change nothing: it is gone, or will not go better anywhere.
  var isFinal: Bool {
    if deletedAt != nil { return true }
    guard untriedAt == nil, index >= resolution.replicas.count, !mayFareBetter else { return false }
    return mayBeGoneAt.isEmpty || (confirmedAt != nil && details.values?.failedAt == nil)
  }

  // MARK: Transitions

  /// Takes an answer for ``replica`` that is not ``DeletionError/isUntried``.
  ///
  /// - Parameter jitter: a number from 0 to 1 that spreads the pauses.
  mutating func receive(_ answer: Answer, policy: RetryPolicy, jitter: @autoclosure () -> Double) -> Step {
    replicaSeconds += answer.seconds
    facts.learn(answer.facts)
    if answer.backend != nil || answer.error != nil {
      details.change { details in
        if let backend = answer.backend { details.answeredBy[index] = backend }
        details.lastError = answer.error ?? details.lastError
      }
    }
    if let doubt = answer.mayHaveBeenDeleted { machine.learn(mayBeGone: doubt) }
    switch machine.receive(answer.kind, policy: policy, jitter: jitter()) {
    case .complete(let end): return endReplica(.completed(end))
    case .again(let pause): return .retry(after: pause)
    }
  }

  /// The endpoint of ``replica`` has been given up. What it answered before still stands.
  mutating func leaveOut(_ reason: DeletionError) -> Step {
    endReplica(details.values?.lastError.map { .completed(.failed($0)) } ?? .leftOut(reason))
  }

  /// There is no time for another attempt at ``replica``.
  mutating func runOutOfTime() -> Step {
    endReplica(details.values?.lastError.map { .completed(.failed($0)) } ?? .untried)
  }

  /// The run ends: nothing more is tried.
  mutating func stop() {
    _ = runOutOfTime()
    if replica != nil { _ = endReplica(.untried) }
  }

  private mutating func startReplica() {
    guard resolution.replicas.indices.contains(index) else { return }
    machine = AttemptMachine(mayBeGone: mayBeGoneAt.contains(resolution.replicas[index].route))
    replicaSeconds = 0
    facts = FileFacts()
    if details.values?.lastError != nil { details.change { $0.lastError = nil } }
  }

  private mutating func endReplica(_ end: ReplicaEnd) -> Step {
    attempts += machine.attempts
    seconds += replicaSeconds
    var isNewer = false
    switch end {
    case .untried: untriedAt = index
    case .leftOut(let reason):
      details.change { $0.leftOutAt = $0.leftOutAt ?? (index, reason) }
      mayFareBetter = true
    case .completed(.deleted):
      deletedAt = index
      factsOfDeleted = facts
    case .completed(.deletedConfirmedByAbsence):
      if confirmedAt == nil { factsOfDeleted = facts }
      confirmedAt = confirmedAt ?? index
    case .completed(.absent): break
    case .completed(.failed(let error)) where error.isNewer:
      details.change { $0.failedAt = (index, error) }
      mayFareBetter = true
      isNewer = true
    case .completed(.failed(let error)):
      details.change { $0.failedAt = $0.failedAt ?? (index, error) }
      // Answers that ask for patience are no attempts, but the file was tried.
      if machine.attempts == 0 { attempts += 1 }
      if error.errorClass != .permanent { mayFareBetter = true }
    }
    if case .completed(let end) = end, resolution.replicas.indices.contains(index) {
      note(end, resolution.replicas[index].route)
    }
    // It is another file now, of which no replica is to go.
    index = isNewer ? resolution.replicas.count : index + 1
    guard replica != nil else { return .ended }
    startReplica()
    return .nextReplica
  }

  private mutating func note(_ end: AttemptMachine.End, _ route: Int) {
    switch end {
    case .failed: if machine.mayBeGone { mayBeGoneAt.insert(route) }
    // Until all replicas have been asked another run has to know of it.
    case .deletedConfirmedByAbsence: mayBeGoneAt.insert(route)
    case .deleted, .absent: mayBeGoneAt.remove(route)
    }
  }

  // MARK: The record

  /// What became of the LFN.
  ///
  /// - Parameter stopped: why the run ended, for a file that was left untried.
  func record(stopped: StopReason?) -> FileRecord {
    if let deletedAt { return record(.deleted, at: deletedAt) }
    let details = details.values
    if let failedAt = details?.failedAt {
      var record = record(.failed, at: failedAt.replica)
      record.failure = FileRecord.Failure(failedAt.error)
      if failedAt.error.isNewer, confirmedAt == nil {
        record.outcome = .refused
        record.failure?.kind = Outcome.refused.rawValue
      }
      return record
    }
    if untriedAt != nil || index < resolution.replicas.count {
      // What an earlier run was told is still the last that is known.
      if let earlier = details?.earlier, earlier.outcome == .failed { return earlier }
      var record = record(.notAttempted, at: min(index, resolution.replicas.count - 1))
      record.failure = FileRecord.Failure(
        kind: "stopped", code: "stopped", message: stopped?.text ?? "the run ended first")
      return record
    }
    if let leftOutAt = details?.leftOutAt {
      if let earlier = details?.earlier, earlier.outcome == .failed { return earlier }
      var record = record(.notAttempted, at: leftOutAt.replica)
      record.failure = FileRecord.Failure(leftOutAt.error)
      return record
    }
    if let confirmedAt {
      var record = record(.deleted, at: confirmedAt)
      record.confirmedBy = "absent"
      return record
    }
    if var earlier = details?.earlier, earlier.outcome == .deleted {
      // It was deleted where the site had it then, and is not where the site has it now.
      earlier.attempts = attempts
      earlier.seconds = seconds
      return earlier
    }
    return record(.absent, at: resolution.replicas.count - 1)
  }

  private func record(_ outcome: Outcome, at index: Int) -> FileRecord {
    var record = FileRecord(lfn: resolution.lfn, outcome: outcome, attempts: attempts, seconds: seconds)
    guard resolution.replicas.indices.contains(index) else { return record }
    // Not a copy of the replica: that would count all of its parts up and down for every file.
    let target = resolution.replicas[index].target
    record.pfn = target.pfn.text
    record.endpoint = target.endpoint
    record.route = resolution.replicas[index].route
    if outcome == .deleted { record.facts = factsOfDeleted }
    record.backend = details.values?.answeredBy[index] ?? resolution.replicas[index].backend.name
    return record
  }
}

extension JournalEntry {
  /// What is written down of a file.
  init(_ file: FileState) {
    self.init(
      position: file.position, record: file.record(stopped: nil), isFinal: file.isFinal,
      mayBeGoneAt: file.mayBeGoneAt, resolution: file.resolution)
  }
}
