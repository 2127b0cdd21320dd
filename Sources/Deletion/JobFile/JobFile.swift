import ByteStreams
import FoundationEssentials

/// `swab.job/1`: what a submitter asks of one job. The command line overrides it.
///
/// | key | meaning |
/// | --- | --- |
/// | `schema` | `swab.job/1` |
/// | `campaign`, `jobId` | names that go into the report |
/// | `site` | the site the job is for; refused elsewhere |
/// | `rse` | the only RSE to delete from |
/// | `lists` | lists of LFNs, relative to the job file's folder |
/// | `protected` | protected lists, likewise; those of the command line are added |
/// | `allow` | allowed roots |
/// | `expires` | ISO 8601; refused from then on, because the list has grown old |
/// | `options` | see ``Options`` |
public struct JobFile: Sendable, Equatable, Codable {
  /// The value of `schema`.
  public static let schema = "swab.job/1"

  /// Options of `swab delete` that a job may set, named as on the command line.
  public struct Options: Sendable, Equatable, Codable {
    /// The backend to use.
    public var backend: String?
    /// Attempts after the first.
    public var retries: Int?
    /// The first pause, in seconds.
    public var retryPause: Double?
    /// Time limit of one file, in seconds.
    public var timeout: Double?
    /// Time limit of the run.
    public var deadline: DeadlineWish?
    /// After so many seconds the run ends early, for a checkpoint.
    public var checkpointEvery: Double?
    /// Calls at a time, an endpoint.
    public var concurrency: Int?
    /// Where the report goes, relative to the working directory.
    public var report: String?
    /// `all`, `failed` or `none`.
    public var reportFiles: String?
    /// Remove the directories that are left empty.
    public var pruneEmptyDirectories: Bool?
    /// Say what would be done, and do nothing.
    public var dryRun: Bool?
    /// Where the journal is, relative to the working directory.
    public var journal: String?
    /// End with 85 where the run is to be started again.
    public var checkpoint: Bool?

    /// No option set.
    public init() {}
  }

  /// `swab.job/1`.
  public var schema: String
  /// The campaign.
  public var campaign: String?
  /// The job's name in it.
  public var jobId: String?
  /// The site the job is for.
  public var site: String?
  /// The only RSE to delete from.
  public var rse: String?
  /// Lists of LFNs.
  public var lists: [String]?
  /// Protected lists.
  public var protected: [String]?
  /// Allowed roots.
  public var allow: [String]?
  /// From when on the job is refused: ISO 8601.
  public var expires: String?
  /// Options.
  public var options: Options?

  /// A job with nothing but its schema.
  public init() { schema = Self.schema }

  /// Reads a job file.
  ///
  /// - Parameter name: the file's name, for messages.
  /// - Throws: ``JobFileError`` for what is no JSON, another schema, or has a key that this version doesn't know:
  ///   an option must never be passed over silently.
  public init(json: [UInt8], name: String) throws(JobFileError) {
    let data = Data(json)
    do {
      let keys = try JSONDecoder().decode(Keys.self, from: data)
      guard keys.schema == Self.schema else {
        throw JobFileError(
          name,
          "its schema is \(keys.schema.map { "\"\($0)\"" } ?? "missing"); this version reads \"\(Self.schema)\""
        )
      }
      if let unknown = keys.unknown.first {
        throw JobFileError(name, "the key \"\(unknown)\" is not known to this version")
      }
      self = try JSONDecoder().decode(JobFile.self, from: data)
    } catch let error as JobFileError {
      throw error
    } catch let error as DecodingError {
      throw JobFileError(name, error.problem(with: Self.schema))
    } catch {
      throw JobFileError(name, "\(error)")
    }
  }

  /// Refuses a job whose time has passed, or one for another site.
  ///
  /// - Parameters:
  ///   - site: the site of this machine's SITECONF.
  ///   - now: the time.
  public func check(site: String, now: Date, name: String) throws(JobFileError) {
    if let expires {
      guard let date = try? Date(expires, strategy: .iso8601) else {
        throw JobFileError(
          name, "\"expires\" is \"\(expires)\", which is no ISO 8601 time such as 2026-01-31T12:00:00Z")
      }
      guard now < date else {
        throw JobFileError(name, "it expired at \(expires); plan the campaign again from a fresh list")
      }
    }
    if let wanted = self.site, wanted != site {
      throw JobFileError(name, "it is for the site \(wanted), and this is \(site)")
    }
  }

  /// The schema, and the keys that are not those of this version.
  private struct Keys: Decodable {
    var schema: String?
    var unknown: [String] = []

    private struct AnyKey: CodingKey {
      var stringValue: String
      var intValue: Int? { nil }
      init?(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }

    private static let known: Set<String> = [
      "schema", "campaign", "jobId", "site", "rse", "lists", "protected", "allow", "expires", "options",
    ]
    private static let knownOptions: Set<String> = [
      "backend", "retries", "retryPause", "timeout", "deadline", "concurrency", "report", "reportFiles",
      "pruneEmptyDirectories", "dryRun", "journal", "checkpoint", "checkpointEvery",
    ]

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      for key in container.allKeys {
        if key.stringValue == "schema" { schema = try container.decode(String.self, forKey: key) }
        if !Self.known.contains(key.stringValue) { unknown.append(key.stringValue) }
        if key.stringValue == "options" {
          let options = try container.nestedContainer(keyedBy: AnyKey.self, forKey: key)
          unknown += options.allKeys.map(\.stringValue).filter { !Self.knownOptions.contains($0) }
            .map { "options.\($0)" }
        }
      }
      unknown.sort()
    }
  }
}

/// A job file that cannot be used: one line.
public struct JobFileError: Error, Sendable, Equatable, CustomStringConvertible {
  /// The file.
  public var name: String
  /// What is wrong with it, and what to do.
  public var problem: String

  init(_ name: String, _ problem: String) {
    self.name = name
    self.problem = MessageText.oneLine(problem, limit: 400)
  }

  /// The file and what is wrong with it.
  public var description: String { "\(name): \(problem)" }
}
