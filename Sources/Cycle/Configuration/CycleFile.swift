import ByteStreams
import Campaign
import FoundationEssentials
import HTTPTransport

/// A configuration file of the cycle: `[cycle]`, and the sections that say what holds for an RSE.
///
/// From the least to the most specific: `[job]`, `[site]`, `[rse PATTERN]` with fewer literal characters before those with
/// more, `[site NAME]`, `[rse NAME]`. A later one overrides the keys that it has.
package struct CycleFile: Sendable {
  /// What holds for an RSE, and where it was said.
  package struct Effective: Sendable, Equatable {
    /// The RSE.
    package var rse: String
    /// All of it.
    package var settings: RSESettings
    /// A key with the section that its value is of.
    package struct Origin: Sendable, Equatable {
      package var key: String
      package var value: String
      /// The section, `[rse T2_US_*]`; nil for a default.
      package var section: String?
      /// Its line in the file; nil for a default.
      package var line: Int?

      /// The value, and of the URLs in it no more than can't be a secret: for those who only watch.
      package var shown: String {
        SettingValue.parts(value).map { word in
          guard HTTPURL.isMeant(by: word) else { return word }
          return (try? HTTPURL(word)).map { "\($0)" } ?? "?"
        }.joined(separator: " ")
      }
    }
    /// First the keys of the cycle, each of them, then those of jobs that are set.
    package var origins: [Origin]
    /// Why there is no site, where somebody was asked for it.
    package var siteProblem: String?
    /// Whether Rucio lets files be deleted there; nil: it is not asked, or has not said for long.
    package var mayDelete: Bool?
    /// Whether Rucio is asked.
    package var asksRucio = false
    /// Whether it is among the RSEs of the configuration; else only the campaign that is at work is followed.
    package var isNamed = true
  }

  /// The file, for messages.
  package let name: String
  /// `[cycle]`.
  package private(set) var cycle = CycleSettings()
  /// What Rucio and CRIC have said.
  package private(set) var fleet = Fleet()
  /// When it is asked whether that still holds.
  private var now = Date.distantFuture
  private let file: INIFile
  private var sections: [INIFile.Section] = []

  /// Reads a file. Throws ``CampaignError`` with the exit code of a bad configuration, or of a missing file.
  package init(path: String) throws {
    let bytes: [UInt8]
    do {
      bytes = try FileSource.contents(of: path, limit: 1 << 20)
    } catch {
      throw CampaignError(.noInput, "\(error)")
    }
    try self.init(bytes, name: path)
  }

  /// Reads a text. The whole of it is checked, for whichever RSE it is.
  package init(_ bytes: [UInt8], name: String) throws {
    self.name = name
    do {
      file = try INIFile(bytes, name: name)
      try check()
    } catch let error as CampaignError {
      throw CampaignError(.badSiteConfig, error.description)
    }
  }

  private mutating func check() throws {
    var seen: [String: Int] = [:]
    for section in file.sections {
      if let line = seen[section.title] {
        throw file.error(section.line, "\(section.title) was begun in line \(line)")
      }
      seen[section.title] = section.line
      switch (section.name, section.argument) {
      case ("cycle", nil):
        for entry in section.entries {
          try doing(entry) { () throws(SettingProblem) in try cycle.apply(entry) }
        }
      case ("job", nil), ("site", _): sections.append(section)
      case ("rse", .some(let pattern)):
        do throws(SettingProblem) { try Self.checkName(pattern, isPattern: true) } catch {
          throw file.error(section.line, "\(section.title): \(error.text)")
        }
        sections.append(section)
      default:
        throw file.error(
          section.line,
          "\(section.title) is not known; there are [cycle], [job], [site], [site NAME], [rse PATTERN] and [rse NAME]"
        )
      }
    }
    for section in sections {
      var trial = RSESettings()
      var ordered = section.entries.filter { $0.key == "oauth-services" }
      ordered += section.entries.filter { $0.key != "oauth-services" }
      for entry in ordered {
        // What the services are may stand in another section.
        if entry.key.hasPrefix("oauth-permissions.") || entry.key.hasPrefix("oauth-resource.") { continue }
        try apply(entry, in: section, to: &trial)
      }
      try checkTarget(trial) { key in section.entries.first { $0.key == key } }
    }
    if (cycle.rucio == nil) != (cycle.expression == nil) {
      throw CampaignError(.badSiteConfig, "\(name): [cycle] rucio and expression belong together")
    }
    guard !cycle.state.isEmpty else {
      throw CampaignError(
        .badSiteConfig, "\(name): [cycle] has no \"state\", the directory that the cycle keeps everything in")
    }
    for rse in rses { _ = try effective(rse) }
  }

  /// The same with what Rucio and CRIC have said, as far as it holds now.
  package func with(_ fleet: Fleet, now: Date) -> CycleFile {
    var file = self
    (file.fleet, file.now) = (fleet, now)
    return file
  }

  /// The RSEs that are named, in `[cycle] rses` or by a section of their own, and those of Rucio's expression; sorted.
  package var rses: [String] {
    let own = sections.filter { $0.name == "rse" }.compactMap(\.argument).filter { !$0.contains("*") }
    let expressed = cycle.expression != nil && cycle.rucio != nil ? fleet.rses : []
    return Set(own + cycle.rses + expressed).subtracting(cycle.excluded).sorted()
  }

  /// These, and those that are not among them any more and have a campaign at work, which is followed to its end; sorted.
  package var followed: [String] {
    let (named, directory) = (Set(rses), StateDirectory(cycle.state))
    let dropped = directory.known.filter { rse in
      !named.contains(rse) && ((try? RSEHistory.state(directory.rse(rse))) ?? nil)?.campaign != nil
    }
    return named.union(dropped).sorted()
  }

  /// What holds for an RSE. Throws ``CampaignError``.
  package func effective(_ rse: String) throws -> Effective {
    let general = layers(rse)
    // The site has to be known before its own section is.
    var site: String?
    for section in general { site = section.entries.last { $0.key == "site" }?.value ?? site }
    let own = general.filter { $0.name == "rse" && $0.argument == rse }
    let ofSite = sections.filter { $0.name == "site" && $0.argument != nil && $0.argument == site }
    let all = general.filter { !($0.name == "rse" && $0.argument == rse) } + ofSite + own

    var values: [String: (section: INIFile.Section, entry: INIFile.Entry)] = [:]
    var order: [String] = []
    for section in all {
      for entry in section.entries {
        if values[entry.key] == nil { order.append(entry.key) }
        values[entry.key] = (section, entry)
      }
    }
    // The services before what is said of them.
    order = order.filter { $0 == "oauth-services" } + order.filter { $0 != "oauth-services" }
    var result = Effective(rse: rse, settings: RSESettings(), origins: [])
    for key in order {
      guard let (section, entry) = values[key] else { continue }
      try apply(entry, in: section, to: &result.settings)
      guard RSEKey.named(key) == nil else { continue }
      result.origins.append(.init(key: key, value: entry.value, section: section.title, line: entry.line))
    }
    try checkTarget(result.settings) { values[$0]?.entry }
    if cycle.rucio != nil, cycle.expression != nil {
      result.asksRucio = true
      result.mayDelete = fleet.mayDelete(rse, now: now)
    }
    let asksCRIC = result.settings.site == nil && cycle.cric != nil
    if asksCRIC { (result.settings.site, result.siteProblem) = fleet.site(of: rse) }
    let cycles = RSEKey.all.compactMap { key -> Effective.Origin? in
      let set = values[key.name]
      guard let value = set?.entry.value ?? key.text(result.settings) else { return nil }
      let other = asksCRIC && key.name == "site" ? "CRIC" : nil
      return .init(key: key.name, value: value, section: set?.section.title ?? other, line: set?.entry.line)
    }
    result.origins = cycles + result.origins
    return result
  }

  /// `[job]`, `[site]`, and the sections for RSEs that fit, the least specific first.
  private func layers(_ rse: String) -> [INIFile.Section] {
    let fitting = sections.filter { $0.name == "rse" && RSEPattern.matches($0.argument ?? "", rse) }
    return sections.filter { $0.name == "job" }
      + sections.filter { $0.name == "site" && $0.argument == nil }
      + fitting.sorted {
        (RSEPattern.weight($0.argument ?? ""), $0.line) < (RSEPattern.weight($1.argument ?? ""), $1.line)
      }
  }

  private func apply(_ entry: INIFile.Entry, in section: INIFile.Section, to settings: inout RSESettings)
    throws
  {
    try doing(entry) { () throws(SettingProblem) in
      guard let key = RSEKey.named(entry.key), section.name == "rse" else {
        if RSEKey.named(entry.key) != nil {
          throw SettingProblem("it belongs into [rse PATTERN] or [rse NAME]")
        }
        return try settings.job.apply(entry, isSite: section.name != "job")
      }
      guard !entry.value.isEmpty else {
        throw SettingProblem("it has no value; remove the line or give it one")
      }
      try key.set(&settings, entry.value)
    }
  }

  /// Refuses two ways for jobs to go.
  private func checkTarget(_ settings: RSESettings, _ entry: (String) -> INIFile.Entry?) throws {
    guard settings.target.ce != nil, settings.target.gridResource != nil, let ce = entry("ce"),
      let grid = entry("grid-resource")
    else { return }
    throw file.error(
      max(ce.line, grid.line),
      "ce and grid-resource exclude each other, and the other one is in line \(min(ce.line, grid.line)): remove one"
    )
  }

  private func doing(_ entry: INIFile.Entry, _ body: () throws(SettingProblem) -> Void) throws {
    do throws(SettingProblem) { try body() } catch {
      throw file.error(entry.line, "\(entry.key): \(error.text)")
    }
  }

  static func checkName(_ name: String, isPattern: Bool = false) throws(SettingProblem) {
    let plain = isPattern ? name.filter { $0 != "*" } : name
    guard name.utf8.count <= 200, plain.isEmpty ? isPattern : PlainName.isOne(plain) else {
      throw SettingProblem("\"\(name)\" is no name of an RSE")
    }
  }
}

extension CycleFile.Effective {
  /// A configuration for the campaigns of the RSE: the keys of jobs, as one `[site]`.
  package var campaignConfiguration: [UInt8] {
    var text = "# What holds for the jobs of \(rse); the cycle writes it.\n[site]\n"
    for origin in origins where RSEKey.named(origin.key) == nil {
      text += "\(origin.key) = \(origin.value)\n"
    }
    return Array(text.utf8)
  }

  /// A digest of everything that holds: it changes when a person changes something.
  package var digest: String {
    guard let digest = SHA256() else { return "" }
    for origin in origins { digest.add(Array("\(origin.key) = \(origin.value)\n".utf8)) }
    return digest.finish()
  }
}

/// A name with `*` for anything.
enum RSEPattern {
  /// Whether a name fits.
  static func matches(_ pattern: String, _ name: String) -> Bool {
    let parts = pattern.split(separator: "*", omittingEmptySubsequences: false)
    guard parts.count > 1, let first = parts.first, let last = parts.last else { return pattern == name }
    guard name.hasPrefix(first), name.hasSuffix(last), name.utf8.count >= first.utf8.count + last.utf8.count
    else { return false }
    var rest = name.dropFirst(first.count).dropLast(last.count)
    for part in parts.dropFirst().dropLast() where !part.isEmpty {
      guard let found = rest.firstRange(of: part) else { return false }
      rest = rest[found.upperBound...]
    }
    return true
  }

  /// How specific it is: a name is more so than any pattern, a pattern the more literal characters it has.
  static func weight(_ pattern: String) -> Int {
    pattern.contains("*") ? pattern.utf8.count { $0 != UInt8(ascii: "*") } : .max
  }
}
