import Campaign
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
      now.timeIntervalSince(read) < Self.trust * 3600
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

  /// Asks those that are configured, and keeps what they say.
  ///
  /// - Parameter keeping: whether it is written down.
  /// - Returns: what holds, and who gave no answer, a line each.
  package func update(now: Date, keeping: Bool) async -> (fleet: Fleet, problems: [String]) {
    var fleet = Fleet.read(directory)
    var problems: [String] = []
    let (settings, environment) = (settings, environment)
    if let rucio = settings.rucio, let expression = settings.expression {
      let answer = await BoundedWork.run(seconds: Self.limit) { stop in
        let client = RucioClient(rucio, settings, HTTPListClient(environment: environment, stop: stop))
        return try client.rses(expression)
      }
      switch answer {
      case .success(let rses):
        (fleet.rses, fleet.unavailable) = (rses.names, rses.unavailable)
        (fleet.rsesRead, fleet.expression) = (now.formatted(.iso8601), expression)
      case .failure(let error):
        problems.append("\(error); going by what Rucio said at \(fleet.rsesRead ?? "no time")")
      case nil:
        problems.append("\(rucio): no answer; going by what Rucio said at \(fleet.rsesRead ?? "no time")")
      }
      // RSEs of another expression are none of ours.
      if fleet.expression != expression { fleet.rses = [] }
    }
    if let cric = settings.cric {
      let answer = await BoundedWork.run(seconds: Self.limit) { stop in
        try CRICSites.read(from: cric, HTTPListClient(environment: environment, stop: stop))
      }
      switch answer {
      case .success(let sites): (fleet.sites, fleet.sitesRead) = (sites, now.formatted(.iso8601))
      case .failure(let error):
        problems.append("\(error); going by what CRIC said at \(fleet.sitesRead ?? "no time")")
      case nil:
        problems.append("\(cric): no answer; going by what CRIC said at \(fleet.sitesRead ?? "no time")")
      }
    }
    if keeping, settings.rucio != nil || settings.cric != nil {
      do { try CampaignFiles.write(fleet, to: directory.fleet) } catch { problems.append("\(error)") }
    }
    return (fleet, problems)
  }
}
