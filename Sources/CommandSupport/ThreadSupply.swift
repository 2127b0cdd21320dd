import CLinux
import DeletionModel
import Dispatch
import FoundationEssentials
import SystemPackage
import Glibc

/// Whether this machine lets a program have threads.
///
/// Swift's runtime asks for a thread again and again where it gets none, without a word and without an end
/// (swift-corelibs-libdispatch, src/queue.c, `_dispatch_root_queue_poke_slow`). Old seccomp profiles of containers answer
/// clone3(2) with EPERM (moby/moby#42681), limits on tasks answer EAGAIN.
package enum ThreadSupply {
  /// Threads beside those for Swift's tasks, of which there is one a processor: timers and signals, reading and writing that
  /// blocks, looking up names.
  private static let others = 4
  /// More processors than this don't make more threads necessary.
  private static let processorLimit = 16

  /// Sees to it that there are threads, before anything needs one.
  static func check() throws(CommandFailure) {
    let count = min(ProcessInfo.processInfo.activeProcessorCount, processorLimit) + others
    let number = swab_try_threads(Int32(count))
    guard number == 0 else {
      throw CommandFailure(
        .internalError,
        "this machine does not let swab have the \(count) threads that it needs: \(Errno(rawValue: number)); look at the limits on processes, tasks and memory (ulimit -u, ulimit -v, pids.max) and the container's seccomp profile"
      )
    }
  }

  /// Comes back once the runtime has shown that it has threads: for a task, for what blocks, and for its timers.
  package static func wait() async {
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(1)) { done.resume() }
    }
    try? await Task.sleep(for: .milliseconds(1))
  }

  /// How a process ends that gets no threads although ``check()`` found enough a moment ago.
  static let failure = CommandFailure(
    .internalError,
    "this machine does not let swab have the threads that it needs; look at the limits on processes and tasks"
  )

  /// Waits as long as `$SWAB_HOLD_SECONDS` says: where not even a shell can start a process, the job's wrapper becomes
  /// this program and can't see to it itself that a job on a broken node lasts a while.
  static func hold() {
    guard let text = ProcessInfo.processInfo.environment["SWAB_HOLD_SECONDS"], let seconds = UInt32(text),
      seconds > 0, seconds <= 86_400
    else { return }
    Terminal.complain("waiting \(seconds) s before this job ends, so that a broken node does not eat a queue")
    sleep(seconds)
  }
}
