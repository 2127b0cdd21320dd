/// How one requested LFN ended. Every one ends in exactly one of these.
public enum Outcome: String, Sendable, CaseIterable, Codable {
  /// The storage said that it deleted the file.
  case deleted
  /// The file was at none of its places.
  case absent
  /// It could not be deleted, or it is not known whether it was.
  case failed
  /// The safety rules forbid it; nothing was sent.
  case refused
  /// Not tried: a dry run, or the run stopped early.
  case notAttempted
}
