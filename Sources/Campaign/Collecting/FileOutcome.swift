import DeletionModel
import JobReports

/// What has become of a file of a campaign: the word of the last round that had it in a list.
package struct FileOutcome: Sendable {
  /// As a report names it.
  package var record: FileRecord
  /// The job that says so.
  package var job: JobID
  /// Its round.
  package var round: Int
  /// Whether it is called absent and that is not to be believed: see ``HostTable``.
  var isDoubted = false
  /// Whether the machine that says so has found other files at the endpoint.
  var isHostTrusted = false

  /// Whether the file is on the storage no more.
  package var isGone: Bool { record.outcome == .deleted || record.outcome == .absent }

  /// What a file is that is called absent where that is not believed: not gone, and to be tried on another machine.
  mutating func becomeSuspect() {
    record.outcome = .failed
    record.failure = .init(
      kind: RunTotals.suspect, code: RunTotals.suspect,
      message: "called absent by job \(job), on a machine or in a job that found hardly any file there")
  }

  /// Whether another try would end the same: the safety rules refused it, or the storage did for good.
  package var isPermanent: Bool {
    record.outcome == .refused || record.failure?.kind == ErrorClass.permanent.rawValue
  }
}
