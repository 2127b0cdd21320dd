import DeletionModel
import HTTPTransport

/// What a configuration file says of the jobs of one site. The defaults hold where it says nothing.
package struct JobSettings: Sendable, Equatable {
  /// A credential that HTCondor's credential monitor keeps fresh for a job.
  package struct OAuthService: Sendable, Equatable {
    /// The service, such as `cms`.
    package var name: String
    /// The scopes to ask for.
    package var permissions: String?
    /// The audience to ask for.
    package var resource: String?
  }

  /// A variable of the jobs' environment.
  package struct Variable: Sendable, Equatable {
    /// The name.
    package var name: String
    /// The value.
    package var value: String
  }

  /// An attribute of the jobs' ads.
  package struct Attribute: Sendable, Equatable {
    /// The name.
    package var name: String
    /// A ClassAd expression.
    package var expression: String
  }

  /// `memory`: MB.
  package var memory = 512
  /// `disk`: MB.
  package var disk = 1024
  /// `cpus`.
  package var cpus = 1
  /// `max-wall-minutes`: how long a job may run; `--deadline auto` on the worker node goes by it.
  package var maxWallMinutes = 480
  /// `retries`: how often a job is started again where another node may help.
  package var retries = 3
  /// `priority` among the jobs of the same user.
  package var priority: Int?
  /// `payload`: the executable swab, see ``PayloadFiles``.
  package var payload: String?
  /// `wrapper`: the script swab-job.sh.
  package var wrapper: String?
  /// `container-image`: what `container_image` takes.
  package var containerImage: String?
  /// `singularity-image`: what glideins start, `MY.SingularityImage`.
  package var singularityImage: String?
  /// `oauth-services`, with `oauth-permissions.NAME` and `oauth-resource.NAME`.
  package var oauthServices: [OAuthService] = []
  /// `macaroon`: whether the jobs get a macaroon that can only delete, and nothing else.
  package var macaroon = false
  /// `site-config`: the site-local-config.xml of the site as it is found here; nil: see ``siteConfigHere``.
  package var siteConfig: String?
  /// `x509-proxy`: a file, or `auto` for the one that condor_submit finds.
  package var x509Proxy: String?
  /// `accounting-group`.
  package var accountingGroup: String?
  /// `accounting-group-user`.
  package var accountingGroupUser: String?
  /// `max-materialize`: how many jobs of a round the queue has at once; 0: all. Few, as each of them may have dozens of
  /// requests in flight at the same storage.
  package var maxMaterialize = 10
  /// `max-idle`: how many of them may wait; 0: all.
  package var maxIdle = 0
  /// `max-jobs`: how many jobs of a round are submitted; what is left goes into the next round. 0: all.
  package var maxJobs = 0
  /// `max-delete`: a campaign of more files is neither planned nor submitted; nil: no bound.
  package var maxDelete: Int?
  /// `concurrency-limits`: what `concurrency_limits` takes, where the pool has limits of its own.
  package var concurrencyLimits: String?
  /// `spool-limit`: how many MB the jobs' input may take in the spool of a schedd, together.
  package var spoolLimit = 512
  /// `checkpoint-minutes`: how often a job hands its journal to HTCondor: what an eviction costs at most.
  package var checkpointMinutes = 30
  /// `held-hours`: after that a held job is removed. It is removed earlier where it keeps another one out of the queue: see
  /// ``JobPolicy/removal(heldHours:isThrottled:expires:)``.
  package var heldHours = 24
  /// `minimum-fail-seconds`: how long a broken node is kept busy by a job that fails on it.
  package var minimumFailSeconds = 300
  /// `concurrency`: requests of a job at one host, at most; nil: the payload finds out.
  package var concurrency: Int?
  /// `max-rate`: files a second of a job, at most; a request that asks what a file is counts too.
  package var maxRate: Int?
  /// `timeout`: seconds that a file may wait for its answer.
  package var timeout: Int?
  /// `prune-empty-directories`: whether the directories that are left empty go as well.
  package var prunesDirectories = false
  /// When the files of a list may have been written at the latest.
  package enum AgeBound: Sendable, Equatable {
    /// When the scan had ended, else when the list was made.
    case scan
    /// At any time.
    case off
    /// At this time.
    case time(StorageTime)
  }

  /// `not-newer-than`: what was written later stays.
  package var notNewerThan = AgeBound.scan
  /// `no-look`: whether files are deleted over HTTP without having asked what a name is.
  package var noLook = false
  /// `dcache-frontend`: the URL of the frontend of dCache's bulk service.
  package var dcacheFrontend: String?
  /// `log-url`: where the jobs' log goes as well.
  package var logURL: String?
  /// `log-token-file`: a file on the worker node, or of `$_CONDOR_CREDS` there, with a token for that.
  package var logTokenFile: String?
  /// `environment.NAME`.
  package var environment: [Variable] = []
  /// `job-class`: `+JobFlavour`.
  package var jobClass: String?
  /// `requested-runtime`, in seconds: `+RequestRuntime`.
  package var requestedRuntime: Int?
  /// `project`: `+MyProject`.
  package var project: String?
  /// `requirements`: a ClassAd expression that has to hold too.
  package var requirements: String?
  /// `+Attribute`.
  package var attributes: [Attribute] = []

  /// The defaults.
  package init() {}

  /// What a file says of a site: `[job]`, then `[site]`, then `[site NAME]` of that name.
  ///
  /// - Parameter name: the file, for messages.
  /// - Throws: ``CampaignError``. The whole file is checked, also what is for other sites.
  package init(_ bytes: [UInt8], name: String, site: String) throws {
    let file = try INIFile(bytes, name: name)
    var layers: [[INIFile.Section]] = [[], [], []]
    var seen: [String: Int] = [:]
    for section in file.sections {
      let title = section.title
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
    if logTokenFile != nil, !HTTPURL.isSecure(logURL ?? "") {
      throw CampaignError(
        .badInput, "\(name): log-token-file needs an https URL as log-url: a token is shown with TLS only")
    }
  }

  /// What a person should know, a line each.
  var warnings: [String] {
    environment.filter(Self.isLikelySecret).map {
      "environment.\($0.name) looks like a secret, and everybody who can ask the schedd sees the environment of its jobs: "
        + "use oauth-services or x509-proxy"
    }
  }

  private static func isLikelySecret(_ variable: Variable) -> Bool {
    let name = variable.name.lowercased()
    // Where a secret is may be seen.
    if ["_file", "_path", "_dir", "_url"].contains(where: name.hasSuffix) { return false }
    return variable.value.hasPrefix("eyJ")
      || ["token", "secret", "password", "passwd", "passphrase", "private_key"].contains { name.contains($0) }
  }

  /// Sets what an entry of a file says.
  ///
  /// - Parameter isSite: whether it is in a section for sites, which may have more keys than `[job]`.
  package mutating func apply(_ entry: INIFile.Entry, isSite: Bool) throws(SettingProblem) {
    try SettingKey.apply(entry.key, entry.value, isSite: isSite, to: &self)
  }

  private mutating func apply(_ section: INIFile.Section, of file: INIFile) throws {
    for entry in section.entries {
      do throws(SettingProblem) {
        try apply(entry, isSite: section.name == "site")
      } catch {
        throw file.error(entry.line, "\(entry.key): \(error.text)")
      }
    }
  }
}
