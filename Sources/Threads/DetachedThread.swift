import CLinux
import Glibc
import SystemPackage

/// A thread of its own for a call that may block forever. The cooperative pool has as many threads as the
/// machine has cores, and none to spare for that.
package enum DetachedThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts the thread; nobody waits for it.
  /// - Throws: what pthread_create says, `EAGAIN` where no more threads may be made.
  package static func start(_ body: @escaping @Sendable () -> Void) throws(Errno) {
    let work = Unmanaged.passRetained(Work(body))
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Work>.fromOpaque(argument).takeRetainedValue().body() }
        return nil
      }, work.toOpaque())
    guard code == 0 else {
      work.release()
      throw Errno(rawValue: code)
    }
    pthread_detach(thread)
  }
}

/// A descriptor that wakes a thread out of poll(2).
package final class Wakeup: Sendable {
  package let descriptor: Int32

  package init() throws(Errno) {
    descriptor = swab_event()
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  }

  deinit { close(descriptor) }

  package func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  package func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }

  /// Waits until it is woken, at most so long.
  package func wait(milliseconds: Int32) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    if poll(&entry, 1, milliseconds) > 0 { clear() }
  }
}
