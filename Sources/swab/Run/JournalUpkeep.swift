import RunJournal
import Dispatch

/// Writes what waits in a journal five times a second, and brings it to the disk every five seconds.
final class JournalUpkeep {
  private let timer: any DispatchSourceTimer

  /// Begins. On threads of Dispatch: a disk that is slow must not stop Swift's tasks.
  init(_ journal: Journal) {
    timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "swab.journal"))
    var turns = 0
    timer.setEventHandler {
      turns += 1
      if turns % 25 == 0 { journal.synchronize() } else { journal.flush() }
    }
    timer.schedule(deadline: .now() + .milliseconds(200), repeating: .milliseconds(200))
    timer.resume()
  }

  deinit { timer.cancel() }
}
