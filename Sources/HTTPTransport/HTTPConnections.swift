import CLibCurl
import Credentials
import DeletionModel
import Networking
import Synchronization
import SystemPackage
import Glibc
import Threads

/// What came back for one request of ``HTTPConnections``.
package struct HTTPReply: Sendable {
  /// 0 without an answer.
  package var status = 0
  package var body: [UInt8] = []
  /// Whether the body was longer than was wanted, and is cut.
  package var isTooLong = false
  /// The fields of the answer that were asked for, by the names that they were asked for with.
  package var fields: [String: String] = [:]
  /// How long the server asks us to wait.
  package var retryAfter: Duration?
  /// What came instead of an answer.
  package var failure: DeletionError?

  /// What stands for an answer that did not come.
  package init(failure: DeletionError) { self.failure = failure }

  fileprivate init(status: Int, body: [UInt8], isTooLong: Bool) {
    self.status = status
    self.body = body
    self.isTooLong = isTooLong
  }

  /// As an error, where it is one.
  package var error: DeletionError? {
    if let failure { return failure }
    return (200...299).contains(status)
      ? nil : HTTPStatusTable.error(.init(status: status, body: body, retryAfter: retryAfter))
  }
}

/// Single requests to a service that is asked a few times a second at most: each has a thread while it lasts, and
/// connections are kept for the next.
package final class HTTPConnections: Sendable {
  /// A transfer that waits for its next request. Whoever takes it out of the list is the only one to have it, and puts it
  /// back when nothing of it is in use any more; so it is never in two threads.
  private struct Idle: @unchecked Sendable {
    let transfer: CurlTransfer
  }

  /// What ends a request early, from another thread.
  private final class Cancellation: Sendable {
    private let isSet = Atomic(false)
    func set() { isSet.store(true, ordering: .releasing) }
    var hasCome: Bool { isSet.load(ordering: .acquiring) }
  }

  private let settings: CurlTransfer.Settings
  private let idle = Mutex<[Idle]>([])

  package init(_ settings: CurlTransfer.Settings) { self.settings = settings }

  /// Sends one request and waits for the whole answer. A GET is sent again where a connection that was kept turns out to
  /// be closed; anything else gets a new connection.
  /// - Parameters:
  ///   - headers: whole lines.
  ///   - fields: which fields of the answer are wanted.
  ///   - limit: how long it may take.
  ///   - isUrgent: whether it goes out although the task has been cancelled.
  package func send(
    _ request: HTTPRequest, headers: [String], identity: ClientIdentity?, fields: [String] = [],
    limit: Duration, isUrgent: Bool = false
  ) async -> HTTPReply {
    let cancellation = Cancellation()
    return await withTaskCancellationHandler {
      if Task.isCancelled, !isUrgent { return HTTPReply(failure: .notTried) }
      return await withCheckedContinuation { continuation in
        do throws(Errno) {
          try DetachedThread.start { [self] in
            func ask(isFresh: Bool) -> (reply: HTTPReply, isLost: Bool) {
              perform(request, headers, identity, fields, limit, isFresh, cancellation)
            }
            let isRead = request.method == "GET"
            var (reply, isLost) = ask(isFresh: !isRead)
            if isLost, isRead, !cancellation.hasCome { (reply, _) = ask(isFresh: true) }
            continuation.resume(returning: reply)
          }
        } catch {
          continuation.resume(returning: HTTPReply(failure: .noTransfer))
        }
      }
    } onCancel: {
      if !isUrgent { cancellation.set() }
    }
  }

  private func perform(
    _ request: HTTPRequest, _ headers: [String], _ identity: ClientIdentity?, _ fields: [String],
    _ limit: Duration, _ isFresh: Bool, _ cancellation: Cancellation
  ) -> (reply: HTTPReply, isLost: Bool) {
    guard CurlLibrary.isReady,
      let transfer = idle.withLock({ $0.popLast() })?.transfer ?? CurlTransfer(settings, share: nil)
    else { return (HTTPReply(failure: .noTransfer), false) }
    let lines = CurlList(headers)
    transfer.prepare(
      request, reader: nil, headers: lines, identity: identity, connectTo: nil, isFresh: isFresh,
      leaves: ConnectionHabits())
    swab_easy_set_long(transfer.handle, CURLOPT_TIMEOUT_MS, CLong(max(1, limit.inSeconds * 1000)))
    let result = transfer.perform { if cancellation.hasCome { throw CancellationError() } }
    var reply = HTTPReply(status: transfer.status, body: transfer.body, isTooLong: transfer.isTooLong)
    for name in fields { reply.fields[name] = transfer.field(name) }
    reply.retryAfter = transfer.retryAfter(now: Int64(Glibc.time(nil)))
    let isLost = transfer.isLost(result)
    if result != CURLE_OK {
      reply.failure = CurlErrors.error(
        result, text: transfer.errorMessage, authorities: transfer.authorities,
        wasSent: transfer.wasSent)
    }
    idle.withLock { $0.append(Idle(transfer: transfer)) }
    return (reply, isLost)
  }
}

extension DeletionError {
  /// Neither a thread nor memory for a request.
  fileprivate static let noTransfer = DeletionError(
    .fatal, code: "curl", message: "no more HTTP requests can be made on this machine")
}
