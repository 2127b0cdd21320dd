import DeletionModel
import HTTPTransport

/// How a request of the service ended for us.
enum BulkEnd: Equatable {
  /// Nothing more is going to happen with it.
  case over
  /// The service does not know it, or does not let us see it.
  case lost(DeletionError)
  /// It made no progress, and was cancelled; what was going on is not waited for any longer.
  case stalled(String)
  /// The run ends. It was cancelled.
  case stopped
}

extension BulkService {
  /// Follows a request until nothing more happens with it.
  ///
  /// - Parameter each: told every target with its state, each time that they are read.
  /// - Returns: how it ended, and whether the service was started anew meanwhile and has begun the request once more: then
  ///   "not there" may be said of what it had deleted the first time.
  func follow(
    _ id: String, until deadline: Deadline, _ setting: BulkSetting, each: (BulkTarget) -> Void
  ) async -> (end: BulkEnd, wasBegunTwice: Bool) {
    let (time, patience) = (setting.time, setting.patience)
    var wasBegunTwice = false
    var started: Int64?
    var last: (status: String, done: Int)?
    var progress = time.now()
    var cancelled: Moment?
    var said = "no answer"
    var pause = patience.firstPause
    while true {
      if Task.isCancelled || deadline.hasPassed(on: time) {
        await stop(id, patience, each)
        return (.stopped, wasBegunTwice)
      }
      switch await read(id) {
      case .success(let status):
        var done = 0
        for target in status.targets ?? [] {
          each(target)
          if target.isFinal { done += 1 }
        }
        if let started, let now = status.startedAt, now != started { wasBegunTwice = true }
        started = status.startedAt ?? started
        if status.isOver {
          return (cancelled == nil ? .over : .stalled(said), wasBegunTwice)
        }
        if last?.status != status.status || last?.done != done {
          (last, progress) = ((status.status, done), time.now())
        }
        if cancelled == nil { said = status.status }
      case .failure(let error):
        switch error.errorClass {
        case .absent, .auth, .endpoint, .fatal: return (.lost(error), wasBegunTwice)
        case .permanent, .transient, .overload, .unknown: said = error.message
        }
      }
      let now = time.now()
      if let cancelled {
        if now - cancelled >= patience.cancelLimit { return (.stalled(said), wasBegunTwice) }
      } else if now - progress >= patience.stallLimit {
        _ = await ask(.cancel(id: id))
        (cancelled, pause) = (time.now(), patience.firstPause)
      }
      try? await time.sleep(for: min(pause, deadline.remaining(on: time) ?? pause))
      pause = min(pause * 3 / 2, patience.longestPause)
    }
  }

  /// Cancels a request as the run ends, and reads once more what has become of it.
  private func stop(_ id: String, _ patience: DCacheBulkBackend.Patience, _ each: (BulkTarget) -> Void) async
  {
    _ = await ask(.cancel(id: id), urgentlyWithin: patience.lastLimit)
    let reply = await ask(.read(id: id, offset: 0), urgentlyWithin: patience.lastLimit)
    if reply.error == nil { BulkStatus.read(reply.body)?.targets?.forEach(each) }
  }

  /// What the service says of a request, all pages of it.
  func read(_ id: String) async -> Result<BulkStatus, DeletionError> {
    var whole: BulkStatus?
    var offset: Int64 = 0
    while true {
      let reply = await ask(.read(id: id, offset: offset))
      if let error = reply.error { return .failure(error) }
      guard let page = BulkStatus.read(reply.body) else { return .failure(.unreadable) }
      var sum = whole ?? page
      if whole != nil { sum.targets = (sum.targets ?? []) + (page.targets ?? []) }
      // Targets change while they are read: what the last page says of the request holds for all.
      sum.status = page.status
      whole = sum
      guard let next = page.nextId, next > offset else { return .success(sum) }
      offset = next
    }
  }

  /// Looks for a request whose identifier was lost: among those that delete, from the newest on.
  ///
  /// - Returns: nil where there is none.
  /// - Throws: why it can't be looked for.
  func find(_ marker: BulkMarker, except known: Set<String>) async throws(DeletionError) -> String? {
    var candidates: [String] = []
    var offset: Int64 = 0
    while true {
      let reply = await ask(.list(offset: offset))
      if let error = reply.error { throw error }
      guard let page = BulkSummary.read(reply.body) else { throw .unreadable }
      candidates += page.filter { $0.activity == "DELETE" }.compactMap { BulkIdentifier($0.url)?.text }
      guard page.count >= Self.listPage, let last = page.compactMap(\.id).max(), last >= offset else { break }
      offset = last + 1
    }
    for id in candidates.reversed().prefix(Self.searchLimit) where !known.contains(id) {
      // Those of others are not ours to read.
      guard case .success(let status) = await read(id) else { continue }
      if BulkMarker((status.targets ?? []).map(\.target)) == marker { return id }
    }
    return nil
  }

  /// So many requests are in one page of the list.
  private static let listPage = 10_000
  /// So many are looked at.
  private static let searchLimit = 200
}

extension DeletionError {
  /// Another program listens there.
  static let unreadable = DeletionError(
    .unknown, code: "bulk", message: "the answer of dCache's bulk service can't be read", isAmbiguous: true)

  /// The request was cancelled as the run ended.
  static let cancelledWithRun = DeletionError(
    .transient, code: "cancelled", message: "stopped before the service had said what became of it",
    isAmbiguous: true)

  /// dCache's service removes directories only where they are empty, and does not say which were.
  static let noDirectoriesInBulk = DeletionError.directoriesStay(
    "not sent: dCache's bulk service is asked for files only")

  /// What the service says of a directory with `skipDirs`.
  static let isDirectoryInBulk = DeletionError(
    .permanent, code: "SKIPPED", message: "not deleted: it is a directory")
}
