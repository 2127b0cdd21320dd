import ByteStreams
import FoundationEssentials

/// How all RSEs stand, in OpenMetrics text (openmetrics.io, 1.0): for the text collector of a node exporter, or a gateway.
///
/// Labels are `rse`, `site`, `phase`, `outcome`, `state` and `error_class` only, so that their number is bounded.
package enum CycleMetrics {
  private struct Family {
    var name: String
    var type: String
    var help: String
    var samples: [(suffix: String, labels: [(String, String)], value: String)] = []

    init(_ name: String, _ type: String, _ help: String) {
      (self.name, self.type, self.help) = (name, type, help)
    }

    mutating func add(_ labels: [(String, String)] = [], _ value: Int) {
      samples.append((type == "counter" ? "_total" : "", labels, "\(value)"))
    }

    mutating func add(_ labels: [(String, String)] = [], seconds: Double) {
      samples.append(("", labels, "\((seconds * 1000).rounded() / 1000)"))
    }
  }

  /// The text.
  ///
  /// - Parameters:
  ///   - seconds: how long the pass took.
  ///   - isOpenMetrics: whether it is OpenMetrics, or the older text of Prometheus, in which a counter is declared with the
  ///     end of its name and the text has no mark at its end.
  package static func text(_ status: CycleStatus, seconds: Double, isOpenMetrics: Bool = true) -> String {
    var text = ""
    for family in families(status, seconds) where !family.samples.isEmpty {
      let name = family.name + (isOpenMetrics ? "" : family.samples[0].suffix)
      text += "# HELP \(name) \(family.help)\n# TYPE \(name) \(family.type)\n"
      for sample in family.samples {
        let labels = sample.labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        text += "\(family.name)\(sample.suffix)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)\n"
      }
    }
    return text + (isOpenMetrics ? "# EOF\n" : "")
  }

  /// Writes `metrics.prom`. Throws `FileError`.
  package static func write(_ status: CycleStatus, seconds: Double, to directory: StateDirectory) throws {
    let bytes = Array(text(status, seconds: seconds).utf8)
    try AtomicFile.replace(directory.metrics, .own) { try $0.write(bytes) }
  }

  private static func families(_ status: CycleStatus, _ seconds: Double) -> [Family] {
    var finished = Family("swab_cycle_finished_timestamp_seconds", "gauge", "When the last pass ended.")
    finished.add(seconds: status.finished.timeIntervalSince1970)
    var expected = Family(
      "swab_cycle_expected_timestamp_seconds", "gauge", "When the next pass has to have ended.")
    expected.add(seconds: status.expected.timeIntervalSince1970)
    var duration = Family("swab_cycle_duration_seconds", "gauge", "How long the last pass took.")
    duration.add(seconds: seconds)
    var phases = Family("swab_rse_phase", "gauge", "1 for the phase that the RSE is in, 0 for the others.")
    var persons = Family("swab_rse_needs_person", "gauge", "1 where a person has to do something.")
    var ages = Family("swab_rse_scan_age_seconds", "gauge", "Since the newest scan began.")
    var listed = Family(
      "swab_rse_listed_files", "gauge", "Files in the list of the present or last campaign.")
    var left = Family(
      "swab_rse_left_files", "gauge", "Files of the present or last campaign that are not gone.")
    var flying = Family("swab_rse_files_in_flight", "gauge", "Files of jobs that have not ended.")
    var jobs = Family("swab_rse_jobs", "gauge", "Jobs of the present campaign by their state.")
    var files = Family("swab_rse_files", "counter", "Files by what has become of them, over all campaigns.")
    var freed = Family(
      "swab_rse_freed_bytes", "counter", "Bytes of deleted files whose size is known, over all campaigns.")
    var partial = Family(
      "swab_rse_freed_bytes_partial", "gauge", "1 where the size of deleted files is not known.")
    var campaigns = Family("swab_rse_campaigns", "counter", "Campaigns that are over.")
    var errors = Family(
      "swab_rse_worst_error", "gauge", "1 for the class of the most errors of the last campaign.")
    for row in status.rows {
      let state = row.state
      let labels = [("rse", state.rse), ("site", state.site ?? "")]
      for phase in Phase.allCases {
        phases.add(labels + [("phase", phase.rawValue)], phase == state.phase ? 1 : 0)
      }
      persons.add(labels, row.needsPerson ? 1 : 0)
      if let hours = row.scanAgeHours { ages.add(labels, seconds: hours * 3600) }
      if let campaign = row.campaign {
        listed.add(labels, campaign.listed)
        left.add(labels, max(0, campaign.files - campaign.gone))
        if let error = campaign.worstError { errors.add(labels + [("error_class", error)], 1) }
      }
      flying.add(labels, state.filesInFlight)
      for (name, count) in state.jobs.sorted(by: { $0.key < $1.key }) {
        jobs.add(labels + [("state", name)], count)
      }
      files.add(labels + [("outcome", "deleted")], state.totals.deleted)
      files.add(labels + [("outcome", "absent")], state.totals.absent)
      freed.add(labels, state.totals.freed.bytes)
      partial.add(labels, state.totals.freed.isPartial ? 1 : 0)
      campaigns.add(labels, state.totals.campaigns)
    }
    return [
      finished, expected, duration, phases, persons, ages, listed, left, flying, jobs, files, freed, partial,
      campaigns, errors,
    ]
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
  }
}
