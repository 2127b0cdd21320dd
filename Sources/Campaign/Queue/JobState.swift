/// How a job of a campaign stands. ``JobStateTable`` says which of these a job is in.
package enum JobState: String, Sendable, CaseIterable, Codable {
  /// Its round has not been submitted.
  case planned
  /// A submission was begun, and it is not known whether the schedd has the job.
  case submitting
  /// It waits for a slot.
  case idle
  /// It runs.
  case running
  /// Its output is on its way back.
  case transferring
  /// It has a slot and is stopped there.
  case suspended
  /// It waits for a person.
  case held
  /// It is being taken off the queue, and may still run meanwhile.
  case leaving
  /// Nobody who could be asked knows how it stands: it may be at work.
  case unknown
  /// It has ended, and its output is still with the schedd.
  case ended
  /// All of its files are gone.
  case done
  /// It reported, and some of its files are not gone.
  case partly
  /// It reported, and ran out of time with work left.
  case stoppedEarly
  /// It could not do its work, or did not say what it did.
  case failed
  /// It was taken off the queue.
  case removed
  /// Neither the schedd nor the event log has it.
  case lost

  /// Whether the job may still change something: HTCondor has it, or will have.
  package var isToCome: Bool {
    switch self {
    case .planned, .submitting, .idle, .running, .transferring, .suspended, .held, .leaving, .unknown, .ended:
      true
    case .done, .partly, .stoppedEarly, .failed, .removed, .lost: false
    }
  }

  /// Whether HTCondor has the job, and it is not over: not one that waits for its submission, or for its output to be fetched.
  package var isAtWork: Bool { isToCome && self != .planned && self != .ended }

  /// For a table.
  package var text: String {
    switch self {
    case .submitting: "being submitted"
    case .leaving: "being removed"
    case .ended: "ended, not fetched"
    case .partly: "done in part"
    case .stoppedEarly: "stopped early"
    default: rawValue
    }
  }
}
