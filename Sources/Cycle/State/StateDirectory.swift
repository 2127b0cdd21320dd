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
/// STATE/monit.json             which campaigns MONIT has the records of
/// STATE/rses/NAME/state.json   see ``RSEState``
/// STATE/rses/NAME/index.html   the page of the RSE
/// STATE/rses/NAME/history.jsonl   see ``RSEHistory``
/// STATE/rses/NAME/lease.json   whose pass works on the RSE: see ``RSELease``
/// STATE/rses/NAME/frozen.json, approved.json   what a person has decided: see ``PersonFile``
/// STATE/rses/NAME/leftovers.json, leftovers.gz   what is never cleaned: see ``Leftovers``
/// STATE/rses/NAME/config.ini   what holds for the jobs of the RSE
/// STATE/rses/NAME/campaigns/   a directory for each campaign: NAME-RUN, or of a trial NAME-RUN.probe-TIME
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
  /// See ``MonitNotifier``.
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
