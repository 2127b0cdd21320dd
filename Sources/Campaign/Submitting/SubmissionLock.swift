import ByteStreams

/// Keeps a second `submit` of the same campaign out for as long as it exists. On a file system without locks nobody is
/// kept out.
final class SubmissionLock: Sendable {
  /// What the lock is on.
  let file: LockedFile
  /// Whether others are kept out.
  let isHeld: Bool

  /// Throws ``CampaignError``.
  init(_ directory: CampaignDirectory) throws {
    do {
      // Never written to: it only has to be the same file for everyone.
      file = try LockedFile(directory.manifest)
    } catch {
      throw CampaignError(.cannotReport, "\(error)")
    }
    switch file.lock() {
    case .held: isHeld = true
    case .unsupported: isHeld = false
    case .taken:
      throw CampaignError(
        .stoppedEarly,
        "another \"submit\" or \"resubmit\" of this campaign is at work, or a condor_submit that one has left behind; "
          + "wait for its end")
    }
  }
}
