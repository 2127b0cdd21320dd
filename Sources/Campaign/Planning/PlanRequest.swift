import Deletion
import SystemPackage

/// What `swab-submit plan` is asked for.
public struct PlanRequest: Sendable, Equatable {
  /// The only RSE to delete from.
  public var rse: String
  /// The site whose worker nodes run the jobs.
  public var site: String
  /// The list: a file, or the consistency monitor's URL.
  public var from: String
  /// Lists of protected LFNs: files or URLs.
  public var protected: [String]
  /// Where the campaign goes.
  public var output: String
  /// Nothing at, above or below one of these, besides our own exclusions.
  public var exclude: [String] = []
  /// Only what is at or below one of these; empty: everything.
  public var include: [String] = []
  /// Allowed roots; empty: `/store/unmerged/`.
  public var allow: [String] = []
  /// The most files of one job; nil: ``FilesPerJob/automatic(files:)``.
  public var filesPerJob: Int?
  /// The most files of the campaign.
  public var maxFiles: Int?
  /// How old the list may be, in hours.
  public var maxAge: Double = 72
  /// The campaign's name; nil: RSE and date.
  public var name: String?
  /// A configuration of the submitter, which is copied.
  public var configuration: String?

  /// A request with nothing but what is needed.
  public init(rse: String, site: String, from: String, protected: [String], output: String) {
    self.rse = rse
    self.site = site
    self.from = from
    self.protected = protected
    self.output = output
  }

  /// Refuses what can't be meant, before anything is read. Throws ``CampaignError``.
  func check() throws(CampaignError) {
    for (option, value) in [("--rse", rse), ("--site", site)]
    where value.utf8.count > 200 || !PlainName.isOne(value) {
      throw .init(
        .usage, "\(option) \"\(value)\" is no name: letters, digits, _ . and -, a letter or digit first")
    }
    guard !protected.isEmpty else {
      throw .init(
        .usage, "no --protected list: without one, files of running workflows would be deleted as well")
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
    guard maxAge > 0, maxAge <= 24 * 366 else {
      throw .init(.usage, "--max-age is more than 0 and at most 8784 hours")
    }
    if let name, name.isEmpty || name.utf8.count > 200 || Self.hasControlCharacter(name) {
      throw .init(.usage, "--name has 1 to 200 bytes and no control characters")
    }
    guard !output.isEmpty, !Self.hasControlCharacter(output) else {
      throw .init(.usage, "-o is a folder's path without control characters")
    }
  }

  private static func hasControlCharacter(_ text: String) -> Bool {
    text.unicodeScalars.contains {
      $0.properties.generalCategory == .control || $0.value == 0x2028 || $0.value == 0x2029
    }
  }
}
