import ByteStreams
import Campaign
import FoundationEssentials

/// Where everything of a cycle is. A person can read it, and nothing of a cycle is anywhere else.
///
/// ```
/// STATE/cycle.lock             held by the pass that is at work
/// STATE/status.json            how every RSE stands: see ``CycleStatus``
/// STATE/index.html             the page of all RSEs
/// STATE/metrics.prom           the metrics of all RSEs, as OpenMetrics text
/// STATE/fleet.json             what Rucio and CRIC have said
/// STATE/alerts.json            which alerts are out
/// STATE/monit.json             which campaigns MONIT was told of
/// STATE/rses/NAME/state.json   see ``RSEState``
/// STATE/rses/NAME/index.html   the page of the RSE
/// STATE/rses/NAME/history.jsonl   see ``RSEHistory``
/// STATE/rses/NAME/lease.json   whose pass works on the RSE: see ``RSELease``
/// STATE/rses/NAME/frozen.json, approved.json   what a person has said: see ``PersonFile``
/// STATE/rses/NAME/leftovers.json, leftovers.gz   what is never cleaned: see ``Leftovers``
/// STATE/rses/NAME/config.ini   what holds for the jobs of the RSE
/// STATE/rses/NAME/campaigns/   a directory for each campaign: NAME-RUN
/// ```
package struct StateDirectory: Sendable, Equatable {
  /// Absolute, without a slash at its end.
  package var path: String

  package init(_ path: String) { self.path = path }

  /// Kept by one pass at a time on one machine.
  package var lock: String { path + "/cycle.lock" }
  /// `swab.cycle-status/1`.
  package var status: String { path + "/status.json" }
  /// The page of all RSEs.
  package var page: String { path + "/index.html" }
  /// See ``Fleet``.
  package var fleet: String { path + "/fleet.json" }
  /// The alerts that are out: see ``CycleAlerts``.
  package var alerts: String { path + "/alerts.json" }
  /// See ``MonitTelling``.
  package var monit: String { path + "/monit.json" }
  /// OpenMetrics text.
  package var metrics: String { path + "/metrics.prom" }

  /// What belongs to an RSE.
  package func rse(_ name: String) -> RSEDirectory { RSEDirectory(name: name, path: "\(path)/rses/\(name)") }

  /// The RSEs that there is something of.
  package var known: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: path + "/rses")) ?? []).filter(PlainName.isOne)
      .sorted()
  }
}

/// What belongs to an RSE: see ``StateDirectory``.
package struct RSEDirectory: Sendable, Equatable {
  /// The RSE.
  package var name: String
  package var path: String

  package var state: String { path + "/state.json" }
  package var history: String { path + "/history.jsonl" }
  package var lease: String { path + "/lease.json" }
  package var frozen: String { path + "/frozen.json" }
  package var approved: String { path + "/approved.json" }
  package var configuration: String { path + "/config.ini" }
  package var page: String { path + "/index.html" }
  /// See ``Leftovers``.
  package var leftovers: String { path + "/leftovers.gz" }
  package var leftoverSums: String { path + "/leftovers.json" }
  package var campaigns: String { path + "/campaigns" }

  /// A campaign's directory.
  package func campaign(_ id: String) -> CampaignDirectory { CampaignDirectory("\(campaigns)/\(id)") }

  /// The name of the campaign for a scan: with the scan's own name in it, so that no scan has two.
  package func campaignID(run: String) -> String {
    let plain = String(
      decoding: run.utf8.map { PlainName.isAllowed($0) ? $0 : UInt8(ascii: "-") }, as: UTF8.self)
    return "\(name)-\(plain)"
  }

  /// Makes the directory. Throws ``CampaignError``.
  package func make() throws {
    do {
      try FileManager.default.createDirectory(atPath: campaigns, withIntermediateDirectories: true)
    } catch {
      throw CampaignError(.cannotReport, "\(campaigns) cannot be made: \(error)")
    }
  }

  /// Removes what processes that were killed have left in it and in its campaigns.
  func removeLeftBehind(now: Date) {
    LeftBehind.remove(in: path, now: now)
    // The next plan is for another scan, and so for another name.
    PartialDirectory.removeLeftBehind(in: campaigns) { $0.contains(PartialDirectory.mark) }
    for id in campaignNames { LeftBehind.remove(from: campaign(id), now: now) }
  }

  /// The directories that could be campaigns.
  private var campaignNames: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: campaigns)) ?? []).filter {
      !$0.contains(PartialDirectory.mark)
    }
  }

  /// The campaigns that there are, the newest last; what is no campaign is passed over.
  package var plannedCampaigns: [(id: String, manifest: CampaignManifest)] {
    campaignNames.compactMap { id in
      (try? CampaignFiles.manifest(campaign(id))).map { (id, $0) }
    }.sorted { ($0.manifest.created, $0.id) < ($1.manifest.created, $1.id) }
  }
}

/// What a person has said of an RSE, in a file of its own: a pass that is at work never writes over it.
package struct PersonFile: Sendable, Equatable, Codable {
  /// The value of `schema`.
  package static let schema = "swab.cycle-word/1"

  package var schema = PersonFile.schema
  /// When. ISO 8601.
  package var time: String
  /// Which user.
  package var user: String
  /// Why, if the person said so.
  package var reason: String?
  /// Of an approval: the campaign.
  package var campaign: String?

  package init(time: String, user: String, reason: String? = nil, campaign: String? = nil) {
    (self.time, self.user, self.reason, self.campaign) = (time, user, reason, campaign)
  }

  /// Reads one; nil where there is none. Throws ``CampaignError``.
  package static func read(_ path: String) throws -> PersonFile? {
    guard FileManager.default.fileExists(atPath: path) else { return nil }
    return try CampaignFiles.read(path, schema)
  }
}
