import ArgumentParser
import CommandSupport
import DeletionModel
import Synchronization

/// How a command that waits for HTCondor's tools runs.
enum Interruptible {
  /// So many seconds after a signal the process ends in any case. HTCondor's tools get five to end by themselves.
  private static let limit = 10.0

  /// Runs what a command does. SIGTERM, SIGINT or SIGHUP ends the tool that it waits for and starts no further one, and the command
  /// ends with the exit code 75. Every file of a campaign is written whole or not at all, so it can be repeated.
  ///
  /// - Throws: what `body` throws; `CommandFailure` where it was cancelled.
  static func run(_ body: @escaping @Sendable () async throws -> Void) async throws {
    let work = Task { try await body() }
    let received = Mutex<StopReason?>(nil)
    let watch = SignalWatch(endsAtClosedPipe: true) { signal in
      received.withLock { $0 = $0 ?? signal }
      // Whoever is asked a question can't be waited for.
      LastResort.arm(
        after: Terminal.isAsking ? 0.1 : limit,
        .init(CommandFailure(.stoppedEarly, signal.text), report: nil))
      work.cancel()
    }
    defer { withExtendedLifetime(watch) {} }
    do {
      try await work.value
    } catch is CancellationError {
      throw CommandFailure(.stoppedEarly, received.withLock { $0 }?.text ?? "cancelled")
    }
  }
}
