import Campaign
import DeletionModel
import HTTPTransport

/// The keys of `[rse …]` that are not those of a job.
enum RSEKey {
  typealias Setter = @Sendable (inout RSESettings, String) throws(SettingProblem) -> Void

  /// One of them.
  struct Key: Sendable {
    /// What stands before the `=`.
    var name: String
    /// Takes a value.
    var set: Setter
    /// The value as it could stand in a file; nil for none.
    var text: @Sendable (RSESettings) -> String?

    init(_ name: String, _ text: @escaping @Sendable (RSESettings) -> String?, _ set: @escaping Setter) {
      (self.name, self.set, self.text) = (name, set, text)
    }
  }

  /// The key of that name; nil where it is none of the cycle's.
  static func named(_ name: String) -> Key? { byName[name] }

  private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

  /// All of them, in the order in which they are shown.
  static let all: [Key] = [
    Key("site", \.site) { (settings, value) throws(SettingProblem) in
      guard value.utf8.count <= 200, PlainName.isOne(value) else {
        throw SettingProblem("\"\(value)\" is no name of a site")
      }
      settings.site = value
    },
    Key("enabled", { $0.isEnabled ? "yes" : "no" }) { (settings, value) throws(SettingProblem) in
      settings.isEnabled = try SettingValue.flag(value)
    },
    Key("from", \.from) { (settings, value) throws(SettingProblem) in
      settings.from = try location(value)
    },
    Key("stats", \.stats) { (settings, value) throws(SettingProblem) in
      settings.stats = try location(value)
    },
    Key("protected", { joined($0.protected) }) { (settings, value) throws(SettingProblem) in
      settings.protected = try each(value, location)
    },
    Key("accept", { joined($0.accepted.map(\.rawValue).sorted()) }) {
      (settings, value) throws(SettingProblem) in
      settings.accepted = Set(try each(value, acceptance))
    },
    Key("exclude", { joined($0.exclude) }) { (settings, value) throws(SettingProblem) in
      settings.exclude = try each(value, prefix)
    },
    Key("include", { joined($0.include) }) { (settings, value) throws(SettingProblem) in
      settings.include = try each(value, prefix)
    },
    Key("allow", { joined($0.allow) }) { (settings, value) throws(SettingProblem) in
      settings.allow = try each(value, prefix)
    },
    Key("files-per-job", { $0.filesPerJob.map { "\($0)" } ?? "auto" }) {
      (settings, value) throws(SettingProblem) in
      settings.filesPerJob = value == "auto" ? nil : try SettingValue.number(value, in: 1...10_000_000)
    },
    Key("max-files", { $0.maxFiles.map { "\($0)" } }) { (settings, value) throws(SettingProblem) in
      settings.maxFiles = try SettingValue.number(value, in: 1...1_000_000_000)
    },
    decimal("max-age-hours", \.maxAgeHours, 0.1...8784),
    decimal("protected-max-age-hours", \.protectedMaxAgeHours, 0.1...8784),
    decimal("max-fraction", \.maxFraction, 0...1),
    decimal("max-growth", \.maxGrowth, 1...1_000_000),
    number("approval-files", \.approvalFiles, 0...1_000_000_000),
    number("max-rounds", \.maxRounds, 1...100),
    decimal("max-campaign-hours", \.maxCampaignHours, 1...8784),
    decimal("min-deleted-fraction", \.minDeletedFraction, 0...1),
    number("probe-files", \.probeFiles, 1...10_000),
    number("jobs-in-flight", \.jobsInFlight, 1...1_000_000),
    number("files-in-flight", \.filesInFlight, 1...1_000_000_000),
    Key("storage-host", \.storageHost) { (settings, value) throws(SettingProblem) in
      settings.storageHost = try name(value)
    },
    number("files-per-day", \.filesPerDay, 1...1_000_000_000),
    decimal("keep-days", \.keepDays, 1...100_000),
    number("keep-campaigns", \.keepCampaigns, 1...100_000),
    Key("keep-gigabytes", { $0.keepGigabytes.map(text) }) { (settings, value) throws(SettingProblem) in
      settings.keepGigabytes = try SettingValue.decimal(value, in: 0.001...1_000_000)
    },
    Key("window", { $0.window?.text }) { (settings, value) throws(SettingProblem) in
      settings.window = try TimeWindow(value)
    },
    Key("schedd", \.target.schedd) { (settings, value) throws(SettingProblem) in
      settings.target.schedd = try name(value)
    },
    Key("pool", \.target.pool) { (settings, value) throws(SettingProblem) in
      settings.target.pool = try name(value)
    },
    Key("spool", { $0.target.spool ? "yes" : "no" }) { (settings, value) throws(SettingProblem) in
      settings.target.spool = try SettingValue.flag(value)
    },
    Key("ce", \.target.ce) { (settings, value) throws(SettingProblem) in
      settings.target.ce = try name(value)
    },
    Key("grid-resource", \.target.gridResource) { (settings, value) throws(SettingProblem) in
      settings.target.gridResource = try name(value)
    },
  ]

  private static func number(
    _ name: String, _ path: any WritableKeyPath<RSESettings, Int> & Sendable, _ range: ClosedRange<Int>
  ) -> Key {
    Key(name, { "\($0[keyPath: path])" }) { (settings, value) throws(SettingProblem) in
      settings[keyPath: path] = try SettingValue.number(value, in: range)
    }
  }

  private static func decimal(
    _ name: String, _ path: any WritableKeyPath<RSESettings, Double> & Sendable, _ range: ClosedRange<Double>
  ) -> Key {
    Key(name, { text(of: $0[keyPath: path]) }) { (settings, value) throws(SettingProblem) in
      settings[keyPath: path] = try SettingValue.decimal(value, in: range)
    }
  }

  /// `72` and not `72.0`.
  private static func text(of number: Double) -> String {
    Int(exactly: number).map { "\($0)" } ?? "\(number)"
  }

  private static func joined(_ parts: [String]) -> String? {
    parts.isEmpty ? nil : parts.joined(separator: " ")
  }

  private static func each<Value>(
    _ text: String, _ read: (String) throws(SettingProblem) -> Value
  ) throws(SettingProblem) -> [Value] {
    var values: [Value] = []
    for word in SettingValue.parts(text) { values.append(try read(word)) }
    return values
  }

  /// A URL or an absolute path: a cycle is started from anywhere.
  private static func location(_ text: String) throws(SettingProblem) -> String {
    guard HTTPURL.isMeant(by: text) || text.hasPrefix("/") else {
      throw SettingProblem("\"\(text)\" is neither a URL nor an absolute path")
    }
    return text
  }

  private static func prefix(_ text: String) throws(SettingProblem) -> String {
    guard AllowedRoots([text]) != nil else {
      throw SettingProblem("\"\(text)\" is no absolute path such as /store/unmerged/Run2026A")
    }
    return text
  }

  private static func acceptance(_ text: String) throws(SettingProblem) -> Acceptance {
    try Acceptance.named(text, of: Acceptance.ofCycle)
  }

  /// What is handed to HTCondor's tools as an argument.
  private static func name(_ text: String) throws(SettingProblem) -> String {
    guard !text.hasPrefix("-") else { throw SettingProblem("\"\(text)\" names nothing") }
    return text
  }
}
