import Glibc

/// What is left behind by a crash.
package enum CrashSignals {
  /// Nothing that could hold a secret.
  ///
  /// Swift's runtime can print a backtrace with registers and the memory that they point to (`SWIFT_BACKTRACE`),
  /// and the kernel can write all of the memory into a core file, which a batch system may carry home. Tokens and
  /// keys are in that memory. The signals themselves stay, so that whoever started us sees which one it was.
  package static func leaveNoMemory() {
    for number in [SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGTRAP, SIGABRT, SIGQUIT, SIGSYS] {
      signal(number, SIG_DFL)
    }
    var limit = rlimit()
    guard getrlimit(kind, &limit) == 0 else { return }
    limit.rlim_cur = 0
    setrlimit(kind, &limit)
  }

  private static let kind = __rlimit_resource_t(RLIMIT_CORE.rawValue)
}
