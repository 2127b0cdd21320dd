import CLinux
import Glibc
import SystemPackage

/// A descriptor that wakes a thread out of poll(2).
final class Wakeup: Sendable {
  let descriptor: Int32

  init() throws(Errno) {
    descriptor = swab_event()
    guard descriptor >= 0 else { throw Errno(rawValue: errno) }
  }

  deinit { close(descriptor) }

  func wake() {
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  func clear() {
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }

  /// Waits until it is woken, at most so long.
  func wait(milliseconds: Int32) {
    var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    if poll(&entry, 1, milliseconds) > 0 { clear() }
  }
}
