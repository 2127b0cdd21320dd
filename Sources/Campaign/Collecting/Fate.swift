import Deletion

/// What has become of a file of a campaign: the word of the last round that had it in a list.
public struct Fate: Sendable {
  /// As a report names it.
  public var record: FileRecord
  /// The job that says so.
  public var job: JobID
  /// Its round.
  public var round: Int

  /// Whether the file is on the storage no more.
  public var isGone: Bool { record.outcome == .deleted || record.outcome == .absent }

  /// Whether another try would end the same: the safety rules refused it, or the storage did for good.
  public var isPermanent: Bool {
    record.outcome == .refused || record.failure?.kind == ErrorClass.permanent.rawValue
  }
}
