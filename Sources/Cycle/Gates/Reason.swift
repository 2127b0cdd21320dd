/// How an RSE stands.
package enum Phase: String, Sendable, Codable, CaseIterable {
  /// Nothing is at work.
  case idle
  /// A campaign is planned and not submitted.
  case planned
  /// Its jobs are in a queue.
  case submitted
  /// Its jobs have ended, and their reports are put together.
  case collecting
  /// Nothing is tried for a while.
  case resting
  /// Nothing is tried until somebody has changed something, but for a few files a day; and not even these where the state
  /// can't be read or written (``Reason/damagedState``, ``Reason/cannotWrite``).
  case blocked
  /// A person has stopped it.
  case frozen
  /// A person has to say yes.
  case needsApproval
  /// Nobody knows at which site its jobs have to run.
  case unmapped
}

/// Why an RSE stands as it does.
package enum Reason: String, Sendable, Codable, CaseIterable {
  case new, disabled, frozen, outsideWindow, unmapped, siteMismatch, siteConfBroken
  case notAvailable, rucioSilent
  case noScan, monitorUnavailable, scanNotDone, scanFailed, scanTooOld, sameScan, scanOverlaps, scanChanged
  case protectedMissing, protectedTooOld, protectedEmpty
  case listRefused, nothingToDelete, tooLargeShare, tooManyFiles
  case atWork, campaignLiving, foreignJobs, submissionUncertain, scheddUnavailable, scheddRefused
  case jobLimit, fileLimit
  case allGone, residual, campaignExpired, littleDeleted, suspect, noCredentials
  case campaignFailed, damagedState, leasedElsewhere, tooSlow, stopped, cannotWrite, internalError

  /// A sentence for a person. The one table of reasons; `Documentation/Cycle.md` has it too.
  package var text: String {
    switch self {
    case .new: "nothing has been done for it yet"
    case .disabled: "the configuration says enabled = no"
    case .frozen: "a person has frozen it"
    case .outsideWindow: "it is outside of its time window"
    case .unmapped: "it is not known at which site its jobs have to run"
    case .siteMismatch: "the SITECONF of the site that is named for it does not have it"
    case .siteConfBroken: "the SITECONF of its site can't be used for it"
    case .notAvailable: "Rucio has it as not available for deletion"
    case .rucioSilent: "Rucio has not said for a day whether files may be deleted there"
    case .noScan: "there is no scan of it"
    case .monitorUnavailable: "the scan can't be asked for"
    case .scanNotDone: "the newest scan is not done"
    case .scanFailed: "the newest scan has failed"
    case .scanTooOld: "the newest scan is too old"
    case .sameScan: "there is no newer scan than the one that was worked on last"
    case .scanOverlaps: "the newest scan began before its last campaign was over, and may list what is gone"
    case .scanChanged: "a new scan began while the list was read"
    case .protectedMissing: "a protected list can't be read"
    case .protectedTooOld: "a protected list is too old"
    case .protectedEmpty: "a protected list can't be believed: it is empty, cut, or of something else"
    case .listRefused: "the list of unneeded files was refused"
    case .nothingToDelete: "nothing of the scan is to be deleted"
    case .tooLargeShare: "an unusually large part of the scan would be deleted"
    case .tooManyFiles: "far more files than in the last campaigns would be deleted"
    case .atWork: "its campaign is at work"
    case .campaignLiving: "its jobs have not ended"
    case .foreignJobs: "somebody else's jobs delete from it"
    case .submissionUncertain: "it is not known whether the schedd has its jobs"
    case .scheddUnavailable: "the schedd can't be asked"
    case .scheddRefused: "the schedd does not let us in"
    case .jobLimit: "as many jobs as allowed are in the queues"
    case .fileLimit: "as many files as allowed were submitted within a day"
    case .allGone: "everything of its last campaign is gone"
    case .residual: "its last campaign is over, with files that are not gone"
    case .campaignExpired: "the list of its last campaign has grown too old to go on with"
    case .littleDeleted: "its last campaign deleted little"
    case .suspect: "its last campaign found hardly any file where the list has them"
    case .noCredentials: "two campaigns in a row ended for want of credentials or permission"
    case .campaignFailed: "its campaign can't be submitted, followed or collected"
    case .damagedState: "its state can't be read"
    case .leasedElsewhere: "another pass works on it"
    case .tooSlow: "it took longer than a pass may spend on it"
    case .stopped: "the pass was stopped"
    case .cannotWrite: "its state can't be written"
    case .internalError: "an error inside Swab"
    }
  }

  /// What a person can do about it; nil where nothing has to be done.
  package var advice: String? {
    switch self {
    case .new, .disabled, .outsideWindow, .sameScan, .scanOverlaps, .scanNotDone, .scanChanged,
      .nothingToDelete,
      .atWork, .campaignLiving, .jobLimit, .fileLimit, .allGone, .residual, .campaignExpired, .stopped,
      .leasedElsewhere:
      nil
    case .frozen: "\"cycle unfreeze\" lets it continue"
    case .unmapped: "give it a site: [rse NAME] with site = …"
    case .siteMismatch:
      "find out which of the two is right: have CRIC or the SITECONF corrected, or name its site with site = … in its section"
    case .siteConfBroken: "have the site correct what the message names; \"swab check\" shows the rest"
    case .notAvailable: nil
    case .rucioSilent: "see whether Rucio answers, and whether there is a valid proxy or token"
    case .noScan, .scanFailed, .scanTooOld: "see what the consistency monitor says of it"
    case .monitorUnavailable:
      "see whether the consistency monitor answers, and whether there is a valid proxy or token"
    case .protectedMissing, .protectedTooOld, .protectedEmpty:
      "see who writes the protected list; nothing is deleted without it"
    case .listRefused:
      "look at the list; what may be accepted or raised is named in the message (accept = …, max-delete = … in its section)"
    case .tooLargeShare, .tooManyFiles: "look at the campaign's files; \"cycle approve\" lets it continue"
    case .foreignJobs: "find out whose they are; nothing is submitted while they live"
    case .submissionUncertain, .scheddUnavailable: "see whether the schedd answers condor_q"
    case .scheddRefused: "see who may submit there, and with which credential"
    case .littleDeleted: "look at the worst errors of its last campaign"
    case .suspect: "see whether the site's SITECONF leads to its storage, and whether that is mounted"
    case .noCredentials:
      "see which credential its jobs have, and what the storage says; a changed configuration is tried at once"
    case .campaignFailed: "see what the message says; it is tried again with each pass"
    case .damagedState:
      "mend the file that the message names, or move it away: state.json is made anew from the campaigns"
    case .tooSlow: "see what hangs: the monitor, a schedd, or the disk"
    case .cannotWrite: "see whether the disk is full, and who may write"
    case .internalError: "please report it"
    }
  }

  /// Whether a person has to do something.
  package var needsPerson: Bool { advice != nil && self != .frozen }
}
