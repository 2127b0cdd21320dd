import CommandSupport
import Cycle
import DeletionModel

/// What the commands of the cycle show a person.
enum CycleText {
  /// How RSEs stand: a line each, and the sums.
  static func lines(_ status: CycleStatus, only: [String]? = nil) -> [String] {
    let rows = status.rows.filter { only?.contains($0.state.rse) ?? true }
    let table = rows.map { row -> [String] in
      let age = row.scanAgeHours.map { "\(Int($0)) h" } ?? "-"
      let gone = row.campaign.map { "\($0.gone)" } ?? "-"
      let left = row.campaign.map { "\(max(0, $0.files - $0.gone))" } ?? "-"
      let why = (row.needsPerson ? "! " : "") + row.state.reason.text + detail(row.state.detail)
      let freed = row.freed.week.bytes > 0 ? row.freed.week.text : "-"
      return [
        row.state.rse, row.state.phase.rawValue, age, gone, left, "\(row.deleted.week)", freed, why,
      ]
    }
    let sums = status.phases.map { "\($0.count) \($0.phase.rawValue)" }.joined(separator: ", ")
    return TextTable.lines(
      [["RSE", "phase", "scan", "gone", "left", "deleted in 7 d", "freed in 7 d", "why"]] + table)
      + ["", sums.isEmpty ? "no RSE" : sums]
  }

  /// What holds for an RSE, and from where.
  static func lines(_ effective: CycleFile.Effective) -> [String] {
    let rows = effective.origins.map {
      [$0.key, $0.value, $0.section ?? "default", $0.line.map { "line \($0)" } ?? ""]
    }
    return TextTable.lines([["key", "value", "section", ""]] + rows)
  }

  private static func detail(_ text: String?) -> String {
    text.map { ": \(MessageText.oneLine($0, limit: 200))" } ?? ""
  }
}
