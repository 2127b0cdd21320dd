import DeletionModel
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
/// | `lists` | lists of LFNs, relative to the job file's directory |
/// | `protected` | protected lists, likewise; those of the command line are added |
/// | `allow` | allowed roots |
/// | `expires` | ISO 8601; refused from then on, because the list has grown old |
/// | `options` | see ``Options`` |
package struct JobFile: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.job/1"

  /// Options of `swab delete` that a job may set, named as on the command line.
  package struct Options: Sendable, Equatable, Codable {
    /// The backend to use.
    package var backend: String?
    /// Attempts after the first.
    package var retries: Int?
    /// The first pause, in seconds.
    package var retryPause: Double?
    /// Time limit of one file, in seconds.
    package var timeout: Double?
    /// Time limit of the run.
    package var deadline: DeadlineOption?
    /// After so many seconds the run ends early, for a checkpoint.
    package var checkpointEvery: Double?
    /// Requests in flight at a host, at most; for a backend with a tool, processes at an endpoint.
    package var concurrency: Int?
    /// Where the report goes, relative to the working directory.
    package var report: String?
    /// `all`, `failed` or `none`.
    package var reportFiles: String?
    /// Remove the directories that are left empty.
    package var pruneEmptyDirectories: Bool?
    /// The most names that the lists may have.
    package var maxDelete: Int?
    /// When a file may have been written at the latest: ISO 8601.
    package var notNewerThan: String?
    /// Delete over HTTP without having asked what a name is.
    package var noLook: Bool?
    /// The URL of the frontend of dCache's bulk service.
    package var dcacheFrontend: String?
    /// Say what would be done, and do nothing.
    package var dryRun: Bool?
    /// Where the journal is, relative to the working directory.
    package var journal: String?
    /// End with 85 where the run is to be started again.
    package var checkpoint: Bool?
    /// The URL that the log is sent to.
    package var logUrl: String?
    /// A file with a token for it.
    package var logTokenFile: String?

    /// No option set.
    package init() {}

    fileprivate static func isKey(_ name: String) -> Bool { CodingKeys(stringValue: name) != nil }
  }

  /// `swab.job/1`.
  package var schema: String
  /// The campaign.
  package var campaign: String?
  /// The job's name in it.
  package var jobId: String?
  /// The site the job is for.
  package var site: String?
  /// The only RSE to delete from.
  package var rse: String?
  /// Lists of LFNs.
  package var lists: [String]?
  /// Protected lists.
  package var protected: [String]?
  /// Allowed roots.
  package var allow: [String]?
  /// From when on the job is refused: ISO 8601.
  package var expires: String?
  /// Options.
  package var options: Options?

  /// A job with nothing but its schema.
  package init() { schema = Self.schema }

  /// Reads a job file.
  ///
  /// - Parameter name: the file's name, for messages.
  /// - Throws: ``DocumentError`` for what is no JSON, another schema, or has a key that this version doesn't know:
  ///   an option must never be passed over silently.
  package init(json: [UInt8], name: String) throws(DocumentError) {
    let data = Data(json)
    do {
      try JSONDocument.check(json)
      let keys = try JSONDecoder().decode(Keys.self, from: data)
      guard keys.schema == Self.schema else {
        throw DocumentError(
          name,
          "its schema is \(keys.schema.map { "\"\($0)\"" } ?? "missing"); this version reads \"\(Self.schema)\""
        )
      }
      if let unknown = keys.unknown.first {
        throw DocumentError(name, "the key \"\(unknown)\" is not known to this version")
      }
      self = try JSONDecoder().decode(JobFile.self, from: data)
    } catch let error as DocumentError {
      throw error
    } catch let error as TextError {
      throw DocumentError(name, "it is not valid JSON: \(error)")
    } catch let error as DecodingError {
      throw DocumentError(name, error.problem(with: Self.schema))
    } catch {
      throw DocumentError(name, "\(error)")
    }
  }

  /// Refuses a job whose time has passed, or one for another site.
  ///
  /// - Parameters:
  ///   - site: the site of this machine's SITECONF.
  ///   - now: the time.
  package func check(site: String, now: Date, name: String) throws(DocumentError) {
    if let expires {
      guard let date = try? Date(expires, strategy: .iso8601) else {
        throw DocumentError(
          name, "\"expires\" is \"\(expires)\", which is no ISO 8601 time such as 2026-01-31T12:00:00Z")
      }
      guard now < date else {
        throw DocumentError(name, "it expired at \(expires); plan the campaign again from a fresh list")
      }
    }
    if let wanted = self.site, wanted != site {
      throw DocumentError(name, "it is for the site \(wanted), and this is \(site)")
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

    init(from decoder: any Decoder) throws {
      let container = try decoder.container(keyedBy: AnyKey.self)
      for key in container.allKeys {
        if key.stringValue == "schema" { schema = try container.decode(String.self, forKey: key) }
        if JobFile.CodingKeys(stringValue: key.stringValue) == nil { unknown.append(key.stringValue) }
        if key.stringValue == "options" {
          let options = try container.nestedContainer(keyedBy: AnyKey.self, forKey: key)
          unknown += options.allKeys.map(\.stringValue)
            .filter { !Options.isKey($0) }.map { "options.\($0)" }
        }
      }
      unknown.sort()
    }
  }
}

/// How long a run may take: a number of seconds, or `auto`, which is up to the end of the job or the credential.
package enum DeadlineOption: Sendable, Equatable, Codable {
  /// So many seconds.
  case seconds(Double)
  /// As long as the surroundings allow.
  case auto

  /// A number, or the text `auto`.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let seconds = try? container.decode(Double.self) {
      self = .seconds(seconds)
    } else if (try? container.decode(String.self)) == "auto" {
      self = .auto
    } else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "it is neither a number of seconds nor \"auto\"")
    }
  }

  /// As it is read.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .seconds(let seconds): try container.encode(seconds)
    case .auto: try container.encode("auto")
    }
  }
}
