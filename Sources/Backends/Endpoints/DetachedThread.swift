import Glibc
import SystemPackage

/// A thread of its own for a call that may block for ever. The cooperative pool has as many threads as the
/// machine has cores, and none to spare for that.
enum DetachedThread {
  private final class Work: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }

  /// Starts the thread; nobody waits for it.
  /// - Throws: what pthread_create says, `EAGAIN` where no more threads may be made.
  static func start(_ body: @escaping @Sendable () -> Void) throws(Errno) {
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
