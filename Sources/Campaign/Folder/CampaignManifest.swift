/// `campaign.json`, `swab.campaign/1`: what was planned, from what, and what was left out.
public struct CampaignManifest: Sendable, Equatable, Codable {
  /// The value of `schema`.
  public static let schema = "swab.campaign/1"

  /// Where the list of unneeded files came from.
  public struct Source: Sendable, Equatable, Codable {
    /// A file's absolute path, or a URL.
    public var location: String
    /// When the list was made: the scan's start, or the file's modification. ISO 8601.
    public var made: String
    /// The scan's own name, where the list comes from the consistency monitor.
    public var run: String?
    /// SHA-256 of the list as it was read, in hexadecimal.
    public var sha256: String

    /// Makes the value.
    public init(location: String, made: String, run: String? = nil, sha256: String) {
      self.location = location
      self.made = made
      self.run = run
      self.sha256 = sha256
    }
  }

  /// A list of protected LFNs.
  public struct Protected: Sendable, Equatable, Codable {
    /// A file's absolute path, or a URL.
    public var location: String
    /// When it was read. ISO 8601.
    public var read: String
    /// How many different entries it had.
    public var entries: Int

    /// Makes the value.
    public init(location: String, read: String, entries: Int) {
      self.location = location
      self.read = read
      self.entries = entries
    }
  }

  /// What the list consists of. All but `files`, `directories` and `jobs` add up to `listed` together with `files`.
  public struct Counts: Sendable, Equatable, Codable {
    /// Entries of the list.
    public var listed = 0
    /// Those that were there before.
    public var duplicates = 0
    /// Those that a safety rule forbids, apart from protection.
    public var refused = 0
    /// Those at, above or below a protected entry.
    public var protected = 0
    /// Those below an excluded prefix.
    public var excluded = 0
    /// Those below no included prefix.
    public var notIncluded = 0
    /// Those beyond `--max-files`.
    public var overLimit = 0
    /// What is to be deleted.
    public var files = 0
    /// The directories that these files are in.
    public var directories = 0
    /// The jobs of the first round.
    public var jobs = 0

    /// All zero.
    public init() {}
  }

  /// What was asked for.
  public struct Filters: Sendable, Equatable, Codable {
    /// Allowed roots.
    public var allow: [String]
    /// Only what is below one of these; empty: everything.
    public var include: [String]
    /// Nothing that is below one of these; ours and the caller's.
    public var exclude: [String]
    /// The most files of the campaign.
    public var maxFiles: Int?

    /// Makes the value.
    public init(allow: [String], include: [String], exclude: [String], maxFiles: Int?) {
      self.allow = allow
      self.include = include
      self.exclude = exclude
      self.maxFiles = maxFiles
    }
  }

  /// `swab.campaign/1`.
  public var schema: String
  /// The campaign's name, for people; also in every job's report.
  public var name: String
  /// What no other campaign has: it tells this campaign's jobs from all others in a queue.
  public var id: String
  /// The only RSE to delete from.
  public var rse: String
  /// The site whose worker nodes run the jobs.
  public var site: String
  /// When it was planned. ISO 8601.
  public var created: String
  /// From when on its jobs refuse to run, because the list has grown old. ISO 8601.
  public var expires: String
  /// The program that planned it, and its version.
  public var tool: String
  /// The list.
  public var source: Source
  /// The protected lists.
  public var protected: [Protected]
  /// What was let through.
  public var filters: Filters
  /// What was found.
  public var counts: Counts
  /// The most files of one job.
  public var filesPerJob: Int

  /// Makes the value.
  public init(
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
