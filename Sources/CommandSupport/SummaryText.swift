import DeletionModel
import JobReports

/// What `swab delete` and `swab report summary` show a person.
package enum SummaryText {
  /// Prints the sums of a run; as a note on standard error where the report itself is on standard output.
  package static func print(
    _ state: ReportState, _ header: ReportHeader, reportPath: String?, asNote: Bool = false
  ) {
    var lines = lines(state, header)
    if let reportPath { lines.append("report    \(reportPath)") }
    for line in lines {
      if asNote { Terminal.note(line) } else { Terminal.say(line) }
    }
  }

  /// The lines: storage by storage, the sums, the failures by kind, the warnings, the end.
  package static func lines(_ state: ReportState, _ header: ReportHeader) -> [String] {
    var lines = sums(state.totals, routes: header.routes)
    let counts = state.totals.counts
    if let directories = state.totals.directories {
      lines.append(
        "pruned    \(directories.removed) empty directories removed, \(directories.kept) kept, \(directories.failed) failed"
      )
    }
    let journal = header.job.journal
    let seconds = state.seconds + (journal?.earlierSeconds ?? 0)
    let rate = seconds > 0 ? Double(counts.gone) / seconds : 0
    lines.append("time      \(rounded(seconds)) s, \(rounded(rate)) files/s")
    if let journal, journal.runs > 1 {
      lines.append(
        "journal   \(oneLine(journal.file)): run \(journal.runs); \(journal.settledEarlier) files were settled before it"
      )
    }
    lines += failures(state.totals)
    for warning in state.warnings { lines.append("warning   \(oneLine(warning))") }
    lines.append("exit      \(state.exit.status.rawValue): \(oneLine(state.exit.reason))")
    return lines
  }

  /// Storage by storage, and the sums.
  package static func sums(_ totals: RunTotals, routes: [DeletionRoute.Description]) -> [String] {
    var lines: [String] = []
    for storage in totals.storage {
      let route = routes.indices.contains(storage.route) ? routes[storage.route] : nil
      let numbers = Outcome.allCases.filter { storage.counts[$0] > 0 }.map {
        "\(storage.counts[$0]) \($0.label)"
      }
      lines.append(
        "storage   \(route?.rse ?? "(no RSE)") by \(storage.backend) at \(storage.endpoint): \(numbers.joined(separator: ", "))"
      )
    }
    let counts = totals.counts
    lines.append(
      "files     \(counts.requested) requested: "
        + Outcome.allCases.map { "\(counts[$0]) \($0.label)" }.joined(separator: ", "))
    if counts[.deleted] > 0 { lines.append("freed     \(freed(totals.freed))") }
    return lines
  }

  /// What the deleted files took up.
  package static func freed(_ freed: FreedBytes) -> String {
    if !freed.isPartial { return freed.bytes < 1000 ? freed.text : "\(freed.text) (\(freed.bytes) bytes)" }
    return freed.bytes == 0
      ? "not known: the storage named no sizes"
      : "\(freed.text): the storage did not name the size of every file"
  }

  /// The failures by kind, each with an example of each code, and who was shown what where that was refused.
  package static func failures(_ totals: RunTotals) -> [String] {
    totals.failures.flatMap { failures in
      var lines = failures.examples.map { "".padded(to: 10) + "and " + text($0) }
      lines[0] = "\(failures.kind.padded(to: 9)) \(failures.count), such as \(text(failures.example))"
      return lines + (failures.kind == ErrorClass.auth.rawValue ? shown(totals) : [])
    }
  }

  private static func text(_ example: FileRecord) -> String {
    let (code, message) = (example.failure?.code ?? "", example.failure?.message ?? "")
    // In the message it would be said twice.
    let end = code.isEmpty || message.contains(code) ? "" : " (\(code))"
    return oneLine("\(example.lfn): \(message)\(end)")
  }

  private static func shown(_ totals: RunTotals) -> [String] {
    totals.storage.compactMap { storage in
      guard storage.counts[.failed] > 0, let credential = storage.credential else { return nil }
      return "shown     " + oneLine("\(storage.endpoint): \(credential.text)")
    }
  }

  /// What comes from lists, tools or other reports must not move a terminal's cursor.
  private static func oneLine(_ text: String) -> String { MessageText.oneLine(text, limit: 4096) }

  private static func rounded(_ value: Double) -> String {
    let digits = value < 100 ? 10.0 : 1.0
    let number = (value * digits).rounded() / digits
    // A report can say anything.
    return digits == 1 ? Int(exactly: number).map { "\($0)" } ?? "\(number)" : "\(number)"
  }
}

extension Outcome {
  /// For a sentence.
  package var label: String { self == .notAttempted ? "not attempted" : rawValue }
}

/// Columns for a terminal.
package enum TextTable {
  /// Fills the cells of each column to its width, the last one not; the first row is the heading.
  package static func lines(_ rows: [[String]]) -> [String] {
    var widths: [Int] = []
    for row in rows {
      for (column, cell) in row.enumerated() {
        if column == widths.count { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      row.enumerated().map { column, cell in
        column == row.count - 1 ? cell : cell.padded(to: widths[column])
      }.joined(separator: "  ")
    }
  }
}

extension String {
  /// Filled up with blanks.
  package func padded(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
