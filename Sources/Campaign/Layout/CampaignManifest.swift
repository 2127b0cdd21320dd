/// `campaign.json`, `swab.campaign/1`: what was planned, from what, and what was left out.
package struct CampaignManifest: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.campaign/1"

  /// Where the list of unneeded files came from.
  package struct Source: Sendable, Equatable, Codable {
    /// A file's absolute path, or a URL.
    package var location: String
    /// When the list was made: the scan's start, or the file's modification. ISO 8601.
    package var made: String
    /// When the scan had ended, where that is known. ISO 8601.
    package var ended: String?
    /// The scan's own name, where the list comes from the consistency monitor.
    package var run: String?
    /// SHA-256 of the list as it was read, in hexadecimal.
    package var sha256: String

    package init(location: String, made: String, ended: String? = nil, run: String? = nil, sha256: String) {
      self.location = location
      self.made = made
      self.ended = ended
      self.run = run
      self.sha256 = sha256
    }
  }

  /// A list of protected LFNs.
  package struct Protected: Sendable, Equatable, Codable {
    /// A file's absolute path, or a URL.
    package var location: String
    /// When it was read. ISO 8601.
    package var read: String
    /// How many different entries it had.
    package var entries: Int

    package init(location: String, read: String, entries: Int) {
      self.location = location
      self.read = read
      self.entries = entries
    }
  }

  /// What the list consists of. All but `files`, `directories` and `jobs` add up to `listed` together with `files`.
  package struct Counts: Sendable, Equatable, Codable {
    /// Entries of the list.
    package var listed = 0
    /// Those that were there before.
    package var duplicates = 0
    /// Those that a safety rule forbids, apart from protection.
    package var refused = 0
    /// Those at, above or below a protected entry.
    package var protected = 0
    /// Those at, above or below an excluded prefix.
    package var excluded = 0
    /// Those at or below no included prefix.
    package var notIncluded = 0
    /// Those beyond `--max-files`.
    package var overLimit = 0
    /// What is to be deleted.
    package var files = 0
    /// The directories that these files are in.
    package var directories = 0
    /// The jobs of the first round.
    package var jobs = 0

    /// All zero.
    package init() {}
  }

  /// What was asked for.
  package struct Filters: Sendable, Equatable, Codable {
    /// Allowed roots.
    package var allow: [String]
    /// Only what is at or below one of these; empty: everything.
    package var include: [String]
    /// Nothing at, above or below one of these; ours and the caller's.
    package var exclude: [String]
    /// The most files of the campaign.
    package var maxFiles: Int?

    package init(allow: [String], include: [String], exclude: [String], maxFiles: Int?) {
      self.allow = allow
      self.include = include
      self.exclude = exclude
      self.maxFiles = maxFiles
    }
  }

  /// `swab.campaign/1`.
  package var schema: String
  /// The campaign's name, for people; also in every job's report.
  package var name: String
  /// What no other campaign has: it tells this campaign's jobs from all others in a queue.
  package var id: String
  /// The only RSE to delete from.
  package var rse: String
  /// The site whose worker nodes run the jobs.
  package var site: String
  /// When it was planned. ISO 8601.
  package var created: String
  /// From when on its jobs refuse to run, because the list has grown old. ISO 8601.
  package var expires: String
  /// The program that planned it, and its version.
  package var tool: String
  /// The list.
  package var source: Source
  /// The protected lists.
  package var protected: [Protected]
  /// What was let through.
  package var filters: Filters
  /// What was found.
  package var counts: Counts
  /// The most files of one job.
  package var filesPerJob: Int
  /// What was accepted that is refused otherwise; nil for nothing.
  package var accepted: [Acceptance]?

  package init(
    name: String, id: String, rse: String, site: String, created: String, expires: String, tool: String,
    source: Source, protected: [Protected], filters: Filters, counts: Counts, filesPerJob: Int
  ) {
    schema = Self.schema
    self.name = name
    self.id = id
    self.rse = rse
    self.site = site
    self.created = created
    self.expires = expires
    self.tool = tool
    self.source = source
    self.protected = protected
    self.filters = filters
    self.counts = counts
    self.filesPerJob = filesPerJob
  }
}
