#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// The three streams that a process is started with, or not: `swab … >&-` has no standard output.
package enum StandardStreams {
  /// Gives the numbers of missing streams to something that can be neither read nor written. Otherwise the next
  /// file that is opened gets such a number, and a log line ends up in the middle of a report.
  package static func occupy() {
    for number in Int32(0)...2 where fcntl(number, F_GETFD) == -1 {
      // The lowest free number is given out, which is this one. Unlike /dev/null, `/` is always there.
      _ = open("/", pathOnly)
    }
  }

  /// Glibc's O_PATH is hidden from Swift; this value is the same on all our architectures.
  private static let pathOnly: Int32 = 0o10_000_000
}
