import CLinux
import Glibc
import SystemPackage

/// Ends a process whose threads make no progress: where none can be created, and some time after its deadline. A
/// job must not sit there until its batch system kills it.
package enum LastResort {
  /// What is left then.
  package struct Text {
    /// How it ends.
    package var failure: CommandFailure
    /// The report, and the file it goes to; nil for none.
    package var report: (bytes: [UInt8], path: String)?

    /// Makes them.
    package init(_ failure: CommandFailure, report: (bytes: [UInt8], path: String)?) {
      self.failure = failure
      self.report = report
    }
  }

  /// So long after the deadline a process is ended that has not noticed it, in seconds.
  package static let grace = 10.0
  /// So long a process has to get its first thread, in seconds.
  static let startLimit = 60.0
  /// So long after that one is ended that has noticed its deadline and still has not ended, in seconds: by then it writes
  /// its report.
  private static let furtherGrace = 600.0

  /// From now on the process ends after so many seconds, whatever happens meanwhile; unless it is armed again,
  /// put off or taken back before.
  package static func arm(after seconds: Double, _ text: Text) {
    let line = String(decoding: Terminal.bytes(text.failure, in: seconds), as: UTF8.self)
    // Hidden as AtomicFile's are, with a number that it never comes to.
    let temporary = text.report.map { report in
      let path = FilePath(report.path)
      let name = (path.lastComponent?.string ?? "").prefix(60)
      return path.removingLastComponent().appending(".\(name).\(getpid()).9999.tmp").string
    }
    _ = (text.report?.bytes ?? []).withUnsafeBytes { buffer in
      swab_end_after(
        seconds, text.failure.status.rawValue, line, text.report?.path, temporary, buffer.baseAddress,
        buffer.count)
    }
  }

  /// The deadline has been noticed.
  package static func putOff() { swab_put_end_off(furtherGrace) }

  /// No end but the process's own.
  package static func takeBack() { swab_put_end_off(0) }
}
