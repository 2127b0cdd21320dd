/// How one LFN fared at its places so far: the rule that a file is gone once one place really deleted it, and
/// absent only when every place says so.
struct PlaceWalk: Sendable {
  let resolution: Resolution
  private(set) var attempts = 0
  private(set) var seconds = 0.0
  private var next = 0
  private var deletedAt: (place: Int, confirmedBy: String?)?
  private var failedAt: (place: Int, error: DeletionError)?
  private var untriedAt: Int?
  /// Who answered at a place, where that was not the place's own backend.
  private var answeredBy: [Int: String] = [:]

  init(_ resolution: Resolution) { self.resolution = resolution }

  /// The place to try now; nil when nothing is left to do.
  var place: Resolution.Place? {
    guard deletedAt == nil, untriedAt == nil, next < resolution.places.count else { return nil }
    return resolution.places[next]
  }

  /// Takes the result of ``place``.
  mutating func receive(_ result: Retrier.Result) {
    attempts += result.attempts
    seconds += result.seconds
    if let backend = result.backend { answeredBy[next] = backend }
    switch result.end {
    case nil: untriedAt = next
    case .deleted: deletedAt = (next, nil)
    case .deletedConfirmedByAbsence: deletedAt = (next, "absent")
    case .absent: break
    case .failed(let error): failedAt = failedAt ?? (next, error)
    }
    next += 1
  }

  /// What became of the LFN.
  ///
  /// - Parameter stopped: why the run ended, for a file that was left untried.
  func record(stopped: StopReason?) -> FileRecord {
    if let deletedAt {
      var record = record(.deleted, at: deletedAt.place)
      record.confirmedBy = deletedAt.confirmedBy
      return record
    }
    if let failedAt {
      var record = record(.failed, at: failedAt.place)
      record.failure = FileRecord.Failure(failedAt.error)
      return record
    }
    if untriedAt != nil || next < resolution.places.count {
      var record = record(.notAttempted, at: min(next, resolution.places.count - 1))
      record.failure = FileRecord.Failure(
        kind: "stopped", code: "stopped", message: stopped?.text ?? "the run ended first")
      return record
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
