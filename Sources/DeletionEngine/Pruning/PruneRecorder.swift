import DeletionModel

/// Hands records on, and notes which directories their files leave behind. Memory grows with the number of
/// directories, not of files.
package actor PruneRecorder: RunRecorder {
  private let inner: any RunRecorder
  private let resolver: Resolver
  private var plans: [String: PrunePlan] = [:]
  /// The last file that went into a plan: most are neighbours of the one before.
  private var last: FileRecord?

  package init(around inner: any RunRecorder, resolver: Resolver) {
    self.inner = inner
    self.resolver = resolver
  }

  /// Hands them on.
  package func record(_ records: [FileRecord]) async {
    for record in records { note(record) }
    await inner.record(records)
  }

  private func note(_ record: FileRecord) {
    guard record.outcome == .deleted || record.outcome == .absent, let endpoint = record.endpoint else {
      return
    }
    if let last, Self.areNeighbours(last, record) { return }
    last = record
    plans[endpoint, default: PrunePlan(resolver: resolver)].add(record)
  }

  /// Whether both were in one directory, so that the second adds nothing.
  private static func areNeighbours(_ left: FileRecord, _ right: FileRecord) -> Bool {
    guard left.route == right.route, left.backend == right.backend, let first = left.pfn,
      let second = right.pfn, let end = directoryEnd(first), end == directoryEnd(second),
      ExactName.samePrefix(first, second, count: end), let above = directoryEnd(left.lfn),
      above == directoryEnd(right.lfn)
    else { return false }
    return ExactName.samePrefix(left.lfn, right.lfn, count: above)
  }

  /// Where the last slash is, in bytes.
  private static func directoryEnd(_ path: String) -> Int? {
    let bytes = path.utf8
    return bytes.lastIndex(of: UInt8(ascii: "/")).map { bytes.distance(from: bytes.startIndex, to: $0) }
  }

  /// What is to be pruned, by endpoint. It is handed out once.
  func takePlans() -> [String: PrunePlan] {
    defer { plans = [:] }
    return plans
  }
}

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
