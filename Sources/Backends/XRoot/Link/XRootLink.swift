import Deletion
import Synchronization
import SystemPackage

/// One connection to one server, with a thread of its own. It does one job at a time and is kept between jobs.
final class XRootLink: Sendable {
  /// What does not change for a connection.
  struct Settings: Sendable {
    /// The server, as it is named in certificates.
    var server: XRootServer
    var setup: XRootSetup.Settings
    var tls: TLSContext?
    var credentials: any CredentialProvider
    /// What the pacer and the credentials call the endpoint.
    var endpoint: String
    var pacer: any RequestPacer
    var traffic: EndpointTraffic
    var time: any TimeSource
    var limits: XRootLimits
  }

  /// A call's files.
  struct Job: Sendable {
    var items: [XRootWork.Item]
    var subject: XRootWork.Subject
    /// Where to connect to, if there is no connection yet.
    var addresses: [SocketAddress]
    var deadline: Deadline
    /// Who follows the files.
    var watch: XRootWork.Watch?
  }

  /// What came of a job.
  struct Result: Sendable {
    /// Aligned with the items; nil where the connection did not come about.
    var outcomes: [XRootWork.Outcome]?
    /// Why it did not come about.
    var failure: XRootSetupFailure?
    /// Whether the connection may be used for another job.
    var isReusable = false
    /// The connection broke before it had answered anything of the job or had been asked to remove anything: the
    /// whole job may be given to another connection.
    var isUntouched = false
  }

  private struct Mailbox {
    var job: Job?
    var waiter: CheckedContinuation<Result, Never>?
    /// Of the job that is done; a late cancellation must not reach the next one.
    var cancellation: Cancellation?
    /// No further jobs.
    var isEnding = false
  }

  private final class Cancellation: Sendable {
    let hasCome = Atomic(false)
  }

  let settings: Settings
  private let mailbox = Mutex(Mailbox())
  private let wakeup: Wakeup
  private let secure = Atomic(false)

  /// Starts the thread. It connects when the first job comes, and ends when it has been idle for long.
  init(_ settings: Settings) throws(Errno) {
    self.settings = settings
    wakeup = try Wakeup()
    try DetachedThread.start { self.live() }
  }

  /// Whether the connection is under TLS, so that what the server says comes from it.
  var isSecure: Bool { secure.load(ordering: .relaxed) }

  /// Whether it takes no further job.
  var hasEnded: Bool { mailbox.withLock { $0.isEnding } }

  /// Does a job. Cancelling the task closes the connection at once.
  func run(_ job: Job) async -> Result {
    let cancellation = Cancellation()
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = mailbox.withLock { mailbox in
          if mailbox.isEnding { return true }
          mailbox.job = job
          mailbox.waiter = continuation
          mailbox.cancellation = cancellation
          // Under the lock: whoever sees the job can clear its wake, and keeps no later one for it.
          wakeup.wake()
          return false
        }
        if isOver { continuation.resume(returning: Result(isUntouched: true)) }
      }
    } onCancel: {
      cancellation.hasCome.store(true, ordering: .sequentiallyConsistent)
      wakeup.wake()
    }
  }

  /// Closes the connection, once it is idle.
  func end() {
    mailbox.withLock { $0.isEnding = true }
    wakeup.wake()
  }

  // MARK: The thread

  private func live() {
    var session: XRootLinkSession?
    while let job = nextJob(session) {
      let worker = session ?? XRootLinkSession(settings, wakeup: wakeup) { [self] in isCancelled }
      session = worker
      let result = worker.perform(job)
      secure.store(worker.isSecure, ordering: .relaxed)
      let waiter = mailbox.withLock { mailbox in
        if !result.isReusable { mailbox.isEnding = true }
        mailbox.job = nil
        defer { mailbox.waiter = nil }
        return mailbox.waiter
      }
      // Closed before the caller hears of it.
      if !result.isReusable { session = nil }
      waiter?.resume(returning: result)
      if !result.isReusable { return }
    }
    session = nil
    // A job that came in the last moment goes to another connection.
    let waiter = mailbox.withLock { mailbox in
      mailbox.isEnding = true
      defer { mailbox.waiter = nil }
      return mailbox.waiter
    }
    waiter?.resume(returning: Result(isUntouched: true))
  }

  private var isCancelled: Bool {
    mailbox.withLock { $0.cancellation?.hasCome.load(ordering: .sequentiallyConsistent) ?? false }
  }

  /// Waits for a job; nil when the connection has to end: told to, closed by the server, or idle for too long.
  private func nextJob(_ session: XRootLinkSession?) -> Job? {
    let start = settings.time.now()
    while true {
      let (job, isEnding) = mailbox.withLock { ($0.job, $0.isEnding) }
      if let job {
        // It would end the wait for a connection. Cancellation sets its flag before it wakes, and the flag is read
        // after this.
        wakeup.clear()
        return job
      }
      let left = settings.limits.idle - (settings.time.now() - start)
      if isEnding || left <= .zero { return nil }
      if let session {
        guard session.rest(for: left) else { return nil }
      } else {
        wakeup.wait(milliseconds: PollTime.milliseconds(left))
      }
    }
  }
}
