import ArgumentParser
import CLinux
import Deletion

#if canImport(Glibc)
  import Glibc
#else
  import Musl
#endif

/// How each executable begins and ends.
package enum ProgramStart {
  /// Runs what the arguments ask for, and ends the process. To be called from the main thread, which waits here.
  ///
  /// Not an `async` main: that one ends the main thread once the work is on others, and a static executable's unwinder
  /// then sorts the frames of the whole program, which is 40 ms of processor time for nothing.
  ///
  /// - Parameter mayLoseOutput: whether what a command prints is not its result, so that a lost standard output
  ///   is no failure.
  package static func run<Root: AsyncParsableCommand>(
    _: Root.Type, mayLoseOutput: @escaping @Sendable (any ParsableCommand) -> Bool = { _ in false }
  ) -> Never {
    CrashSignals.leaveNoMemory()
    Task.detached { await runAndExit(Root.self, mayLoseOutput) }
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

  private static func runAndExit<Root: AsyncParsableCommand>(
    _: Root.Type, _ mayLoseOutput: (any ParsableCommand) -> Bool
  ) async -> Never {
    StandardStreams.occupy()
    // Before anything looks up a name: see the function.
    swab_pin_name_service()
    do {
      var command = try Root.parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      if !mayLoseOutput(command), let error = Terminal.lostResult {
        throw CommandFailure(.cannotReport, "standard output cannot be written: \(error)")
      }
      Root.exit()
    } catch let failure as CommandFailure {
      Terminal.complain(failure.description)
      Root.exit(withError: ExitCode(failure.status.rawValue))
    } catch {
      Root.exit(withError: error)
    }
  }
}
