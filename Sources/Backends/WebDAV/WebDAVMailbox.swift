import Deletion
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How tasks hand work to the thread of a door. Nothing of libcurl is shared with them: what is put in is a value,
/// and the thread is woken through a descriptor that its poll watches.
final class WebDAVMailbox: Sendable {
  /// A batch.
  struct Order: Sendable {
    let id: Int
    /// Nil for what must not be sent; the sender has the answer to those himself.
    let names: [WebDAVName?]
    let subject: WebDAVSubject
    let credential: EndpointCredential
    let deadline: ContinuousClock.Instant?
    let watch: CallWatch?
    /// Takes the answers, aligned with the names; called once.
    let reply: @Sendable ([Answer?]) -> Void
  }

  /// What has come in.
  struct Mail {
    var orders: [Order] = []
    var cancelled: [Int] = []
    var isClosed = false
  }

  private struct State {
    var mail = Mail()
    var lastID = 0
  }

  private let state = Mutex(State())
  private let hasMail = Atomic(false)
  /// Readable when there is something.
  let descriptor: Int32
  private let bell: Int32

  /// Nil where the process has no more descriptors.
  init?() {
    var ends: [Int32] = [-1, -1]
    // Not a pipe: SwiftPM's Glibc has no pipe2(2), and a child that is started meanwhile must not inherit it.
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { return nil }
    descriptor = ends[0]
    bell = ends[1]
  }

  deinit {
    close(descriptor)
    close(bell)
  }

  /// A number for an order.
  func nextID() -> Int {
    state.withLock { state in
      state.lastID += 1
      return state.lastID
    }
  }

  /// Hands in a batch. Its reply comes in any case.
  func submit(_ order: Order) { put { $0.orders.append(order) } }

  /// Ends a batch that was handed in before, or changes nothing.
  func cancel(_ id: Int) { put { $0.cancelled.append(id) } }

  /// Nothing more will come.
  func hangUp() { put { $0.isClosed = true } }

  private func put(_ change: (inout Mail) -> Void) {
    state.withLock { change(&$0.mail) }
    hasMail.store(true, ordering: .releasing)
    // A full socket is as good a bell.
    var byte: UInt8 = 1
    _ = write(bell, &byte, 1)
  }

  /// Answers everything with an error, now and from now on: there is no thread that would work.
  func refuseAll(_ error: DeletionError) {
    while true {
      var poll = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      _ = Glibc.poll(&poll, 1, -1)
      guard let mail = take() else { continue }
      for order in mail.orders {
        order.reply(order.names.map { $0 == nil ? nil : Answer(.failed(error)) })
      }
      if mail.isClosed { return }
    }
  }

  /// Everything since the last time; nil for nothing.
  func take() -> Mail? {
    guard hasMail.exchange(false, ordering: .acquiring) else { return nil }
    var bytes: [UInt8] = Array(repeating: 0, count: 64)
    while read(descriptor, &bytes, bytes.count) == bytes.count {}
    return state.withLock { state in
      defer { state.mail = Mail(isClosed: state.mail.isClosed) }
      return state.mail
    }
  }
}
