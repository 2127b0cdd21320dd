/// What a configuration file says of the jobs of one site. The defaults hold where it says nothing.
public struct JobSettings: Sendable, Equatable {
  /// A credential that HTCondor's credential monitor keeps fresh for a job.
  public struct OAuthService: Sendable, Equatable {
    /// The service, such as `cms`.
    public var name: String
    /// The scopes to ask for.
    public var permissions: String?
    /// The audience to ask for.
    public var resource: String?
  }

  /// A variable of the jobs' environment.
  public struct Variable: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The value.
    public var value: String
  }

  /// An attribute of the jobs' ads.
  public struct Attribute: Sendable, Equatable {
    /// The name.
    public var name: String
    /// A ClassAd expression.
    public var expression: String
  }

  /// `memory`: MB.
  public var memory = 512
  /// `disk`: MB.
  public var disk = 1024
  /// `cpus`.
  public var cpus = 1
  /// `max-wall-minutes`: how long a job may run; `--deadline auto` on the worker node goes by it.
  public var maxWallMinutes = 480
  /// `retries`: how often a job is started again where another node may help.
  public var retries = 3
  /// `priority` among the jobs of the same user.
  public var priority: Int?
  /// `payload`: the executable swab, see ``PayloadFiles``.
  public var payload: String?
  /// `wrapper`: the script swab-job.sh.
  public var wrapper: String?
  /// `container-image`: what `container_image` takes.
  public var containerImage: String?
  /// `singularity-image`: what glideins start, `MY.SingularityImage`.
  public var singularityImage: String?
  /// `oauth-services`, with `oauth-permissions.NAME` and `oauth-resource.NAME`.
  public var oauthServices: [OAuthService] = []
  /// `x509-proxy`: a file, or `auto` for the one that condor_submit finds.
  public var x509Proxy: String?
  /// `accounting-group`.
  public var accountingGroup: String?
  /// `accounting-group-user`.
  public var accountingGroupUser: String?
  /// `max-materialize`: how many jobs of a round the queue has at once; 0: all. Few, as each of them may have dozens of
  /// requests under way at the same storage.
  public var maxMaterialize = 10
  /// `max-idle`: how many of them may wait; 0: all.
  public var maxIdle = 0
  /// `checkpoint-minutes`: how often a job hands its journal to HTCondor: what an eviction costs at most.
  public var checkpointMinutes = 30
  /// `held-hours`: after that a held job is removed.
  public var heldHours = 24
  /// `minimum-fail-seconds`: how long a broken node is kept busy by a job that fails on it.
  public var minimumFailSeconds = 300
  /// `concurrency`: requests of a job at one host, at most; nil: the payload finds out.
  public var concurrency: Int?
  /// `max-rate`: files a second of a job, at most.
  public var maxRate: Int?
  /// `timeout`: seconds that a file may wait for its answer.
  public var timeout: Int?
  /// `prune-empty-directories`: whether the directories that are left empty go as well.
  public var prunesDirectories = false
  /// `environment.NAME`.
  public var environment: [Variable] = []
  /// `job-class`: `+JobFlavour`.
  public var jobClass: String?
  /// `requested-runtime`, in seconds: `+RequestRuntime`.
  public var requestedRuntime: Int?
  /// `project`: `+MyProject`.
  public var project: String?
  /// `requirements`: a ClassAd expression that has to hold too.
  public var requirements: String?
  /// `+Attribute`.
  public var attributes: [Attribute] = []

  /// The defaults.
  public init() {}

  /// What a file says of a site: `[job]`, then `[site]`, then `[site NAME]` of that name.
  ///
  /// - Parameter name: the file, for messages.
  /// - Throws: ``CampaignError``. The whole file is checked, also what is for other sites.
  public init(_ bytes: [UInt8], name: String, site: String) throws {
    let file = try INIFile(bytes, name: name)
    var layers: [[INIFile.Section]] = [[], [], []]
    var seen: [String: Int] = [:]
    for section in file.sections {
      let title = "[\(section.name)\(section.argument.map { " \($0)" } ?? "")]"
      if let line = seen[title] { throw file.error(section.line, "\(title) was begun in line \(line)") }
      seen[title] = section.line
      var trial = JobSettings()
      switch (section.name, section.argument) {
      case ("job", nil): layers[0].append(section)
      case ("site", nil): layers[1].append(section)
      case ("site", site): layers[2].append(section)
      case ("site", .some): try trial.apply(section, of: file)
      default:
        throw file.error(
          section.line, "\(title) is not known; there are [job], [site] and [site NAME]")
      }
    }
    for section in layers.joined() { try apply(section, of: file) }
  }

  private mutating func apply(_ section: INIFile.Section, of file: INIFile) throws {
    for entry in section.entries {
      do throws(SettingProblem) {
        try SettingKey.apply(entry.key, entry.value, isSite: section.name == "site", to: &self)
      } catch {
        throw file.error(entry.line, "\(entry.key): \(error.text)")
      }
    }
  }
}

/// What is wrong with a value, and what to do.
struct SettingProblem: Error {
  var text: String
  init(_ text: String) { self.text = text }
}
