import Campaign
import HTTPTransport

/// The section `[cycle]`.
package struct CycleSettings: Sendable, Equatable {
  /// `state`: the directory of everything, absolute.
  package var state = ""
  /// `rses`: RSEs beside those that have a section of their own.
  package var rses: [String] = []
  /// `parallel-rses`: how many are worked on at the same time.
  package var parallelRSEs = 20
  /// `step-minutes`: how long one RSE may take in a pass.
  package var stepMinutes = 60
  /// `jobs-in-flight`: the most jobs of all RSEs in the queues.
  package var jobsInFlight = 500
  /// `jobs-per-schedd`: the most of them at one schedd; 0: no such bound.
  package var jobsPerSchedd = 0
  /// `jobs-per-storage-host`: the most of them at one storage; 0: no such bound.
  package var jobsPerHost = 0
  /// `files-in-flight`: the most files of jobs in the queues.
  package var filesInFlight = 50_000_000
  /// `files-per-day`: the most files that are submitted in 24 hours.
  package var filesPerDay = 20_000_000
  /// `schedds`: those that are asked for living jobs of an RSE beside the one that gets new ones.
  package var schedds: [String] = []
  /// `expect-hours`: in how many hours the next pass is expected at the latest.
  package var expectHours = 8.0

  /// `alertmanager`: the bases of Alertmanagers, all of which are told.
  package var alertmanagers: [String] = []
  /// `pushgateway`: the base of a Prometheus Pushgateway.
  package var pushgateway: String?
  /// `monit`: the URL of an HTTP producer of MONIT's, with the producer's name in it.
  package var monit: String?
  /// `monit-producer`: what the records call whoever sends them.
  package var monitProducer = "cmswmcore"
  /// `monit-password-file`: a file with the line `USER:PASSWORD`.
  package var monitPasswordFile: String?

  /// `rucio`: the base of a Rucio server that is asked for RSEs.
  package var rucio: String?
  /// `rucio-auth`: that of its authentication server, where it is another one.
  package var rucioAuth: String?
  /// `rucio-account`.
  package var rucioAccount: String?
  /// `rucio-token`: a file with a token, instead of asking for one.
  package var rucioToken: String?
  /// `expression`: which RSEs of Rucio's.
  package var expression: String?
  /// `exclude-rses`: which of them not.
  package var excluded: [String] = []
  /// `cric`: the base of a CRIC that is asked for sites.
  package var cric: String?

  package init() {}

  /// The names of its keys.
  static var names: [String] { keys.keys.sorted() }

  private typealias Setter = @Sendable (inout CycleSettings, String) throws(SettingProblem) -> Void

  mutating func apply(_ entry: INIFile.Entry) throws(SettingProblem) {
    guard let setter = Self.keys[entry.key] else {
      throw SettingProblem(
        "this key is not known; there are \(Self.keys.keys.sorted().joined(separator: ", "))")
    }
    guard !entry.value.isEmpty else {
      throw SettingProblem("it has no value; remove the line or give it one")
    }
    try setter(&self, entry.value)
  }

  private static let keys: [String: Setter] = [
    "state": { (settings, value) throws(SettingProblem) in
      guard value.hasPrefix("/"), value.utf8.count > 1, !value.contains("$") else {
        throw SettingProblem(
          "\"\(value)\" is no absolute path, or has a \"$\" in it, which HTCondor would replace")
      }
      settings.state = value.hasSuffix("/") ? String(value.dropLast()) : value
    },
    "rses": { (settings, value) throws(SettingProblem) in
      settings.rses = SettingValue.parts(value)
      for rse in settings.rses { try CycleFile.checkName(rse) }
    },
    "parallel-rses": number(\.parallelRSEs, 1...200),
    "step-minutes": number(\.stepMinutes, 1...1440),
    "jobs-in-flight": number(\.jobsInFlight, 1...1_000_000),
    "jobs-per-schedd": number(\.jobsPerSchedd, 0...1_000_000),
    "jobs-per-storage-host": number(\.jobsPerHost, 0...1_000_000),
    "files-in-flight": number(\.filesInFlight, 1...1_000_000_000),
    "files-per-day": number(\.filesPerDay, 1...1_000_000_000),
    "schedds": { (settings, value) throws(SettingProblem) in
      settings.schedds = SettingValue.parts(value)
      if let wrong = settings.schedds.first(where: { $0.hasPrefix("-") }) {
        throw SettingProblem("\"\(wrong)\" names no schedd")
      }
    },
    "alertmanager": { (settings, value) throws(SettingProblem) in
      settings.alertmanagers = SettingValue.parts(value)
      for url in settings.alertmanagers { try checkURL(url) }
    },
    "rucio": secureURL(\.rucio), "rucio-auth": secureURL(\.rucioAuth), "cric": secureURL(\.cric),
    "rucio-account": { (settings, value) throws(SettingProblem) in
      guard PlainName.isOne(value) else { throw SettingProblem("\"\(value)\" is no name of an account") }
      settings.rucioAccount = value
    },
    "rucio-token": absolutePath(\.rucioToken),
    "expression": { (settings, value) throws(SettingProblem) in settings.expression = value },
    "exclude-rses": { (settings, value) throws(SettingProblem) in
      settings.excluded = SettingValue.parts(value)
      for rse in settings.excluded { try CycleFile.checkName(rse) }
    },
    "pushgateway": { (settings, value) throws(SettingProblem) in
      try checkURL(value)
      settings.pushgateway = value
    },
    "monit": secureURL(\.monit),
    "monit-producer": { (settings, value) throws(SettingProblem) in
      guard PlainName.isOne(value) else { throw SettingProblem("\"\(value)\" is no name of a producer") }
      settings.monitProducer = value
    },
    "monit-password-file": absolutePath(\.monitPasswordFile),
    "expect-hours": { (settings, value) throws(SettingProblem) in
      settings.expectHours = try SettingValue.decimal(value, in: 0.1...8784)
    },
  ]

  private static func absolutePath(_ path: any WritableKeyPath<CycleSettings, String?> & Sendable) -> Setter {
    { (settings, value) throws(SettingProblem) in
      guard value.hasPrefix("/") else { throw SettingProblem("\"\(value)\" is no absolute path") }
      settings[keyPath: path] = value
    }
  }

  /// A server that is shown a token or a password: over TLS, or on this machine.
  private static func secureURL(_ path: any WritableKeyPath<CycleSettings, String?> & Sendable) -> Setter {
    { (settings, value) throws(SettingProblem) in
      try checkURL(value)
      guard HTTPURL.isSecure(value) || value.hasPrefix("http://127.0.0.1:") else {
        throw SettingProblem("\(value): without TLS anybody on the way can read what it is shown: use https")
      }
      settings[keyPath: path] = value
    }
  }

  private static func checkURL(_ text: String) throws(SettingProblem) {
    do throws(HTTPURL.ParseError) {
      _ = try HTTPURL(text)
    } catch {
      throw SettingProblem(error.text)
    }
  }

  private static func number(
    _ path: any WritableKeyPath<CycleSettings, Int> & Sendable, _ range: ClosedRange<Int>
  ) -> Setter {
    { (settings, value) throws(SettingProblem) in
      settings[keyPath: path] = try SettingValue.number(value, in: range)
    }
  }
}
