import CondorJob
import Deletion
import Dispatch
import Logging

/// Puts the progress of a run into the job ad: `ChirpSwabTotal`, `ChirpSwabDone`, `ChirpSwabDeleted`,
/// `ChirpSwabAbsent`, `ChirpSwabFailed` and `ChirpSwabRefused`.
struct JobAdProgress {
  private let door: ChirpDoor
  private let total: Int
  private let log: Logger

  /// Nil outside of HTCondor.
  init?(environment: [String: String], total: Int, log: Logger) {
    guard let door = ChirpDoor(environment: environment) else { return nil }
    self.door = door
    self.total = total
    self.log = log
  }

  /// How often the counts are handed over.
  static let interval = Duration.seconds(20)

  /// Hands the counts over, on a thread of Dispatch: a starter that hangs must not stop Swift's tasks.
  func tell(_ counts: OutcomeCounts) async {
    let attributes = [
      ("ChirpSwabTotal", total), ("ChirpSwabDone", counts.requested), ("ChirpSwabDeleted", counts[.deleted]),
      ("ChirpSwabAbsent", counts[.absent]), ("ChirpSwabFailed", counts[.failed]),
      ("ChirpSwabRefused", counts[.refused]),
    ]
    await withCheckedContinuation { (done: CheckedContinuation<Void, Never>) in
      DispatchQueue.global().async {
        do throws(ChirpError) {
          try door.set(attributes)
        } catch {
          log.info("the progress is not in the job ad: \(error)")
        }
        done.resume()
      }
    }
  }
}
