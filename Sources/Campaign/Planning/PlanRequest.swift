import DeletionModel
import HTTPTransport
import SystemPackage

/// What a plan is at.
package enum PlanStage: Sendable, Equatable {
  /// The request and the configuration are looked at.
  case configuration
  /// The protected lists are read.
  case protected
  /// The list of unneeded files is read.
  case list
  /// Jobs are made of what is left of it; there may be nothing.
  case jobs
  /// They are held against what a campaign may delete.
  case bound
}

/// What `swab-submit plan` is asked for.
package struct PlanRequest: Sendable, Equatable {
  /// The only RSE to delete from.
  package var rse: String
  /// The site whose worker nodes run the jobs.
  package var site: String
  /// The list: a file, or the consistency monitor's URL.
  package var from: String
  /// Lists of protected LFNs: files or URLs.
  package var protected: [String]
  /// Where the campaign goes.
  package var output: String
  /// Nothing at, above or below one of these, besides our own exclusions.
  package var exclude: [String] = []
  /// Only what is at or below one of these; empty: everything.
  package var include: [String] = []
  /// Allowed roots; empty: `/store/unmerged/`.
  package var allow: [String] = []
  /// The most files of one job; nil: ``FilesPerJob/automatic(files:)``.
  package var filesPerJob: Int?
  /// The most files of the campaign: the others are left out.
  package var maxFiles: Int?
  /// A campaign of more files is refused; nil: as the configuration says.
  package var maxDelete: Int?
  /// How old the list may be, in hours.
  package var maxAge: Double = 72
  /// The campaign's name; nil: RSE and date.
  package var name: String?
  /// For a list that is a file: what the consistency monitor's `stats` says of its scan, a file; nil: nothing is known.
  package var stats: String?
  /// The scan that the list has to be of, as ``NewestScan/run`` names it; nil: any.
  package var scan: String?
  /// The directory of the RSE's last campaign, to which the lists are compared; nil: the protected lists are compared to
  /// those of the RSE's newest campaign beside ``output``, and the list to nothing.
  package var last: String?
  /// What is planned all the same.
  package var accepted: Set<Acceptance> = []
  /// A configuration of the submitter, which is copied.
  package var configuration: String?

  /// A request with nothing but what is needed.
  package init(rse: String, site: String, from: String, protected: [String], output: String) {
    self.rse = rse
    self.site = site
    self.from = from
    self.protected = protected
    self.output = output
  }

  /// Refuses what can't be meant, before anything is read, but for the protected lists. Throws ``CampaignError``.
  func check() throws(CampaignError) {
    for (option, value) in [("--rse", rse), ("--site", site)]
    where value.utf8.count > 200 || !PlainName.isOne(value) {
      throw .init(
        .usage, "\(option) \"\(value)\" is no name: letters, digits, _ . and -, a letter or digit first")
    }
    try checkTransport("--from", from)
    if stats != nil, HTTPURL.isMeant(by: from) {
      throw .init(.usage, "--stats belongs to a list that is a file: the monitor is asked itself")
    }
    for (option, prefixes) in [("--exclude", exclude), ("--include", include), ("--allow", allow)] {
      for prefix in prefixes where AllowedRoots([prefix]) == nil {
        throw .init(.usage, "\(option) \"\(prefix)\" is no absolute path such as /store/unmerged/Run2026A")
      }
    }
    if let filesPerJob, !(1...FilesPerJob.limit).contains(filesPerJob) {
      throw .init(.usage, "--files-per-job is auto or a number from 1 to \(FilesPerJob.limit)")
    }
    if let maxFiles, maxFiles < 1 { throw .init(.usage, "--max-files is a number from 1 on") }
    if let maxDelete, maxDelete < 0 { throw .init(.usage, "--max-delete is a number of files, 0 or more") }
    guard maxAge > 0, maxAge <= 24 * 366 else {
      throw .init(.usage, "--max-age is more than 0 and at most 8784 hours")
    }
    if let name, name.isEmpty || name.utf8.count > 200 || Self.hasControlCharacter(name) {
      throw .init(.usage, "--name has 1 to 200 bytes and no control characters")
    }
    guard !output.isEmpty, !Self.hasControlCharacter(output) else {
      throw .init(.usage, "-o is a directory's path without control characters")
    }
  }

  /// The same for the protected lists. Throws ``CampaignError``.
  func checkProtected() throws(CampaignError) {
    guard !protected.isEmpty else {
      throw .init(
        .usage, "no --protected list: without one, files of running workflows would be deleted as well")
    }
    for location in protected { try checkTransport("--protected", location) }
  }

  private func checkTransport(_ option: String, _ location: String) throws(CampaignError) {
    guard HTTPURL.isMeant(by: location), !HTTPURL.isSecure(location), !accepted.contains(.plainHTTP) else {
      return
    }
    throw .init(
      .usage,
      "\(option) \(try HTTPURL(option: location)): without TLS anybody in between can change the list: use https"
        + Acceptance.plainHTTP.hint)
  }

  private static func hasControlCharacter(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      $0.properties.generalCategory == .control || $0.value == 0x2028 || $0.value == 0x2029
    }
  }
}
