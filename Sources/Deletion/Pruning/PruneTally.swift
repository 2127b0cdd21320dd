/// What became of directories: the counts, and what a person should hear of.
struct PruneTally: Sendable {
  private(set) var counts = PruneCounts()
  /// The first failure.
  private var example: (lfn: String, message: String)?
  /// Why all directories of an endpoint stay.
  private(set) var whyTheyStay: String?
  private let endpoint: String

  init(endpoint: String = "") { self.endpoint = endpoint }

  /// Adds one. Absent ones are none of ours.
  mutating func add(_ directory: PrunableDirectory, _ answer: Answer) {
    switch answer.kind {
    case .deleted: counts.removed += 1
    case .absent: break
    case .failed(let error) where error.errorClass == .permanent || error.isUntried:
      counts.kept += 1
      if error.keepsDirectories {
        whyTheyStay = whyTheyStay ?? "\(endpoint): all directories stay; \(error.message)"
      }
    case .failed(let error):
      counts.failed += 1
      example = example ?? (directory.target.lfn, error.message)
    }
  }

  /// The sums of several endpoints.
  static func sum(_ tallies: [PruneTally]) -> DirectoryPruner.Result {
    var sum = PruneTally()
    for tally in tallies {
      sum.counts = sum.counts.adding(tally.counts)
      sum.example = sum.example ?? tally.example
    }
    var warnings = tallies.compactMap(\.whyTheyStay).sorted()
    if let example = sum.example {
      warnings.append(
        "\(sum.counts.failed) directories may be empty and could not be removed, such as \(example.lfn): \(example.message)"
      )
    }
    return DirectoryPruner.Result(counts: sum.counts, warnings: warnings)
  }
}
