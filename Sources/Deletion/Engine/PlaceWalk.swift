/// How one LFN fared at its places so far: the rule that a file is gone once one place really deleted it, and
/// absent only when every place says so.
struct PlaceWalk: Sendable {
  let resolution: Resolution
  /// Its place in the lists, from 0.
  let position: Int
  /// Attempts and seconds are those of earlier runs as well.
  private(set) var attempts = 0
  private(set) var seconds = 0.0
  /// Where the file may have been deleted without anyone saying so.
  private(set) var mayBeGoneAt = RouteSet()
  private var next = 0
  private var deletedAt: Int?
  /// Where it was deleted by an attempt that got no answer: it is absent there now. It may still be at a later place,
  /// as that attempt may have found nothing.
  private var confirmedAt: Int?
  private var failedAt: (place: Int, error: DeletionError)?
  private var untriedAt: Int?
  private var leftOutAt: (place: Int, error: DeletionError)?
  /// Who answered at a place, where that was not the place's own backend.
  private var answeredBy: [Int: String] = [:]
  private var mayFareBetter = false
  /// What an earlier run made of it.
  private let earlier: FileRecord?

  init(_ resolution: Resolution, position: Int = 0, past: PastFile = PastFile()) {
    self.resolution = resolution
    self.position = position
    earlier = past.record
    attempts = past.record?.attempts ?? 0
    seconds = past.record?.seconds ?? 0
    mayBeGoneAt = past.mayBeGoneAt
  }

  /// The place to try now; nil when nothing is left to do.
  var place: Resolution.Place? {
    guard deletedAt == nil, untriedAt == nil, next < resolution.places.count else { return nil }
    return resolution.places[next]
  }

  /// What is to be done at ``place``.
  var errand: Retrier.Errand? {
    place.map { Retrier.Errand(target: $0.target, mayBeGone: mayBeGoneAt.contains($0.route)) }
  }

  /// Whether another run with the same places would change nothing: it is gone, or will not go better anywhere.
  var isFinal: Bool {
    if deletedAt != nil { return true }
    guard untriedAt == nil, next >= resolution.places.count, !mayFareBetter else { return false }
    return mayBeGoneAt.isEmpty || (confirmedAt != nil && failedAt == nil)
  }

  /// Takes the result of ``place``.
  mutating func receive(_ result: Retrier.Result) {
    attempts += result.attempts
    seconds += result.seconds
    if let backend = result.backend { answeredBy[next] = backend }
    switch result.end {
    case nil:
      if let reason = result.leftOut {
        leftOutAt = leftOutAt ?? (next, reason)
        mayFareBetter = true
      } else {
        untriedAt = next
      }
    case .deleted: deletedAt = next
    case .deletedConfirmedByAbsence: confirmedAt = confirmedAt ?? next
    case .absent: break
    case .failed(let error):
      failedAt = failedAt ?? (next, error)
      if error.errorClass != .permanent { mayFareBetter = true }
    }
    if resolution.places.indices.contains(next) { note(result, resolution.places[next].route) }
    next += 1
  }

  private mutating func note(_ result: Retrier.Result, _ route: Int) {
    switch result.end {
    case nil: break
    case .failed: if result.mayBeGone { mayBeGoneAt.insert(route) }
    // Until all places have been asked another run has to know of it.
    case .deletedConfirmedByAbsence: mayBeGoneAt.insert(route)
    case .deleted, .absent: mayBeGoneAt.remove(route)
    }
  }

  /// What became of the LFN.
  ///
  /// - Parameter stopped: why the run ended, for a file that was left untried.
  func record(stopped: StopReason?) -> FileRecord {
    if let deletedAt { return record(.deleted, at: deletedAt) }
    if let failedAt {
      var record = record(.failed, at: failedAt.place)
      record.failure = FileRecord.Failure(failedAt.error)
      return record
    }
    if untriedAt != nil || next < resolution.places.count {
      // What an earlier run was told is still the last that is known.
      if let earlier, earlier.outcome == .failed { return earlier }
      var record = record(.notAttempted, at: min(next, resolution.places.count - 1))
      record.failure = FileRecord.Failure(
        kind: "stopped", code: "stopped", message: stopped?.text ?? "the run ended first")
      return record
    }
    if let leftOutAt {
      if let earlier, earlier.outcome == .failed { return earlier }
      var record = record(.notAttempted, at: leftOutAt.place)
      record.failure = FileRecord.Failure(leftOutAt.error)
      return record
    }
    if let confirmedAt {
      var record = record(.deleted, at: confirmedAt)
      record.confirmedBy = "absent"
      return record
    }
    if var earlier, earlier.outcome == .deleted {
      // It was deleted where the site had it then, and is not where the site has it now.
      earlier.attempts = attempts
      earlier.seconds = seconds
      return earlier
    }
    return record(.absent, at: resolution.places.count - 1)
  }

  private func record(_ outcome: Outcome, at index: Int) -> FileRecord {
    var record = FileRecord(lfn: resolution.lfn, outcome: outcome, attempts: attempts, seconds: seconds)
    guard resolution.places.indices.contains(index) else { return record }
    let place = resolution.places[index]
    record.pfn = place.target.pfn.text
    record.route = place.route
    record.backend = answeredBy[index] ?? place.backend.name
    record.endpoint = place.target.pfn.endpoint
    return record
  }
}
