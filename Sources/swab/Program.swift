#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// Where the process begins.
///
/// Not an `async` main: that one ends the main thread once the work is on others, and a static executable's unwinder
/// then sorts the frames of the whole program, which is 40 ms of processor time for nothing.
@main
enum Program {
  static func main() {
    CrashSignals.leaveNoMemory()
    Task.detached { await Swab.runAndExit() }
    // As Dispatch does: signals that nobody watches do what they always do, and the watched ones wake only this
    // thread, where they are blocked until it waits again.
    var watched = sigset_t()
    sigemptyset(&watched)
    for signal in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&watched, signal) }
    pthread_sigmask(SIG_BLOCK, &watched, nil)
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
  }
}
