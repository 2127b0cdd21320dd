/// Warnings of many jobs: what several say is kept once.
struct WarningTally {
  private struct Entry {
    var text: String
    var first: JobID
    var jobs: Int
  }

  /// More different ones are only counted.
  private static let limit = 100

  private var entries: [Entry] = []
  private var more = 0

  mutating func add(_ text: String, job: JobID) {
    if let known = entries.firstIndex(where: { $0.text == text }) {
      entries[known].jobs += 1
    } else if entries.count < Self.limit {
      entries.append(Entry(text: text, first: job, jobs: 1))
    } else {
      more += 1
    }
  }

  /// A line each.
  var lines: [String] {
    let lines = entries.map { entry in
      entry.jobs == 1
        ? "job \(entry.first): \(entry.text)" : "\(entry.jobs) jobs, such as \(entry.first): \(entry.text)"
    }
    return more > 0 ? lines + ["and \(more) other warnings of jobs"] : lines
  }
}
