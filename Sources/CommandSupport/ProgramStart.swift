import ArgumentParser
import CLinux
import DeletionModel
import JobReports
import Glibc

/// How each executable begins and ends.
package enum ProgramStart {
  /// Runs what the arguments ask for, and ends the process. To be called from the main thread, which waits here.
  ///
  /// Not an `async` main: that one ends the main thread once the work is on others, and a static executable's unwinder
  /// then sorts the frames of the whole program, which is 40 ms of processor time for nothing.
  ///
  /// - Parameters:
  ///   - mayLoseOutput: whether what a command prints is not its result, so that a lost standard output is no failure.
  ///   - leavingReport: leaves a report of a command that can't be run on this machine. It is called before there is any
  ///     other thread.
  ///   - lastResort: after how many seconds, and with what words, the process ends where none of its threads does anything
  ///     by then (``LastResort``); nil for a command without a report and a deadline.
  package static func run<Root: AsyncParsableCommand>(
    _: Root.Type, mayLoseOutput: @escaping @Sendable (any ParsableCommand) -> Bool = { _ in false },
    leavingReport: (any ParsableCommand, CommandFailure) -> Void = { _, _ in },
    lastResort: (any ParsableCommand, CommandFailure) -> (seconds: Double, text: LastResort.Text)? = {
      _, _ in nil
    }
  ) -> Never {
    CrashSignals.leaveNoMemory()
    StandardStreams.occupy()
    // Before anything looks up a name: see the function.
    swab_pin_name_service()
    do {
      let command = try Root.parseAsRoot()
      guard command is any AsyncParsableCommand else {
        var command = command
        try command.run()
        try end(Root.self, command, mayLoseOutput)
      }
      do {
        try ThreadSupply.check()
      } catch {
        leavingReport(command, error)
        Terminal.complain(error)
        ThreadSupply.hold()
        leave(error.status.rawValue)
      }
      let (seconds, text) =
        lastResort(command, ThreadSupply.failure)
        ?? (LastResort.startLimit, .init(ThreadSupply.failure, report: nil))
      LastResort.arm(after: min(seconds, LastResort.startLimit), text)
    } catch {
      end(Root.self, error)
    }
    Task.detached { await runAndExit(Root.self, mayLoseOutput) }
    // As Dispatch does: signals that nobody watches do what they always do, and the watched ones wake only this
    // thread, where they are blocked until it waits again.
    var watched = sigset_t()
    sigemptyset(&watched)
    for signal in [SIGTERM, SIGINT, SIGHUP, SIGUSR1] { sigaddset(&watched, signal) }
    pthread_sigmask(SIG_BLOCK, &watched, nil)
    var none = sigset_t()
    sigemptyset(&none)
    while true { sigsuspend(&none) }
  }

  private static func runAndExit<Root: AsyncParsableCommand>(
    _: Root.Type, _ mayLoseOutput: (any ParsableCommand) -> Bool
  ) async -> Never {
    await ThreadSupply.wait()
    LastResort.takeBack()
    // Whose usage is shown where a command finds out by itself that its arguments are wrong.
    var type: any ParsableCommand.Type = Root.self
    do {
      // Once more: what was read on the main thread can't be handed over to this one.
      var command = try Root.parseAsRoot()
      type = Swift.type(of: command)
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      try end(Root.self, command, mayLoseOutput)
    } catch let error as ValidationError {
      end(type, error)
    } catch {
      end(Root.self, error)
    }
  }

  /// After a command that went well.
  private static func end<Root: ParsableCommand>(
    _: Root.Type, _ command: any ParsableCommand, _ mayLoseOutput: (any ParsableCommand) -> Bool
  ) throws -> Never {
    if !mayLoseOutput(command), let error = Terminal.lostResult {
      throw CommandFailure(.cannotReport, "standard output cannot be written: \(error)")
    }
    LogOutput.finish()
    leave(0)
  }

  /// Ends the process without what libraries do at its end (`exit(3)`, `atexit(3)`): other threads are at work until then, and
  /// would find freed what they use. Nothing is written by way of stdio, so that nothing has to be flushed.
  private static func leave(_ code: Int32) -> Never {
    _exit(code)
  }

  /// After one that did not, or that can't be understood.
  private static func end<Root: ParsableCommand>(_: Root.Type, _ error: any Error) -> Never {
    let code = Root.exitCode(for: error)
    if let failure = error as? CommandFailure {
      Terminal.complain(failure)
      LogOutput.finish()
      leave(failure.status.rawValue)
    }
    LogOutput.finish()
    if let ended = error as? ExitCode { leave(ended.rawValue) }
    if LogOutput.isJSON, !code.isSuccess, let status = ExitStatus(rawValue: code.rawValue) {
      let message = Root.message(for: error)
      if !message.isEmpty { Terminal.complain(CommandFailure(status, message)) }
      leave(code.rawValue)
    }
    Root.exit(withError: error)
  }
}

/// What is left behind by a crash.
private enum CrashSignals {
  /// Nothing that could hold a secret.
  ///
  /// Swift's runtime can print a backtrace with registers and the memory that they point to (`SWIFT_BACKTRACE`),
  /// and the kernel can write all of the memory into a core file, which a batch system may carry home. Tokens and
  /// keys are in that memory. The signals themselves stay, so that whoever started us sees which one it was.
  static func leaveNoMemory() {
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
