import Campaign
import DeletionModel
import FoundationEssentials

/// `fleet.json`, `swab.cycle-fleet/1`: what Rucio and CRIC have said of RSEs and sites. It is kept, so that a pass goes on where one
/// of them does not answer.
package struct Fleet: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.cycle-fleet/1"

  package var schema = Fleet.schema
  /// The RSEs of the expression.
  package var rses: [String] = []
  /// Those of all RSEs where nothing may be deleted (`availability_delete`).
  package var unavailable: [String] = []
  /// When Rucio said so. ISO 8601.
  package var rsesRead: String?
  /// The expression that ``rses`` are of.
  package var expression: String?
  /// The sites whose jobs work with an RSE.
  package var sites: [String: [String]] = [:]
  /// When CRIC said so. ISO 8601.
  package var sitesRead: String?

  package init() {}

  /// For so long it is believed whether files may be deleted, in hours.
  static let trust = 24.0

  /// Reads what was kept; an empty one where there is nothing, or nothing that can be read.
  package static func read(_ directory: StateDirectory) -> Fleet {
    (try? CampaignFiles.read(directory.fleet, schema)) ?? Fleet()
  }

  /// The site whose jobs delete from an RSE, or why that can't be told.
  ///
  /// Of several it is the one that has the RSE's name, but for `_Disk`.
  func site(of rse: String) -> (name: String?, problem: String?) {
    let found = sites[rse] ?? []
    if found.count == 1 { return (found[0], nil) }
    let own = rse.hasSuffix("_Disk") ? String(rse.dropLast(5)) : rse
    if found.contains(own) { return (own, nil) }
    guard !found.isEmpty else { return (nil, sitesRead == nil ? nil : "CRIC knows no site for it") }
    return (nil, "CRIC has several sites for it: \(found.joined(separator: ", "))")
  }

  /// Whether files may be deleted there, as Rucio said within ``trust``; nil where that is not known.
  func mayDelete(_ rse: String, now: Date) -> Bool? {
    guard let read = rsesRead.flatMap({ try? Date($0, strategy: .iso8601) }),
      now.timeIntervalSince(read) < Self.trust * 3600, read.isPast(at: now)
    else { return nil }
    return !unavailable.contains(rse)
  }
}

/// Asks Rucio and CRIC before a pass.
package struct FleetSurvey: Sendable {
  private let settings: CycleSettings
  private let directory: StateDirectory
  private let environment: [String: String]

  package init(_ file: CycleFile, environment: [String: String]) {
    (settings, directory) = (file.cycle, StateDirectory(file.cycle.state))
    self.environment = environment
  }

  /// How long each of them may take, in seconds.
  private static let limit = 60.0

  /// Asks those that are configured, both at the same time, and keeps what they say.
  ///
  /// - Parameters:
  ///   - keeping: whether it is written down.
  ///   - stop: once it is set, nobody is waited for any more.
  ///   - limit: how long each of them may take, in seconds.
  /// - Returns: what holds, and who gave no answer, a line each.
  package func update(
    now: Date, keeping: Bool, stop: StopSignal = StopSignal(), limit: Double = Self.limit
  ) async -> (fleet: Fleet, problems: [String]) {
    var fleet = Fleet.read(directory)
    var problems: [String] = []
    let settings = settings
    async let rucio = ask(settings.rucio, limit, stop) { base, web in
      try RucioClient(base, settings, web).rses(settings.expression ?? "")
    }
    async let cric = ask(settings.cric, limit, stop) { base, web in try CRICSites.read(from: base, web) }
    switch await rucio {
    case .success(let rses):
      (fleet.rses, fleet.unavailable) = (rses.names, rses.unavailable)
      (fleet.rsesRead, fleet.expression) = (now.formatted(.iso8601), settings.expression)
    case .failure(let error):
      problems.append("\(error); going by what Rucio said at \(fleet.rsesRead ?? "no time")")
    case nil: break
    }
    // RSEs of another expression are none of ours.
    if settings.rucio != nil, fleet.expression != settings.expression { fleet.rses = [] }
    switch await cric {
    case .success(let sites): (fleet.sites, fleet.sitesRead) = (sites, now.formatted(.iso8601))
    case .failure(let error):
      problems.append("\(error); going by what CRIC said at \(fleet.sitesRead ?? "no time")")
    case nil: break
    }
    if keeping, settings.rucio != nil || settings.cric != nil {
      do { try CampaignFiles.write(fleet, to: directory.fleet) } catch { problems.append("\(error)") }
    }
    return (fleet, problems)
  }

  /// Asks one of them; nil where it is not configured.
  private func ask<Value: Sendable>(
    _ base: String?, _ limit: Double, _ outer: StopSignal,
    _ body: @escaping @Sendable (String, HTTPListClient) throws -> Value
  ) async -> Result<Value, any Error>? {
    guard let base else { return nil }
    let environment = environment
    let late = CampaignError(.unavailable, "\(base): no answer within \(Int(limit.rounded(.up))) s")
    let answer = await BoundedWork.run(seconds: limit, unless: outer) { stop in
      do {
        return try body(base, HTTPListClient(environment: environment, stop: stop))
      } catch  where stop.reason == .deadline {
        throw late
      }
    }
    return answer ?? .failure(late)
  }
}
