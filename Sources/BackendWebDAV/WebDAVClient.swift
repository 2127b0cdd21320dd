import DeletionModel
import Synchronization
import SystemPackage
import Networking
import Threads

/// The event loops of a backend, by endpoint, each with its thread. They end with it.
final class WebDAVClient: Sendable {
  private let inboxes = Mutex<[String: WebDAVInbox]>([:])

  /// How work is handed to the event loop of an endpoint.
  func inbox(
    of endpoint: String, _ settings: () -> WebDAVEventLoop.Settings
  ) throws(DeletionError) -> WebDAVInbox {
    let result: Result<WebDAVInbox, DeletionError> = inboxes.withLock { inboxes in
      if let inbox = inboxes[endpoint] { return .success(inbox) }
      guard let inbox = WebDAVInbox() else { return .failure(.outOfHandles) }
      let settings = settings()
      do throws(Errno) {
        try DetachedThread.start {
          if let loop = WebDAVEventLoop(settings, inbox: inbox) {
            loop.run()
          } else {
            inbox.refuseAll(.outOfHandles)
          }
        }
      } catch {
        return .failure(.outOfHandles)
      }
      inboxes[endpoint] = inbox
      return .success(inbox)
    }
    return try result.get()
  }

  deinit {
    for inbox in inboxes.withLock({ $0.values }) { inbox.close() }
  }
}

/// How other threads hand things to an event loop. Nothing of libcurl is shared with them: what is put in is a value,
/// and the loop is woken through a descriptor that its poll watches.
final class WebDAVInbox: Sendable {
  /// What has come in.
  struct Contents: Sendable {
    var orders: [WebDAVBatch.Order] = []
    var cancelled: [Int] = []
    /// Addresses that were found: what libcurl is to connect to (`CURLOPT_CONNECT_TO`), nil where it may choose.
    var addresses: [(origin: WebOrigin, connectTo: String?)] = []
    /// What a server says of our certificate, by the number of the question; nil for nothing.
    var findings: [(id: Int, error: DeletionError?)] = []
    var isClosed = false
  }

  private struct State {
    var contents = Contents()
    var lastID = 0
  }

  private let state = Mutex(State())
  private let hasContents = Atomic(false)
  private let wakeup: Wakeup
  /// Readable when there is something.
  var descriptor: Int32 { wakeup.descriptor }

  /// Nil where the process has no more descriptors.
  init?() {
    guard let wakeup = try? Wakeup() else { return nil }
    self.wakeup = wakeup
  }

  /// A number for a batch.
  func nextID() -> Int {
    state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
  }

  /// Hands in a batch. Its answers come in any case.
  func submit(_ order: WebDAVBatch.Order) { put { $0.orders.append(order) } }

  /// Ends a batch that was handed in before, or changes nothing.
  func cancel(_ id: Int) { put { $0.cancelled.append(id) } }

  /// Nothing more will come.
  func close() { put { $0.isClosed = true } }

  /// Changes what is in it, and wakes the event loop.
  func put(_ change: (inout Contents) -> Void) {
    state.withLock { change(&$0.contents) }
    hasContents.store(true, ordering: .releasing)
    wakeup.wake()
  }

  /// Answers everything with an error, now and from now on: there is no thread that would work.
  func refuseAll(_ error: DeletionError) {
    while true {
      wakeup.wait(milliseconds: -1)
      guard let contents = take() else { continue }
      for order in contents.orders {
        let batch = WebDAVBatch(order)
        batch.completeRest(error)
        batch.finish()
      }
      if contents.isClosed { return }
    }
  }

  /// Everything since the last time; nil for nothing.
  func take() -> Contents? {
    guard hasContents.exchange(false, ordering: .acquiring) else { return nil }
    wakeup.clear()
    return state.withLock { state in
      defer { state.contents = Contents(isClosed: state.contents.isClosed) }
      return state.contents
    }
  }
}
