import DeletionModel
import Synchronization
import Glibc
import Threads

/// A thread for the tasks of one RSE: what blocks there, a server, a disk, keeps nobody else waiting.
///
/// The pool of Swift's tasks has as many threads as the machine has processors.
final class RSEThread: TaskExecutor, Sendable {
  private struct State {
    var jobs: [UnownedJob] = []
    var isOver = false
  }

  private let state = Mutex(State())
  private let wakeup: Wakeup

  /// Throws `Errno` where there is no thread to be had.
  init() throws {
    wakeup = try Wakeup()
    try DetachedThread.start { self.live() }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    state.withLock { $0.jobs.append(job) }
    wakeup.wake()
  }

  /// Ends the thread once it has nothing to do.
  func end() {
    state.withLock { $0.isOver = true }
    wakeup.wake()
  }

  private func live() {
    while true {
      let (jobs, isOver) = state.withLock { state in
        defer { state.jobs = [] }
        return (state.jobs, state.isOver)
      }
      for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
      if jobs.isEmpty {
        if isOver { return }
        wakeup.wait(milliseconds: -1)
      }
    }
  }
}
