import CommandSupport
import DeletionModel
import JobReports
import Dispatch
import Synchronization
import Glibc

/// Ends the process when it is to stop before its work has begun.
///
/// Until then it reads lists and configurations, and a pipe that nobody writes to or a file system that hangs
/// can't be interrupted. Nothing has been deleted yet, so nothing is lost.
final class EarlyEnd: Sendable {
  /// The report to leave; nil before there is one, and once the work has begun.
  private let report = Mutex<RunReport?>(nil)

  /// From now on a stop ends the process.
  func arm(_ report: RunReport) { self.report.withLock { $0 = report } }

  /// From now on a stop is left to the engine.
  func disarm() { report.withLock { $0 = nil } }

  /// Leaves the report and ends the process, if it is still time for that.
  ///
  /// On a thread of Dispatch, because those of Swift's tasks may all be busy reading.
  func end(_ reason: StopReason) {
    report.withLock { report in
      guard let report else { return }
      let failure = report.failure(stoppedBy: reason)
      try? report.abandonUnbegun(failure)
      Terminal.complain(failure)
      LogOutput.finish()
      _exit(failure.status.rawValue)
    }
  }

  /// Ends the process so many seconds from now.
  func end(after seconds: Double) {
    DispatchQueue.global().asyncAfter(deadline: .now() + seconds) {
      self.end(.deadline)
      LastResort.putOff()
    }
  }
}
