import Deletion

/// The batches of a door that are under way: who waits until when, and how files get their answers. Only the thread of
/// its door touches it.
final class WebDAVBatches {
  private let endpoint: String
  private let pacer: any RequestPacer
  private var jobs: [Int: WebDAVJob] = [:]
  /// No batch has to end before this.
  private(set) var firstDeadline: ContinuousClock.Instant?

  init(_ endpoint: String, _ pacer: any RequestPacer) {
    self.endpoint = endpoint
    self.pacer = pacer
  }

  subscript(id: Int) -> WebDAVJob? { jobs[id] }

  var all: [WebDAVJob] { Array(jobs.values) }

  func add(_ job: WebDAVJob) {
    jobs[job.id] = job
    if let deadline = job.deadline { firstDeadline = min(firstDeadline ?? deadline, deadline) }
  }

  /// The batches whose time is over. They have to be ended.
  func late(at now: ContinuousClock.Instant) -> [WebDAVJob] {
    guard let first = firstDeadline, first <= now else { return [] }
    var late: [WebDAVJob] = []
    firstDeadline = nil
    for job in jobs.values {
      guard let deadline = job.deadline else { continue }
      if deadline <= now {
        late.append(job)
      } else {
        firstDeadline = min(firstDeadline ?? deadline, deadline)
      }
    }
    return late
  }

  /// Gives a file its answer.
  /// - Parameter isNoted: whether the pacer hears of it: it says something of the server.
  func settle(_ errand: WebDAVErrand, _ kind: Answer.Kind, seconds: Double, isNoted: Bool = true) {
    let answer = Answer(kind.asSettled, seconds: seconds)
    errand.job.settle(errand.index, answer)
    if isNoted { note(answer) }
    if errand.job.isOver { close(errand.job) }
  }

  /// Tells the pacer of an answer that is no file's.
  func note(_ answer: Answer) { pacer.note(answer, at: endpoint) }

  /// Gives everything that is not under way the same answer.
  func settleWaiting(_ error: DeletionError) {
    for job in all {
      for index in job.states.indices where job.states[index] == .waiting {
        job.settle(index, Answer(.failed(error)))
      }
      if job.isOver { close(job) }
    }
  }

  /// Ends a batch: what has no answer was not tried.
  func end(_ job: WebDAVJob) {
    for index in job.states.indices where job.states[index] != .settled {
      job.settle(index, Answer(.failed(.notTried)))
    }
    close(job)
  }

  private func close(_ job: WebDAVJob) {
    // A job that ended early still has errands in the queues: they find their files settled.
    if jobs.removeValue(forKey: job.id) != nil { job.sendReply() }
  }
}
