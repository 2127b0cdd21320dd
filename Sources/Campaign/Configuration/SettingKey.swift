import DeletionModel
import HTTPTransport

/// The keys of a configuration file.
enum SettingKey {
  private typealias Setter = @Sendable (inout JobSettings, String) throws(SettingProblem) -> Void

  /// Sets the value of a key.
  static func apply(_ key: String, _ value: String, isSite: Bool, to settings: inout JobSettings)
    throws(SettingProblem)
  {
    guard !value.isEmpty else { throw SettingProblem("it has no value; remove the line or give it one") }
    if let problem = SubmitText.problem(value) { throw SettingProblem(problem) }
    if let setter = general[key] { return try setter(&settings, value) }
    if let setter = ofSites[key] {
      guard isSite else { throw SettingProblem("it belongs into [site] or [site NAME]") }
      return try setter(&settings, value)
    }
    if key.hasPrefix("+") {
      guard isSite else { throw SettingProblem("attributes belong into [site] or [site NAME]") }
      return try setAttribute(String(key.dropFirst()), value, &settings)
    }
    for (prefix, setter) in prefixed where key.hasPrefix(prefix) {
      return try setter(&settings, String(key.dropFirst(prefix.count)), value)
    }
    throw SettingProblem("this key is not known; there are \(known)")
  }

  private static var known: String {
    (general.keys.sorted() + prefixed.map { "\($0.0)NAME" } + ofSites.keys.sorted() + ["+Attribute"])
      .joined(separator: ", ")
  }

  private static let general: [String: Setter] = [
    "memory": number(1...1_000_000) { $0.memory = $1 },
    "disk": number(1...10_000_000) { $0.disk = $1 },
    "cpus": number(1...1024) { $0.cpus = $1 },
    "max-wall-minutes": number(1...100_000) { $0.maxWallMinutes = $1 },
    "retries": number(0...100) { $0.retries = $1 },
    "priority": number(-1_000_000...1_000_000) { $0.priority = $1 },
    "payload": text { $0.payload = $1 },
    "wrapper": text { $0.wrapper = $1 },
    "container-image": text { $0.containerImage = $1 },
    "singularity-image": text { $0.singularityImage = $1 },
    "oauth-services": { (settings, value) throws(SettingProblem) in
      let names = value.split(whereSeparator: { $0 == "," || $0 == " " }).map(String.init)
      for (index, name) in names.enumerated() {
        try checkName(name, "a service", also: "-")
        // To the submit language they are one in any case.
        if names[..<index].contains(where: { $0.lowercased() == name.lowercased() }) {
          throw SettingProblem("\"\(name)\" is named twice")
        }
      }
      settings.oauthServices = names.map { name in
        settings.oauthServices.first { $0.name == name } ?? JobSettings.OAuthService(name: name)
      }
    },
    "macaroon": flag { $0.macaroon = $1 },
    "site-config": text { $0.siteConfig = $1 },
    "x509-proxy": text { $0.x509Proxy = $1 },
    "accounting-group": word { $0.accountingGroup = $1 },
    "accounting-group-user": word { $0.accountingGroupUser = $1 },
    "max-materialize": number(0...1_000_000) { $0.maxMaterialize = $1 },
    "max-idle": number(0...1_000_000) { $0.maxIdle = $1 },
    "max-jobs": number(0...1_000_000) { $0.maxJobs = $1 },
    "max-delete": number(0...10_000_000_000) { $0.maxDelete = $1 },
    "concurrency-limits": { (settings, value) throws(SettingProblem) in
      let isPlain = value.utf8.allSatisfy { PlainName.isAllowed($0) || ":, ".utf8.contains($0) }
      guard isPlain, !value.utf8.contains(UInt8(ascii: "-")) else {
        throw SettingProblem("\"\(value)\" is no list of limits such as \"storage_x:1, production.cleanup\"")
      }
      settings.concurrencyLimits = value
    },
    "spool-limit": number(1...10_000_000) { $0.spoolLimit = $1 },
    "checkpoint-minutes": number(1...100_000) { $0.checkpointMinutes = $1 },
    "held-hours": number(1...10_000) { $0.heldHours = $1 },
    "minimum-fail-seconds": number(0...99_999) { $0.minimumFailSeconds = $1 },
    "concurrency": number(1...1024) { $0.concurrency = $1 },
    "max-rate": number(1...1_000_000) { $0.maxRate = $1 },
    "timeout": number(1...86_400) { $0.timeout = $1 },
    "prune-empty-directories": flag { $0.prunesDirectories = $1 },
    "not-newer-than": { (settings, value) throws(SettingProblem) in
      switch value {
      case "scan": settings.notNewerThan = .scan
      case "off": settings.notNewerThan = .off
      default:
        guard let time = StorageTime(value) else {
          throw SettingProblem("\"\(value)\" is neither scan nor off nor \(AgeLimit.form)")
        }
        settings.notNewerThan = .time(time)
      }
    },
    "no-look": flag { $0.noLook = $1 },
    "dcache-frontend": word { $0.dcacheFrontend = $1 },
    "log-url": { (settings, value) throws(SettingProblem) in
      do throws(HTTPURL.ParseError) {
        settings.logURL = try HTTPURL(collector: value, hasToken: false).url
      } catch {
        throw SettingProblem(error.text)
      }
    },
    "log-token-file": word { $0.logTokenFile = $1 },
  ]

  private static let ofSites: [String: Setter] = [
    "job-class": text { $0.jobClass = $1 },
    "requested-runtime": number(1...100_000_000) { $0.requestedRuntime = $1 },
    "project": text { $0.project = $1 },
    "requirements": { (settings, value) throws(SettingProblem) in
      if let problem = SubmitText.expressionProblem(value) { throw SettingProblem(problem) }
      settings.requirements = value
    },
  ]

  private typealias NamedSetter =
    @Sendable (inout JobSettings, String, String) throws(SettingProblem) -> Void

  private static let prefixed: [(String, NamedSetter)] = [
    ("environment.", setVariable),
    (
      "oauth-permissions.",
      { (settings, name, value) throws(SettingProblem) in
        try setService(&settings, name) { $0.permissions = value }
      }
    ),
    (
      "oauth-resource.",
      { (settings, name, value) throws(SettingProblem) in
        try setService(&settings, name) { $0.resource = value }
      }
    ),
  ]

  @Sendable private static func setVariable(_ settings: inout JobSettings, _ name: String, _ value: String)
    throws(SettingProblem)
  {
    try checkName(name, "a variable")
    if let problem = environmentProblem(name) { throw SettingProblem(problem) }
    settings.environment.removeAll { $0.name == name }
    settings.environment.append(.init(name: name, value: value))
  }

  /// Why a variable can't be set: by it the wrapper or HTCondor finds what belongs to the job.
  private static func environmentProblem(_ name: String) -> String? {
    let lower = name.lowercased()
    if lower.hasPrefix("_condor_") || lower == "batch_system" { return "it is HTCondor's own" }
    return nil
  }

  private static func setService(
    _ settings: inout JobSettings, _ name: String, _ change: (inout JobSettings.OAuthService) -> Void
  ) throws(SettingProblem) {
    guard let index = settings.oauthServices.firstIndex(where: { $0.name == name }) else {
      throw SettingProblem("\"\(name)\" is not among the oauth-services: name it there first")
    }
    change(&settings.oauthServices[index])
  }

  private static func setAttribute(_ name: String, _ value: String, _ settings: inout JobSettings)
    throws(SettingProblem)
  {
    try checkName(name, "an attribute")
    let lower = name.lowercased()
    if let problem = ReservedAttributes.problem(name) { throw SettingProblem(problem) }
    if let problem = SubmitText.expressionProblem(value) { throw SettingProblem(problem) }
    settings.attributes.removeAll { $0.name.lowercased() == lower }
    settings.attributes.append(.init(name: name, expression: value))
  }

  /// A name that means nothing to the submit language and to ClassAds.
  private static func checkName(_ name: String, _ what: String, also more: String = "")
    throws(SettingProblem)
  {
    let isPlain = name.utf8.allSatisfy {
      (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0)
        || $0 == 0x5F || more.utf8.contains($0)
    }
    guard isPlain, let first = name.utf8.first, !(0x30...0x39).contains(first), first != 0x2D else {
      let also = more.isEmpty ? "" : ", \(more)"
      throw SettingProblem(
        "\"\(name)\" is no name of \(what): letters, digits\(also) and _ only, a letter or _ first")
    }
  }

  private static func number(
    _ range: ClosedRange<Int>, _ set: @escaping @Sendable (inout JobSettings, Int) -> Void
  ) -> Setter {
    { (settings, value) throws(SettingProblem) in
      set(&settings, try SettingValue.number(value, in: range))
    }
  }

  private static func flag(_ set: @escaping @Sendable (inout JobSettings, Bool) -> Void) -> Setter {
    { (settings, value) throws(SettingProblem) in
      set(&settings, try SettingValue.flag(value))
    }
  }

  private static func text(_ set: @escaping @Sendable (inout JobSettings, String) -> Void) -> Setter {
    { (settings, value) throws(SettingProblem) in set(&settings, value) }
  }

  /// No blanks and quotes: what HTCondor takes as it stands.
  private static func word(_ set: @escaping @Sendable (inout JobSettings, String) -> Void) -> Setter {
    { (settings, value) throws(SettingProblem) in
      guard !value.utf8.contains(where: { " \t\"'\\".utf8.contains($0) }) else {
        throw SettingProblem("\"\(value)\" has a blank, a quote or a backslash")
      }
      set(&settings, value)
    }
  }
}
