import DeletionModel
import Dispatch
import Synchronization
import Glibc

/// Turns SIGTERM, SIGINT and SIGHUP into a stop of what is being done: no new work, then a proper end. SIGUSR1 asks how far
/// it is.
package final class SignalWatch: Sendable {
  private static let signals: [(number: Int32, name: String)] = [
    (SIGTERM, "SIGTERM"), (SIGINT, "SIGINT"), (SIGHUP, "SIGHUP"),
  ]

  // A dispatch source may be used from any thread; the array never changes after it is made.
  private let sources: Mutex<[any DispatchSourceSignal]>

  /// Starts watching, and calls `stop` for each signal that comes. A write to a closed pipe, or beyond a limit on the size of files, is an error of that write
  /// from now on, not a signal.
  ///
  /// A signal that was ignored from the start stays so: `nohup` means that the run continues when the terminal is
  /// gone, and a shell keeps the interrupt of the terminal from its background jobs.
  ///
  /// - Parameters:
  ///   - tellState: is called for each SIGUSR1, which does nothing without it.
  ///   - endsAtClosedPipe: whether a write to a closed pipe ends the process, as that of any program whose result is what it
  ///     prints: with `| head` nobody wants to read of it.
  package init(
    tellState: @escaping @Sendable () -> Void = {}, endsAtClosedPipe: Bool = false,
    _ stop: @escaping @Sendable (StopReason) -> Void
  ) {
    if !endsAtClosedPipe { Glibc.signal(SIGPIPE, SIG_IGN) }
    Glibc.signal(SIGXFSZ, SIG_IGN)
    var sources: [any DispatchSourceSignal] = []
    for (number, name) in Self.signals {
      // Dispatch sees a signal only when its default action is off.
      let before = Glibc.signal(number, SIG_IGN)
      if number != SIGTERM, unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) {
        continue
      }
      let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
      source.setEventHandler { stop(.signal(name)) }
      source.resume()
      sources.append(source)
    }
    Glibc.signal(SIGUSR1, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: SIGUSR1, queue: .global())
    source.setEventHandler(handler: tellState)
    source.resume()
    sources.append(source)
    self.sources = Mutex(sources)
  }
}
