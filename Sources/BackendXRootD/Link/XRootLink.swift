import DeletionModel
import Synchronization
import SystemPackage
import Credentials
import Networking
import Threads

/// One connection to one server, with a thread of its own. It does one job at a time and is kept between jobs.
final class XRootLink: Sendable {
  /// What does not change for a connection.
  struct Settings: Sendable {
    /// The server, as it is named in certificates.
    var server: XRootServer
    var setup: XRootSetup.Settings
    var tls: TLSContext?
    var credentials: any CredentialProvider
    var onCredentialShown: @Sendable (CredentialUse) -> Void
    /// What the pacer and the credentials call the endpoint.
    var endpoint: String
    var pacer: any RequestPacer
    var facts: XRootFacts
    var time: any TimeSource
    var limits: XRootLimits
    /// What was written later stays.
    var ageLimit: AgeLimit?
  }

  /// What one batch wants of a server.
  struct Job: Sendable {
    /// What is to be done; more comes while it is done.
    var feed: XRootFeed
    var kind: Batch.Kind
    /// Where to connect to, if there is no connection yet.
    var addresses: [SocketAddress] = []
    var deadline: Deadline
    /// Whether a removal may be sent for a target.
    var mayBegin: @Sendable (_ target: Int) -> Bool
    /// Hears of what has been settled; on the thread of the connection.
    var deliver: @Sendable (News) -> Void
  }

  /// What a connection has to tell while it works.
  struct News: Sendable {
    var completed: [XRootWork.Completed]
    /// How many servers the manager has, where it is one: more than one where it has not said so.
    var serverCount: Int?
    /// See ``XRootWork/missedServers``.
    var missedServers: Bool
  }

  /// What came of a job.
  struct Result: Sendable {
    /// Why the connection did not come about; then nothing was taken from the feed.
    var failure: XRootSetupFailure?
    /// Whether the connection may be used for another job.
    var isReusable = false
    /// The connection broke before it had answered anything of the job or had been asked to remove anything: all of
    /// it is in the feed again, for another connection.
    var isUntouched = false
  }

  private struct Inbox {
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
  private let inbox = Mutex(Inbox())
  private let wakeup: Wakeup

  /// Starts the thread. It connects when the first job comes, and ends when it has been idle for long.
  init(_ settings: Settings) throws(Errno) {
    self.settings = settings
    wakeup = try Wakeup()
    try DetachedThread.start { self.live() }
  }

  /// Whether it takes no further job.
  var hasEnded: Bool { inbox.withLock { $0.isEnding } }

  /// Does a job. Cancelling the task closes the connection at once.
  func run(_ job: Job) async -> Result {
    let cancellation = Cancellation()
    job.feed.wake = { [wakeup] in wakeup.wake() }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let isOver = inbox.withLock { inbox in
          if inbox.isEnding { return true }
          inbox.job = job
          inbox.waiter = continuation
          inbox.cancellation = cancellation
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
    inbox.withLock { $0.isEnding = true }
    wakeup.wake()
  }

  // MARK: The thread

  private func live() {
    var session: XRootLinkSession?
    while let job = nextJob(session) {
      let worker = session ?? XRootLinkSession(settings, wakeup: wakeup) { [self] in isCancelled }
      session = worker
      let result = worker.perform(job)
      let waiter = inbox.withLock { inbox in
        if !result.isReusable { inbox.isEnding = true }
        inbox.job = nil
        defer { inbox.waiter = nil }
        return inbox.waiter
      }
      // Closed before the caller hears of it.
      if !result.isReusable { session = nil }
      waiter?.resume(returning: result)
      if !result.isReusable { return }
    }
    session = nil
    // A job that came in the last moment goes to another connection.
    let waiter = inbox.withLock { inbox in
      inbox.isEnding = true
      defer { inbox.waiter = nil }
      return inbox.waiter
    }
    waiter?.resume(returning: Result(isUntouched: true))
  }

  private var isCancelled: Bool {
    inbox.withLock { $0.cancellation?.hasCome.load(ordering: .sequentiallyConsistent) ?? false }
  }

  /// Waits for a job; nil when the connection has to end: told to, closed by the server, or idle for too long.
  private func nextJob(_ session: XRootLinkSession?) -> Job? {
    let start = settings.time.now()
    while true {
      let (job, isEnding) = inbox.withLock { ($0.job, $0.isEnding) }
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

/// What a connection is given to do, while it does it.
final class XRootFeed: Sendable {
  private struct State {
    var items: [XRootWork.Item]
    var isClosed = false
    var wake: @Sendable () -> Void = {}
  }

  private let state: Mutex<State>

  init(_ items: [XRootWork.Item]) { state = Mutex(State(items: items)) }

  /// Wakes the connection that it feeds.
  var wake: @Sendable () -> Void {
    get { state.withLock { $0.wake } }
    set { state.withLock { $0.wake = newValue } }
  }

  /// Whether nothing more will come.
  var isOver: Bool { state.withLock { $0.isClosed && $0.items.isEmpty } }

  func add(_ items: [XRootWork.Item]) {
    state.withLock { state in
      state.items += items
      return state.wake
    }()
  }

  /// What is there.
  func take() -> [XRootWork.Item] {
    state.withLock { state in
      defer { state.items = [] }
      return state.items
    }
  }

  /// Gives back what was taken and not done.
  func putBack(_ items: [XRootWork.Item]) { state.withLock { $0.items = items + $0.items } }

  /// Nothing more will come.
  func close() {
    state.withLock { state in
      state.isClosed = true
      return state.wake
    }()
  }

  /// Nothing more is taken from it.
  /// - Returns: what is left.
  func end() -> [XRootWork.Item] {
    state.withLock { state in
      state.isClosed = true
      state.wake = {}
      defer { state.items = [] }
      return state.items
    }
  }
}
